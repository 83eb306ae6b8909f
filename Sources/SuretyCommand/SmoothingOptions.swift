import ArgumentParser
import Foundation
import Surety

/// The options that certifying and predicting have in common.
struct SmoothingOptions: ParsableArguments {
    @OptionGroup var model: ModelOptions
    @OptionGroup var data: DataOptions

    @Option(parsing: .unconditional, help: "Standard deviation σ of the noise; pixels are in [0, 1].", transform: Fraction.number)
    var sigma: Double

    @OptionGroup var gridOption: GridOption

    @Option(parsing: .unconditional, help: "Noisy samples whose votes count, per image.")
    var n: Int = 100_000

    @Option(
        parsing: .unconditional, help: "The probability with which the statement on an image may be wrong.",
        transform: Fraction.number)
    var alpha: Double = 0.001

    @Option(parsing: .unconditional, help: "Take every K-th image.")
    var skip: Int = 1

    @Option(parsing: .unconditional, help: "Take at most this many images.")
    var max: Int?

    @Option(help: "Take part i of k, for k machines: 0/4, 1/4, … Join the parts with 'surety merge'.")
    var shard: String?

    @Option(parsing: .unconditional, help: "The seed of the noise. The same seed gives the same votes.")
    var seed: UInt64 = 0

    @Option(
        parsing: .unconditional,
        help: """
            Noisy copies that a thread classifies at a time (default: as suits the cache). Votes do not depend \
            on it.
            """)
    var batch: Int?

    @Option(
        help: """
            How convolutions of 3×3 are computed: winograd, in half the time where the processor can, or direct, as earlier \
            versions did. A run goes on as it was begun.
            """)
    var convolution: ConvolutionAlgorithm = .winograd

    @OptionGroup var threadOptions: ThreadOptions
    @OptionGroup var preflight: PreflightOptions

    func validate() throws {
        if let batch, !(1...65_536).contains(batch) {
            throw ValidationError("--batch is \(batch): it must lie between 1 and 65536.")
        }
    }

    func selection() throws -> ImageSelection {
        try ImageSelection(skip: skip, max: max, shard: shard.map { try .init($0) } ?? .whole)
    }
}

extension SmoothingOptions {
    /// Runs the command with model, images and noise, and reports the result.
    ///
    /// - Parameter output: The directory to write to.
    @discardableResult
    func run(
        into output: String,
        _ verb: (_ model: Model, LabelledImages, Noise, ImageSelection, URL, Execution) throws -> SmoothingRun
    ) throws -> SmoothingRun {
        try Sense.require(alpha: alpha)
        let selection = try selection()
        let (images, loaded, noise) = try load(selection)
        let look = try preflight.check(loaded, on: images)
        let run = try Terminal.follow(output, threads: threadOptions.threads, batch: batch) { execution in
            var execution = execution
            execution.convolution = convolution
            return try verb(loaded, images, noise, selection, URL(fileURLWithPath: output), execution)
        }
        let progress = run.record.progress
        print("\(progress.completed) of \(progress.images) images, \(SpentSamples(of: run)): \(output) is complete")
        print(ClosingWords(of: run, clean: (look.correct, look.images)))
        print("next: surety verify \(output), surety table \(output), surety plot \(output) --output curve.svg")
        return run
    }

    /// Takes part in a run on a shared folder.
    func work(
        on share: SharingOptions,
        _ verb: (_ model: Model, LabelledImages, Noise, ImageSelection, Execution) throws -> SharedProgress
    ) throws {
        try Sense.require(alpha: alpha)
        let selection = try selection()
        let (images, loaded, noise) = try load(selection)
        _ = try preflight.check(loaded, on: images)
        try DestinationOptions.work(share, threadOptions.threads, batch: batch) { execution in
            var execution = execution
            execution.convolution = convolution
            return try verb(loaded, images, noise, selection, execution)
        }
    }

    /// The selected images, the model that classifies them, and the noise; warns about settings that are probably mistakes.
    func load(_ selection: ImageSelection) throws -> (images: LabelledImages, model: Model, noise: Noise) {
        let images = try data.load(preset: model.preset, keeping: selection.contains)
        Terminal.warn(Plausibility.noise(sigma: sigma) + Plausibility.level(alpha: alpha))
        let loaded = try model.load(imageShape: images.shape)
        try loaded.requireClasses(of: images, from: data.data, note: Terminal.note)
        return (images, loaded, try Noise.gaussian(sigma: sigma, grid: gridOption.grid(for: images, loaded)))
    }
}

extension ConvolutionAlgorithm: ExpressibleByArgument {}
