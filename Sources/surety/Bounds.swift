import ArgumentParser
import Attacks
import Certification
import Datasets
import Foundation

/// `surety bounds`: how far each image is from another answer, estimated and proven.
struct Bounds: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bound, image by image, how near a misclassified image can be: estimates (L-bound, ω-bound), and a proof.",
        discussion: """
            The L-bound and the ω-bound rest on the loss's Lipschitz constant and modulus of continuity, extrapolated from \
            sampled images by extreme value distributions: estimates, which an attack may beat. The proven bound, by \
            intervals or linear relaxation, no attack can. All speak of the network itself, without noise.

            "Proven" is said of the exact network, with the file's own numbers, and of every evaluation in single \
            precision that sums up the products of each layer in some order, with or without fused multiply-add, batch \
            normalisation folded or not, numbers below 2^-126 kept or taken for zero, sigmoid and tanh within 2^-20; not of \
            Winograd's convolutions, TF32, bfloat16, half precision or integers. An attack stands against it only when such \
            an evaluation agrees.

            Writes run.json, fits.json, bounds.jsonl and, where gnuplot is installed, fits.svg. With --epsilon, bounds.jsonl \
            has the least margin of each image within that radius.

            Examples:
              surety bounds model.onnx --data mnist --norm l2 --skip 20 --output bounds
              surety bounds model.onnx --data mnist --norm linf --epsilon 0.1 --output bounds
            """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var data: DataOptions

    @Option(help: "The norm of the radii: l2 or linf.")
    var norm: SmoothingSettings.Norm

    @Option(help: "The data set to sample from for the estimates (default: that of --data).")
    var sampleData: String?

    @Option(help: "Which part of it: test or train.")
    var sampleSplit: Split = .train

    @Option(parsing: .unconditional, help: "How many blocks, of each of which the maximum is taken.")
    var blocks: Int = 200

    @Option(parsing: .unconditional, help: "Images in a block (default: as many as there are, up to 50).")
    var blockSize: Int?

    @Option(
        parsing: .unconditional,
        help: "The radii at which ω is estimated, separated by commas (default: twelve, up to 2 or 0.4).")
    var grid: NumberList?

    @Option(parsing: .unconditional, help: "Random directions in which ω is sampled, besides the gradient's.")
    var directions: Int = 1

    @Option(parsing: .unconditional, help: "Steps of ascent from each direction.")
    var ascents: Int = 1

    @Option(parsing: .unconditional, help: "The probability with which a further block exceeds an estimate.")
    var p: Double = 0.001

    @Option(help: "The proven bound: crown, ibp or none.")
    var proven: ProvenChoice = .crown

    @Option(parsing: .unconditional, help: "Prove this radius alone, instead of seeking the largest.")
    var epsilon: Double?

    @Option(parsing: .unconditional, help: "Take every K-th image.")
    var skip: Int = 1

    @Option(parsing: .unconditional, help: "Take at most so many images.")
    var max: Int?

    @Option(parsing: .unconditional, help: "The seed of what is sampled.")
    var seed: UInt64 = 0

    @OptionGroup var threadOptions: ThreadOptions

    @Option(help: "The directory to write to. Given again with the same settings, the run goes on where it stopped.")
    var output: String

    enum ProvenChoice: String, ExpressibleByArgument, CaseIterable {
        case crown, ibp, none

        var method: ProvenBound.Method? {
            switch self {
            case .crown: .crown
            case .ibp: .ibp
            case .none: nil
            }
        }
    }

    func validate() throws {
        if let epsilon {
            guard epsilon > 0, epsilon.isFinite else {
                throw ValidationError("--epsilon is \(epsilon): it must be positive and finite.")
            }
            guard proven != .none else { throw ValidationError("--epsilon is for the proven bound, and --proven is none.") }
        }
    }

    func run() throws {
        let selection = try ImageSelection(skip: skip, max: max)
        let images = try data.load(keeping: selection.contains)
        let loaded = try model.load(imageShape: images.shape)
        try loaded.requireClasses(of: images, from: data.data)
        let sample = try sample()
        guard sample.shape == images.shape else {
            throw CommandError("""
                --sample-data has images of shape \(sample.shape), and --data \(images.shape): they must agree
                """)
        }
        try loaded.requireClasses(of: sample, from: sampleData ?? data.data)
        let ballNorm: Ball.Norm = norm == .l2 ? .l2 : .linf
        try Sense.require(radii: epsilon.map { [$0] } ?? [], ballNorm, shape: images.shape)
        try Sense.require(radii: grid?.values ?? [], ballNorm, shape: images.shape, option: "--grid")
        let sampling = try BlockSampling(
            of: sample.count, blocks: blocks, blockSize: blockSize, grid: grid?.values ?? BlockSampling.usualGrid(norm),
            directions: directions, ascents: ascents, p: p, seed: seed)
        let run = BoundsRun(
            model: loaded, images: images, selection: selection, norm: norm,
            sampling: sampling, sample: sample, method: proven.method, epsilon: epsilon, threads: threadOptions.threads,
            output: output)
        try run.start()
    }

    private func sample() throws -> LabelledImages {
        let images = try DatasetSource(sampleData ?? data.data).load(sampleSplit, under: DatasetRoot(data.dataRoot))
        if let note = images.note { Terminal.note(note) }
        return images
    }
}
