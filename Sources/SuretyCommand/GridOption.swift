import ArgumentParser
import Surety

/// The grid on which images and noise lie.
struct GridOption: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: """
            The grid on which images and noise lie, in steps from 0 to 1: 255 for 8-bit images, 65535 for others (default: as \
            suits the data set). It is part of the classifier; an image beside it is rounded, and the distance taken off its radius.
            """)
    var grid: Int?

    /// The grid asked for, or the usual one.
    func grid(for images: LabelledImages, _ model: Model) throws -> Grid {
        try grid.map { try Grid(steps: $0) } ?? model.network.grid(for: images)
    }
}
