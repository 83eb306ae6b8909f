import Surety
import TestSupport
import Testing

/// How pictures are prepared: as asked for, as was usual for a preset's models, or not at all.
@Suite struct PreprocessingTests {
    private static let asked = PicturePreparation(size: .shorterSide(40), crop: 32)

    @Test(arguments: [
        (nil, nil, PicturePreparation.none), (asked, nil, asked), (asked, .imagenet, asked),
        (nil, .imagenet, PicturePreparation(size: .shorterSide(256), crop: 224)), (nil, .cifar10, .none),
    ] as [(PicturePreparation?, Preprocessing?, PicturePreparation)])
    func picturesArePrepared(asked: PicturePreparation?, preset: Preprocessing?, expected: PicturePreparation) throws {
        let folder = try TemporaryFolder()
        let path = folder.root.path
        #expect(
            try DatasetSource(path, preparation: asked, preset: preset) == DatasetSource(path, preparation: expected))
    }

    /// A preset is about the model's input, and does not forbid other sets; a preparation that was asked for does.
    @Test func whatIsNotPicturesStaysAsItIs() throws {
        #expect(try DatasetSource("synthetic", preparation: nil, preset: .imagenet) == .synthetic)
        #expect(throws: DatasetError.self) { try DatasetSource("synthetic", preparation: Self.asked, preset: .imagenet) }
    }
}
