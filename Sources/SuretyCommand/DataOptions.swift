import ArgumentParser
import Surety

/// Which images.
struct DataOptions: ParsableArguments {
    @Option(
        help: """
            The data set: mnist, cifar10, synthetic, or an .npz file with the arrays images (N×C×H×W, N×H×W or \
            N×H×W×C; uint8, or floating point in [0, 1]) and labels.
            """)
    var data: String

    @Option(help: "The folder of data sets (default: $SURETY_DATA, else ~/.cache/surety).")
    var dataRoot: String?

    @Option(help: "Which part of the set: test or train.")
    var split: Split = .test

    /// - Parameter isKept: Which images are wanted, given an index and the number of images; others need not be kept.
    func load(keeping isKept: ((_ image: Int, _ count: Int) -> Bool)? = nil) throws -> LabelledImages {
        let images = try DatasetSource(data).load(split, under: DatasetRoot(dataRoot), keeping: isKept)
        if let note = images.note { Terminal.note(note) }
        return images
    }
}

extension Split: ExpressibleByArgument {}
