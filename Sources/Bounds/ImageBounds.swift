import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyRecords
import SuretyStatistics
import SuretyTensors
import Synchronization

/// The bounds of one image, for the base classifier and its true class: a line of `bounds.jsonl`.
///
/// An image that is misclassified already has no radius: all are 0.
public struct ImageBounds: RunLine {
    /// What the loss at the image says together with the estimates of L and ω.
    public struct Estimates: Sendable, Equatable, Codable {
        /// ℓ(x), below 0 if the image is classified as labelled.
        public let loss: Double
        /// ‖∇ℓ(x)‖_*.
        public let gradientNorm: Double
        /// The L-bound, an estimate; nil if L could not be estimated.
        public let lipschitz: Double?
        /// The ω-bound, an estimate; nil if ω could not be estimated.
        public let modulus: Double?

        private enum CodingKeys: String, CodingKey { case loss, gradientNorm, lipschitz, modulus }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(loss, forKey: .loss)
            try container.encode(gradientNorm, forKey: .gradientNorm)
            try container.encode(lipschitz, forKey: .lipschitz)
            try container.encode(modulus, forKey: .modulus)
        }
    }

    /// A radius that is proven.
    public struct Proven: Sendable, Equatable, Codable {
        /// How the margin was bounded.
        public let method: ProofMethod
        /// The radius, rounded down; 0 if nothing is proven.
        public let radius: Double
        /// If a single radius was tried: a lower bound on the margin within it. nil if that is not known, or if the largest
        /// radius was sought.
        public let margin: Double?

        /// - Parameter margin: If a single radius was tried, the lower bound on the margin within it, if known.
        public init(method: ProofMethod, radius: Double, margin: Double? = nil) {
            (self.method, self.radius, self.margin) = (method, radius, margin)
        }
    }

    /// The image's index in its data set.
    public let image: Int
    /// The image's true class.
    public let label: Int
    /// What the network answers.
    public let answer: Int
    /// The estimates for the loss on logits; nil if they were not asked for, or if the loss or its gradient is not finite at
    /// the image.
    public let logits: Estimates?
    /// The same for the loss on probabilities.
    public let probabilities: Estimates?
    /// The proven radius; nil if nothing can be proven about the network, or no proof was asked for.
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

/// Estimates of L and ω of a network, and the bounds they give for images: for the loss on logits, on probabilities, on
/// both, or on neither.
public struct EstimatedBounds: Sendable {
    /// The estimates for the loss on logits; nil if they were not asked for.
    public let logits: LossBounds?
    /// The same for the loss on probabilities.
    public let probabilities: LossBounds?
    private let norm: Norm
    private let losses: [LossScores: Classifier.Compiled]

    /// Samples the loss and its gradient. What cannot be estimated is kept as a failed estimate with the reason, and does not
    /// stop the rest.
    ///
    /// - Parameters:
    ///   - sample: The images to sample from, with labels that the network has classes for.
    ///   - progress: Called after each of `sampling.blocks` blocks for each of the scores.
    /// - Throws: What `progress` throws; `NetworkError`, `GraphError` or `BoundsError` when the network's margin cannot be
    ///   compiled.
    public init(
        of network: Network, norm: Norm, scores: Set<LossScores> = [.probabilities],
        sampling: BlockSampling, from sample: LabelledImages, threads: Int,
        progress: @escaping @Sendable () throws -> Void = {}
    ) throws {
        let sampler = LossSampler(network: network, norm: norm, sampling: sampling, images: sample)
        func estimate(_ wanted: LossScores) throws -> LossBounds? {
            guard scores.contains(wanted) else { return nil }
            do {
                let maxima = try sampler.maxima(on: wanted, threads: threads, progress: progress)
                if let reason = maxima.saturation { return LossBounds(failure: reason, scores: wanted, sampling: sampling) }
                return try LossBounds(
                    maxima, scores: wanted, sampling: sampling,
                    diameter: norm.diameter(dimensions: network.imageShape.elementCount), threads: threads)
            } catch let error where error is BoundsError || error is StatisticsError {
                return LossBounds(failure: "\(error)", scores: wanted, sampling: sampling)
            }
        }
        try self.init(of: network, norm: norm, logits: estimate(.logits), probabilities: estimate(.probabilities))
    }

    /// No estimates, only the images' answers.
    ///
    /// - Throws: `NetworkError`, `GraphError` or `BoundsError` when the network's margin cannot be compiled.
    public init(withoutEstimatesOf network: Network, norm: Norm) throws {
        try self.init(of: network, norm: norm, logits: nil, probabilities: nil)
    }

    private init(
        of network: Network, norm: Norm, logits: LossBounds?, probabilities: LossBounds?
    ) throws {
        (self.norm, self.logits, self.probabilities) = (norm, logits, probabilities)
        // Logits in any case: they give the answer.
        var losses = [LossScores.logits: try LossScores.logits.marginLoss(of: network, batchSize: 16)]
        if probabilities != nil {
            losses[.probabilities] = try LossScores.probabilities.marginLoss(of: network, batchSize: 16)
        }
        self.losses = losses
    }

    /// The estimates that were asked for, logits first.
    public var all: [LossBounds] { [logits, probabilities].compactMap(\.self) }

    /// The estimates for images: one gradient for each kind of scores asked for.
    ///
    /// - Throws: `BoundsError.notFinite` if the network gives no answer; `GraphError`.
    public func bounds(of images: LabelledImages, at indices: [Int], threads: Int) throws -> [ImageBounds] {
        let results = try losses.mapValues { try LossAtImages($0, norm, images, indices, threads: threads).results }
        return indices.indices.map { place in
            func estimates(_ bounds: LossBounds?) -> ImageBounds.Estimates? {
                guard let bounds, let it = results[bounds.scores]?[place], it.isFinite else { return nil }
                return ImageBounds.Estimates(
                    loss: it.loss, gradientNorm: it.gradientNorm,
                    lipschitz: bounds.constants?.lipschitzBound(loss: it.loss),
                    modulus: bounds.constants?.modulusBound(loss: it.loss, gradientNorm: it.gradientNorm))
            }
            return ImageBounds(
                image: indices[place], label: images.label(at: indices[place]), answer: results[.logits]?[place].answer ?? 0,
                logits: estimates(logits), probabilities: estimates(probabilities))
        }
    }
}

/// The loss, its gradient's norm and the answer at each of some images.
private struct LossAtImages {
    struct Result {
        var loss = 0.0
        var gradientNorm = 0.0
        var answer = 0

        var isFinite: Bool { loss.isFinite && gradientNorm.isFinite }
    }

    let results: [Result]

    init(
        _ loss: Classifier.Compiled, _ norm: Norm, _ images: LabelledImages, _ indices: [Int], threads: Int
    ) throws {
        let starts = Mutex(Array(stride(from: 0, to: indices.count, by: loss.batchSize)).reversed() as [Int])
        let results = Mutex([Result](repeating: Result(), count: indices.count))
        try onThreads(threads) {
            let classifier = try Classifier(loss)
            while let start = starts.withLock({ $0.popLast() }) {
                let batch = indices[start..<min(indices.count, start + loss.batchSize)]
                classifier.setLabels(batch.map(images.label(at:)))
                for (row, index) in zip(classifier.images, batch) { images.write(index, to: row) }
                classifier.run()
                let classes = classifier.classes
                for (place, index) in batch.enumerated() {
                    guard let answer = classes[place] else {
                        throw BoundsError.notFinite(image: index, data: images.name)
                    }
                    let it = Result(
                        loss: classifier.logits[place].margin(label: images.label(at: index)),
                        gradientNorm: norm.dual(classifier.gradients[place]), answer: answer)
                    results.withLock { $0[start + place] = it }
                }
            }
        }
        self.results = results.withLock { $0 }
    }
}
