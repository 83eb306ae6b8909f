import ArgumentParser
import Foundation
import Surety

/// The options that choose the images.
struct DataOptions: ParsableArguments {
    @Option(
        help: """
            The data set: mnist, cifar10, cifar100, synthetic, an .npz file with the arrays images (N×C×H×W, N×H×W or N×H×W×C; uint8, or \
            floating point in [0, 1]) and labels, a .mat file with X and y, or a folder of PNG, JPEG and WebP pictures (class folders, or \
            labels.csv).
            """)
    var data: String

    @Option(help: "The folder of data sets (default: $SURETY_DATA, else ~/.cache/surety).")
    var dataRoot: String?

    @Option(help: "Which part of the set: test or train.")
    var split: Split = .test

    @OptionGroup var pictures: PictureOptions

    /// - Parameter isKept: Whether an image is wanted, given its index and the number of images; others need not be kept.
    func load(
        preset: Preprocessing? = nil, keeping isKept: ((_ image: Int, _ count: Int) -> Bool)? = nil
    ) throws -> LabelledImages {
        let images = try source(data, preset: preset).load(split, under: DatasetRoot(dataRoot), keeping: isKept)
        if let note = images.note { Terminal.note(note) }
        return images
    }
}

extension DataOptions {
    /// A data set whose pictures are prepared as these options say, or as is usual for the models that a preset names.
    func source(_ argument: String, preset: Preprocessing?) throws -> DatasetSource {
        try DatasetSource(argument, preparation: pictures.preparation, preset: preset)
    }
}

/// What is done with pictures of a folder.
struct PictureOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            For folders of pictures: resize the shorter side to this, or to HEIGHTxWIDTH, exactly as Pillow does up to version 12.
            """,
            valueName: "size"))
    var resize: PictureSize?

    @Option(parsing: .unconditional, help: "For folders of pictures: then cut a square of this side out of the middle.")
    var crop: Int?

    @Option(help: "For --resize: how pixels are interpolated.")
    var interpolation: PicturePreparation.Filter = .bilinear

    func validate() throws {
        if let crop, !(1...65_536).contains(crop) { throw ValidationError("--crop is \(crop): it must lie between 1 and 65536.") }
    }

    /// nil if nothing is done.
    var preparation: PicturePreparation? {
        resize == nil && crop == nil ? nil : PicturePreparation(size: resize?.size, crop: crop, filter: interpolation)
    }
}

/// A size as it is written: 256, or 224x320.
struct PictureSize: ExpressibleByArgument {
    let size: PicturePreparation.Size

    init?(argument: String) {
        let numbers = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard (1...2).contains(numbers.count), numbers.allSatisfy((1...65_536).contains) else { return nil }
        size = numbers.count == 1 ? .shorterSide(numbers[0]) : .exactly(height: numbers[0], width: numbers[1])
    }
}

extension PicturePreparation.Filter: ExpressibleByArgument {}
extension Split: ExpressibleByArgument {}
