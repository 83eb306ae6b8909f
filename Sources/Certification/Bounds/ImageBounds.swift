import CKernels
import Datasets
import Networks
import Synchronization

/// The bounds of one image, for the base classifier and its true class: a line of `bounds.jsonl`.
///
/// No radius says anything of an image that is misclassified already: all are 0 then.
public struct ImageBounds: Sendable, Equatable, Codable {
    /// What the loss at the image says, and the estimates of L and ω with it.
    public struct Estimates: Sendable, Equatable, Codable {
        /// ℓ(x), below 0 where the image is classified as labelled.
        public let loss: Double
        /// ‖∇ℓ(x)‖_*.
        public let gradientNorm: Double
        /// The L-bound, an estimate.
        public let lipschitz: Double
        /// The ω-bound, an estimate.
        public let modulus: Double
    }

    /// A radius that is proven.
    public struct Proven: Sendable, Equatable, Codable {
        public let method: ProvenBound.Method
        public let radius: Double
        /// Where one radius was tried: what the margin does not fall below within it. nil where that is not known, and where
        /// the largest radius was sought.
        public let margin: Double?

        public init(method: ProvenBound.Method, radius: Double, margin: Double? = nil) {
            (self.method, self.radius, self.margin) = (method, radius, margin)
        }
    }

    /// The image's index in its data set.
    public let image: Int
    public let label: Int
    /// What the network answers.
    public let answer: Int
    public let logits: Estimates
    public let probabilities: Estimates
    /// nil where nothing can be proven of the network, or was not to be.
    public var proven: Proven?

    private enum CodingKeys: String, CodingKey {
        case image, label, logits, probabilities, proven
        case answer = "class"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(image, forKey: .image)
        try container.encode(label, forKey: .label)
        try container.encode(answer, forKey: .answer)
        try container.encode(logits, forKey: .logits)
        try container.encode(probabilities, forKey: .probabilities)
        try container.encode(proven, forKey: .proven)
    }
}

/// L and ω of a network, estimated, for what both kinds of scores say of an image.
public struct EstimatedBounds: Sendable {
    public let logits: LossBounds
    public let probabilities: LossBounds
    private let norm: SmoothingSettings.Norm
    private let losses: (logits: MarginLoss, probabilities: MarginLoss)

    /// Samples the loss and its gradient.
    ///
    /// - Parameters:
    ///   - sample: The images to sample from, with labels that the network has classes for.
    ///   - progress: Called after each of 2 × `sampling.blocks` blocks.
    /// - Throws: `BoundsError`; `NetworkError` or `GraphError` when the network cannot be compiled.
    public init(
        of network: Network, norm: SmoothingSettings.Norm, sampling: BlockSampling, from sample: LabelledImages,
        threads: Int, progress: @escaping @Sendable () throws -> Void = {}
    ) throws {
        let sampler = LossSampler(network: network, norm: norm, sampling: sampling, images: sample)
        logits = try sampler.bounds(of: .logits, threads: threads, progress: progress)
        probabilities = try sampler.bounds(of: .probabilities, threads: threads, progress: progress)
        losses = (
            try MarginLoss(of: network, scores: .logits, batchSize: 16),
            try MarginLoss(of: network, scores: .probabilities, batchSize: 16)
        )
        self.norm = norm
    }

    /// The estimates for images: one gradient each for logits and for probabilities.
    ///
    /// - Throws: `BoundsError.notFinite`; `GraphError`.
    public func bounds(of images: LabelledImages, at indices: [Int], threads: Int) throws -> [ImageBounds] {
        let onLogits = try LossAtImages(losses.logits, norm, images, indices, threads: threads).results
        let onProbabilities = try LossAtImages(losses.probabilities, norm, images, indices, threads: threads).results
        return indices.indices.map { place in
            ImageBounds(
                image: indices[place], label: images.label(at: indices[place]), answer: onLogits[place].answer,
                logits: estimates(logits, onLogits[place]), probabilities: estimates(probabilities, onProbabilities[place]))
        }
    }

    private func estimates(_ bounds: LossBounds, _ it: LossAtImages.Result) -> ImageBounds.Estimates {
        ImageBounds.Estimates(
            loss: it.loss, gradientNorm: it.gradientNorm, lipschitz: bounds.lipschitzBound(loss: it.loss),
            modulus: bounds.modulusBound(loss: it.loss, gradientNorm: it.gradientNorm))
    }
}

/// The loss, its gradient's norm and the answer at each of some images.
private struct LossAtImages {
    struct Result {
        var loss = 0.0
        var gradientNorm = 0.0
        var answer = 0
    }

    let results: [Result]

    init(
        _ loss: MarginLoss, _ norm: SmoothingSettings.Norm, _ images: LabelledImages, _ indices: [Int], threads: Int
    ) throws {
        let starts = Mutex(Array(stride(from: 0, to: indices.count, by: loss.batchSize)).reversed() as [Int])
        let results = Mutex([Result](repeating: Result(), count: indices.count))
        try onThreads(threads) {
            let evaluator = try loss.makeEvaluator()
            while let start = starts.withLock({ $0.popLast() }) {
                let batch = indices[start..<min(indices.count, start + loss.batchSize)]
                for (place, index) in batch.enumerated() {
                    evaluator.setLabel(images.label(at: index), at: place)
                    _ = evaluator.image(place).update(fromContentsOf: images.image(at: index))
                }
                evaluator.run()
                for (place, index) in batch.enumerated() {
                    var answer: Int32 = -1
                    surety_classify(evaluator.scores(place).baseAddress, 1, loss.classCount, &answer)
                    let it = Result(
                        loss: evaluator.loss(place), gradientNorm: norm.dual(evaluator.gradient(place)),
                        answer: Int(answer))
                    guard answer >= 0, it.loss.isFinite, it.gradientNorm.isFinite else {
                        throw BoundsError.notFinite(image: index, data: images.name)
                    }
                    results.withLock { $0[start + place] = it }
                }
            }
        }
        self.results = results.withLock { $0 }
    }
}
