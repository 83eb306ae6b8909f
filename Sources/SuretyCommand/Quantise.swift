import ArgumentParser
import Foundation
import Surety

/// `surety quantise`: makes an integer network from a model; its votes are the same on every machine.
struct Quantise: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a model an integer network: the same votes on every machine, and faster.",
        discussion: """
            Weights go into 8 bits, activations into codes from 0 to 255, calibrated on images with noise of --sigma. The result is \
            an ONNX file in ONNX Runtime's quantised form, and a model like any other: certify it, and deploy it. See \
            docs/integers.md.

            Example:
              surety quantise model.onnx --data mnist --split train --sigma 0.25 --output model-int8.onnx
            """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var data: DataOptions

    @Option(
        help: "Standard deviation of the noise that the network will be smoothed with, in units of pixels in [0, 1].",
        transform: Fraction.number)
    var sigma: Double

    @Option(name: .shortAndLong, help: "The file to write.", completion: .file(extensions: ["onnx"]))
    var output: String

    @Option(help: "Images to calibrate on, spread over the set.")
    var calibration = 400

    @Option(help: "Other images to compare both networks on, with 20 noisy copies each.")
    var compare = 500

    @OptionGroup var threadOptions: ThreadOptions

    func validate() throws {
        guard calibration > 0 else { throw ValidationError("--calibration is \(calibration): it must be at least 1.") }
        guard compare >= 0 else { throw ValidationError("--compare is \(compare): it must not be negative.") }
    }

    func run() throws {
        let images = try data.load()
        let loaded = try model.load(imageShape: images.shape)
        try loaded.requireClasses(of: images, from: data.data, note: Terminal.note)
        let quantised = try QuantisedModel(
            loaded, images: images, noise: .gaussian(sigma: sigma), calibrationImages: calibration, comparedImages: compare,
            threads: threadOptions.threads)
        try quantised.data.write(to: URL(fileURLWithPath: output), options: .atomic)
        var rows = [["layer", "scale", "zero point", "error"]]
        for layer in quantised.quantisation.layers {
            rows.append([
                layer.name, String(format: "%.4g", layer.quantisation.scale), String(layer.quantisation.zeroPoint),
                String(format: "%.2f %%", 100 * layer.error),
            ])
        }
        print(columns(rows, rightAligned: [1, 2, 3]))
        let it = quantised.comparison
        func share(_ part: Int) -> String { String(format: "%.2f %%", 100 * Double(part) / Double(max(1, it.count))) }
        print("\nunder noise, on \(it.count) noisy images that were not calibrated on:")
        print("right before   \(share(it.correctBefore))")
        print("right after    \(share(it.correctAfter))")
        print("votes agree    \(share(it.agreeing))")
    }
}
