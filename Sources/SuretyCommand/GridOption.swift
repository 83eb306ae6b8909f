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

    /// The grid asked for; otherwise that of an integer network, which sees only 8-bit levels, or that of the data set.
    func grid(for images: LabelledImages, _ model: Model) throws -> Grid {
        try grid.map { try Grid(steps: $0) } ?? (model.network.isInteger ? .levels8 : images.grid)
    }
}
