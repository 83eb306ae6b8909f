import SuretyDatasets
import SuretyNetworks

/// How images were usually preprocessed for models of a data set: pixels in [0, 1], minus a mean per channel, divided by a
/// standard deviation.
public enum Preprocessing: String, CaseIterable, Sendable {
    /// MNIST, as PyTorch's example normalises it.
    case mnist
    /// CIFAR-10: the training images' own mean and deviation.
    case cifar10
    /// CIFAR-100: the same.
    case cifar100
    /// ImageNet, as torchvision normalises it.
    case imagenet
    /// To ±1: TensorFlow's Inception, and many vision transformers.
    case inception

    /// How pictures were usually turned into images; nil for sets whose images have one size.
    public var preparation: PicturePreparation? {
        switch self {
        case .imagenet: PicturePreparation(size: .shorterSide(256), crop: 224)
        case .inception: PicturePreparation(size: .shorterSide(342), crop: 299)
        case .mnist, .cifar10, .cifar100: nil
        }
    }

    /// Per channel, on the scale [0, 1].
    public var mean: [Double] {
        switch self {
        case .mnist: [0.1307]
        case .cifar10: [0.4914, 0.4822, 0.4465]
        case .cifar100: [0.5071, 0.4865, 0.4409]
        case .imagenet: [0.485, 0.456, 0.406]
        case .inception: [0.5, 0.5, 0.5]
        }
    }

    /// Per channel, on the scale [0, 1].
    public var standardDeviation: [Double] {
        switch self {
        case .mnist: [0.3081]
        case .cifar10: [0.2471, 0.2435, 0.2616]
        case .cifar100: [0.2673, 0.2564, 0.2762]
        case .imagenet: [0.229, 0.224, 0.225]
        case .inception: [0.5, 0.5, 0.5]
        }
    }
}

extension DatasetSource {
    /// A data set as a person names it, whose pictures are prepared as asked for, or else as they usually were for the models that
    /// a preset names. Sets that are not pictures are then taken as they are.
    ///
    /// - Throws: `DatasetError` as without a preset, also for a preparation of a set that has no pictures.
    public init(_ argument: String, preparation: PicturePreparation?, preset: Preprocessing?) throws(DatasetError) {
        let source = try DatasetSource(argument, preparation: preparation ?? .none)
        guard preparation == nil, source.isFolder, let usual = preset?.preparation else {
            self = source
            return
        }
        try self.init(argument, preparation: usual)
    }
}
