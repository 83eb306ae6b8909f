import SuretyGraphs
import SuretyTensors

/// The networks of the papers, built with freshly drawn parameters.
///
///     let network = try Architecture.lenet.network(imageShape: [1, 28, 28], classCount: 10, seed: 0)
public enum Architecture: String, Sendable, CaseIterable {
    /// One hidden layer of 100 units: PLANES, in the Voronoi paper (Khoury and Hadfield-Menell 2019, §5).
    case mlp
    /// Convolutions of 20 and 50 channels and a hidden layer of 500: MNIST in the smoothing literature.
    case lenet
    /// Four convolutions and three dense layers, from PyTorch's usual parameters: MNIST in Carlini and Wagner (2017).
    case smallcnn
    /// The same layers as TRADES trains them (Zhang et al. 2019, §5.3; `SmallCNN` of the authors' code): He's initialisation,
    /// dropout of ½ after the first dense layer, and a last layer that starts at 0.
    case tradesSmallCNN = "trades-smallcnn"
    /// Convolutions of 10 and 20 channels and a hidden layer of 50, with dropout of ½ of the second convolution's channels
    /// and of the hidden layer: MNIST in TRADES (§5.1, §5.2; `Net` and `Net_binary` of the authors' code).
    case tradesNet = "trades-net"
    /// LeNet's layers under another name, once mistaken for the network of TRADES' binary experiment, which is `tradesNet`.
    case binarycnn
    /// Convolutions of 32 and 64 channels and a hidden layer of 1024: MNIST in Madry et al. (2018).
    case madry
    /// Strided convolutions of 16 and 32 channels and a hidden layer of 100: MNIST in Wong and Kolter (2018).
    case wong
    /// Residual networks for CIFAR with widths 16, 32, 64, from He's initialisation: He et al. (2016), §4.2.
    case resnet20, resnet110
    /// A residual network with widths 64 to 512, without the first layer's stride, from He's initialisation: CIFAR in most
    /// later papers.
    case resnet18
    /// A wide residual network of depth 34 and widening 10, from He's initialisation: Zagoruyko and Komodakis (2016).
    case wrn34x10 = "wrn-34-10"

    /// The network with parameters drawn from `seed`.
    ///
    /// - Parameters:
    ///   - imageShape: Channels, height, width.
    ///   - classCount: The number of logits.
    /// - Throws: `NetworkError` when the image is too small for the architecture.
    public func network(imageShape: [Int], classCount: Int, seed: UInt64) throws(NetworkError) -> Network {
        var layers = try LayerStack(imageShape: imageShape, seed: seed)
        var last = LayerStack.Initialisation.uniform
        switch self {
        case .mlp:
            try layers.dense(100, isRectified: true)
        case .lenet, .binarycnn:
            for channels in [20, 50] {
                try layers.convolution(channels, size: 5)
                try layers.relu()
                try layers.maximumPool()
            }
            try layers.dense(500, isRectified: true)
        case .smallcnn, .tradesSmallCNN:
            let isTRADES = self == .tradesSmallCNN
            if isTRADES { (layers.convolutions, last) = (.heFanIn, .zero) }
            for channels in [32, 64] {
                for _ in 0..<2 {
                    try layers.convolution(channels, size: 3)
                    try layers.relu()
                }
                try layers.maximumPool()
            }
            try layers.dense(200, isRectified: true)
            if isTRADES { try layers.dropout(0.5) }
            try layers.dense(200, isRectified: true)
        case .tradesNet:
            try layers.convolution(10, size: 5)
            try layers.maximumPool()
            try layers.relu()
            try layers.convolution(20, size: 5)
            try layers.dropout(0.5, of: .channel)
            try layers.maximumPool()
            try layers.relu()
            try layers.dense(50, isRectified: true)
            try layers.dropout(0.5)
        case .madry:
            for channels in [32, 64] {
                try layers.convolution(channels, size: 5, padding: 2)
                try layers.relu()
                try layers.maximumPool()
            }
            try layers.dense(1024, isRectified: true)
        case .wong:
            for channels in [16, 32] {
                try layers.convolution(channels, size: 4, stride: 2, padding: 1)
                try layers.relu()
            }
            try layers.dense(100, isRectified: true)
        case .resnet20: try layers.residualStages(widths: [16, 32, 64], blocks: 3)
        case .resnet110: try layers.residualStages(widths: [16, 32, 64], blocks: 18)
        case .resnet18: try layers.residualStages(widths: [64, 128, 256, 512], blocks: 2)
        case .wrn34x10:
            last = .uniformWeights
            try layers.preactivatedStages(stem: 16, widths: [160, 320, 640], blocks: 5)
        }
        try layers.dense(classCount, isRectified: false, last)
        return try layers.network()
    }
}

extension LayerStack {
    /// A convolution, and stages of residual blocks, the first of each later stage with stride 2; then the mean.
    fileprivate mutating func residualStages(widths: [Int], blocks: Int) throws(NetworkError) {
        convolutions = .heFanOut
        try convolution(widths[0], size: 3, padding: 1, hasBias: false)
        try batchNormalisation()
        try relu()
        for (stage, width) in widths.enumerated() {
            for block in 0..<blocks {
                try residualBlock(width, stride: stage > 0 && block == 0 ? 2 : 1)
            }
        }
        try meanOverPixels()
    }

    /// relu(BN(conv(relu(BN(conv(x))))) + x), x projected where the shape changes.
    private mutating func residualBlock(_ width: Int, stride: Int) throws(NetworkError) {
        let input = top
        try convolution(width, size: 3, stride: stride, padding: 1, hasBias: false)
        try batchNormalisation()
        try relu()
        try convolution(width, size: 3, padding: 1, hasBias: false)
        try batchNormalisation()
        let body = top
        top = input
        if shape[0] != width || stride != 1 {
            try convolution(width, size: 1, stride: stride, hasBias: false)
            try batchNormalisation()
        }
        try add(body)
        try relu()
    }

    /// Wide residual stages, normalised and rectified before each convolution; then the mean.
    fileprivate mutating func preactivatedStages(stem: Int, widths: [Int], blocks: Int) throws(NetworkError) {
        convolutions = .heFanOut
        try convolution(stem, size: 3, padding: 1, hasBias: false)
        for (stage, width) in widths.enumerated() {
            for block in 0..<blocks {
                try preactivatedBlock(width, stride: stage > 0 && block == 0 ? 2 : 1)
            }
        }
        try batchNormalisation()
        try relu()
        try meanOverPixels()
    }

    /// conv(relu(BN(conv(relu(BN(x)))))) + x; where the shape changes, relu(BN(x)) is projected instead of x.
    private mutating func preactivatedBlock(_ width: Int, stride: Int) throws(NetworkError) {
        let input = top
        let changes = shape[0] != width || stride != 1
        try batchNormalisation()
        try relu()
        let activated = top
        try convolution(width, size: 3, stride: stride, padding: 1, hasBias: false)
        try batchNormalisation()
        try relu()
        try convolution(width, size: 3, padding: 1, hasBias: false)
        let body = top
        top = changes ? activated : input
        if changes { try convolution(width, size: 1, stride: stride, hasBias: false) }
        try add(body)
    }
}
