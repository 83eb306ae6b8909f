import ArgumentParser
import Surety

/// `surety info`: what a model consists of.
struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a model's layers, shapes, parameters and multiply-accumulates.",
        discussion: """
            A model that leaves the size of its images open is shown for images of the size that --shape gives.

            Examples:
              surety info model.onnx
              surety info model.onnx --shape 1x28x28
            """)

    @OptionGroup var options: ModelOptions

    @Option(help: "The shape of an image, channels×height×width, where the model leaves it open: such as 3x32x32.")
    var shape: ImageShape?

    func run() throws {
        let model = try options.load(imageShape: shape?.extents)
        let summary = model.network.summary
        var rows = [["layer", "", "output", "parameters", "multiply-accumulates"]]
        for row in summary.rows {
            rows.append([
                row.name, row.layer, row.outputShape.map(String.init).joined(separator: "×"),
                row.parameterCount == 0 ? "" : row.parameterCount.formatted(),
                row.multiplyAccumulates == 0 ? "" : row.multiplyAccumulates.formatted(),
            ])
        }
        rows.append(["total", "", "", summary.parameterCount.formatted(), summary.multiplyAccumulates.formatted()])
        print(columns(rows, rightAligned: [3, 4]))
        print("\nopset \(model.opset), written by \(model.producer.isEmpty ? "an unnamed program" : model.producer)")
        print("sha256 \(model.sha256)")
        for (key, value) in model.metadata.sorted(by: { $0.key < $1.key }) { print("\(key): \(value)") }
    }
}

/// The extents of an image, as 3x32x32 or 3×32×32.
struct ImageShape: ExpressibleByArgument {
    let extents: [Int]

    init?(argument: String) {
        let parts = argument.split(omittingEmptySubsequences: false) { "x×X,".contains($0) }.map { Int($0) }
        extents = parts.compactMap(\.self)
        guard extents.count == parts.count, extents.allSatisfy({ $0 > 0 }) else { return nil }
    }
}
