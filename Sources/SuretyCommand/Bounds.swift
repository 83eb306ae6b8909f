import ArgumentParser
import Foundation
import Surety

/// `surety bounds`: how far each image is from another answer, estimated and proven.
struct Bounds: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bound, image by image, how near a misclassified image can be: estimates (L-bound, ω-bound), and a proof.",
        discussion: """
            The L-bound and the ω-bound rest on the loss's Lipschitz constant and modulus of continuity, extrapolated from \
            sampled images by extreme value distributions: estimates, which an attack may beat. No attack can \
            beat the proven bound. All are about the network itself, without noise.

            ω bounds the error of the loss's linear approximation. By default it is ω⁺(ε), the largest ℓ(x+v) − ℓ(x) − ‖v‖·‖∇ℓ(x)‖ \
            over ‖v‖ ≤ ε, which is all the bound needs; --omega paper takes the paper's ω, the largest ℓ(x+v) − ℓ(x) − ⟨v, ∇ℓ(x)⟩, at \
            v drawn from the ball. Each figure is shown with the range of nine tenths of the bootstrap's values. A failed estimate \
            is reported with the reason and never ends a run.

            "Proven" is said of the exact network, with the file's own numbers, and of every evaluation in single \
            precision that sums up the products of each layer in some order, with or without fused multiply-add, batch \
            normalisation folded or not, numbers below 2^-126 kept or taken for zero, sigmoid and tanh within 2^-20, and GELU and its like; not of \
            Winograd's convolutions, TF32, bfloat16, half precision or integers. An attack contradicts it only if such an \
            evaluation agrees.

            Writes run.json, fits.json, bounds.jsonl and, where gnuplot is installed, fits.svg. With --epsilon, bounds.jsonl \
            has the least margin of each image within that radius.

            Examples:
              surety bounds model.onnx --data mnist --norm l2 --skip 20 --output bounds
              surety bounds model.onnx --data mnist --norm l2 --scores both --output bounds
              surety bounds model.onnx --data mnist --norm linf --epsilon 0.1 --no-estimates --output bounds
            """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var data: DataOptions

    @Option(help: "The norm of the radii: l2 or linf.")
    var norm: Norm

    @Flag(help: "No estimates: the proven bound alone.")
    var noEstimates = false

    @Option(help: "The scores from which the loss of the estimates is computed: probabilities (as in the paper), logits or both.")
    var scores: ScoresChoice = .probabilities

    @Option(help: "The modulus of continuity: sharp (ω⁺, by ascent) or paper (ω, at random).")
    var omega: ModulusKind = .sharp

    @Option(help: "The data set to sample from for the estimates (default: that of --data).")
    var sampleData: String?

    @Option(help: "Which part of it: test or train.")
    var sampleSplit: Split = .train

    @Option(parsing: .unconditional, help: "How many blocks; the maximum of each is taken.")
    var blocks: Int = 200

    @Option(parsing: .unconditional, help: "Images in a block (default: as many as there are, up to 50).")
    var blockSize: Int?

    @Option(
        parsing: .unconditional,
        help: "The radii at which ω is estimated, separated by commas; others are added where they lie more than 2^(1/6) apart (default: 36, up to 2 or 0.4).")
    var grid: NumberList?

    @Option(parsing: .unconditional, help: "Random directions in which ω is sampled at each radius, for sharp besides the gradient's.")
    var directions: Int = 1

    @Option(parsing: .unconditional, help: "Steps of ascent from each direction (default: 1; with --omega paper there are none).")
    var ascents: Int?

    @Option(parsing: .unconditional, help: "Resamples of the blocks, from which the spread of each estimate is told; 0 for none.")
    var resamples: Int = 100

    @Option(parsing: .unconditional, help: "The probability with which a further block exceeds an estimate.")
    var p: Double = 0.001

    @Option(help: "The proven bound, or none.")
    var proven = ProvenChoice(.crown)

    @Option(
        parsing: .unconditional, help: "Prove this radius alone, instead of seeking the largest.",
        transform: Fraction.number)
    var epsilon: Double?

    @Option(parsing: .unconditional, help: "Take every K-th image.")
    var skip: Int = 1

    @Option(parsing: .unconditional, help: "Take at most this many images.")
    var max: Int?

    @Option(parsing: .unconditional, help: "The seed of what is sampled.")
    var seed: UInt64 = 0

    @OptionGroup var threadOptions: ThreadOptions
    @OptionGroup var preflight: PreflightOptions

    @OptionGroup var destination: DestinationOptions

    enum ScoresChoice: String, ExpressibleByArgument, CaseIterable {
        case probabilities, logits, both

        var scores: Set<LossScores> {
            switch self {
            case .probabilities: [.probabilities]
            case .logits: [.logits]
            case .both: [.probabilities, .logits]
            }
        }
    }

    /// How to prove; nil for no proof.
    struct ProvenChoice: ExpressibleByArgument {
        let method: ProofMethod?

        init(_ method: ProofMethod?) { self.method = method }

        init?(argument: String) {
            guard Self.allValueStrings.contains(argument) else { return nil }
            method = ProofMethod(rawValue: argument)
        }

        var defaultValueDescription: String { method?.rawValue ?? "none" }
        static var allValueStrings: [String] { ProofMethod.allCases.map(\.rawValue) + ["none"] }
    }

    func validate() throws {
        if noEstimates, proven.method == nil {
            throw ValidationError("--no-estimates with --proven none leaves nothing to compute: give up one of them.")
        }
        if let epsilon {
            guard epsilon > 0, epsilon.isFinite else {
                throw ValidationError("--epsilon is \(epsilon): it must be positive and finite.")
            }
            guard proven.method != nil else { throw ValidationError("--epsilon is for the proven bound, and --proven is none.") }
        }
    }

    func run() throws {
        let selection = try ImageSelection(skip: skip, max: max)
        let images = try data.load(preset: model.preset, keeping: selection.contains)
        let loaded = try model.load(imageShape: images.shape)
        try loaded.requireClasses(of: images, from: data.data, note: Terminal.note)
        try Sense.require(radii: epsilon.map { [$0] } ?? [], norm, shape: images.shape)
        try Sense.require(radii: grid?.values ?? [], norm, shape: images.shape, option: "--grid")
        _ = try preflight.check(loaded, on: images)
        let sample = noEstimates ? nil : try sample(for: images, loaded)
        let proof = proven.method.map { BoundsSettings.Proven(method: $0, epsilon: epsilon) }
        if let share = destination.shared {
            return try DestinationOptions.work(share, threadOptions.threads) { execution in
                try loaded.bound(
                    images, norm: norm, sample: sample, proven: proof, selection: selection, sharing: share, execution)
            }
        }
        let output = destination.directory
        let (bounded, signal) = try Terminal.follow(finishing: "the images in hand", threads: threadOptions.threads) { execution in
            try loaded.bound(
                images, norm: norm, sample: sample, proven: proof, selection: selection, into: URL(fileURLWithPath: output),
                execution)
        }
        guard let bounded else { throw ExitCode(128 + (signal ?? SIGINT)) }
        print(BoundsSummary(BoundsFigures(bounded.run.lines, bounded.estimated), norm: norm, epsilon: epsilon).text)
        let progress = bounded.run.record.progress
        try Terminal.stop(progress.finished ? nil : signal, output, progress.completed, progress.images, "images")
    }

    /// What the estimates are made from.
    private func sample(for tested: LabelledImages, _ loaded: Model) throws -> BoundsSettings.Sample {
        let images = try data.source(sampleData ?? data.data, preset: model.preset).load(sampleSplit, under: DatasetRoot(data.dataRoot))
        if let note = images.note { Terminal.note(note) }
        try BoundsSettings.Sample.require(images, shapedAs: tested)
        try loaded.requireClasses(of: images, from: sampleData ?? data.data, note: Terminal.note)
        let sampling = try BlockSampling(
            of: images.count, blocks: blocks, blockSize: blockSize, grid: BlockSampling.grid(grid?.values, in: norm),
            modulus: omega, directions: directions, ascents: ascents, p: p, seed: seed, resamples: resamples)
        return BoundsSettings.Sample(images: images, scores: scores.scores, sampling: sampling)
    }
}

extension ModulusKind: ExpressibleByArgument {}
