import ArgumentParser
import Foundation
import Surety

/// `surety evaluate`: accuracy on clean images.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Classify clean images: accuracy, loss and, if wanted, the logits.",
        discussion: "Example:\n  surety evaluate model.onnx --data mnist --logits logits.npy")

    @OptionGroup var model: ModelOptions
    @OptionGroup var data: DataOptions

    @Option(parsing: .unconditional, help: "Take at most this many images, from the first on.")
    var max: Int?

    @Option(help: "Write the logits to this file, as a NumPy array of float32, images × classes.")
    var logits: String?

    @OptionGroup var threadOptions: ThreadOptions
    @OptionGroup var preflight: PreflightOptions

    func validate() throws {
        if let max, max < 1 { throw ValidationError("--max is \(max): it must be at least 1.") }
    }

    func run() throws {
        let images = try data.load(preset: model.preset, keeping: max.map { max in { image, _ in image < max } })
        let loaded = try model.load(imageShape: images.shape)
        try loaded.requireClasses(of: images, from: data.data, note: Terminal.note)
        _ = try preflight.check(loaded, on: images)
        let evaluation = try Evaluation(
            of: loaded.network, on: images, count: min(max ?? images.count, images.count),
            threads: threadOptions.threads)
        if let logits {
            let array = NumPyArray(shape: evaluation.logits.shape, .float32(evaluation.logits.values))
            try array.write(to: URL(fileURLWithPath: logits))
        }
        print("images    \(evaluation.count)")
        print("correct   \(evaluation.correct)")
        print("accuracy  \(String(format: "%.4f", evaluation.accuracy))")
        if loaded.network.classCount > 10 {
            let top5 = Double(evaluation.correct(among: 5, labels: images.label(at:))) / Double(evaluation.count)
            print("top-5     \(String(format: "%.4f", top5))")
        }
        print("loss      \(String(format: "%.6f", evaluation.loss))")
    }
}
