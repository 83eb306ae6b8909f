/// The figures of a run of bounds over its images: how many are right, how far the bounds reach on average, and how many are
/// proven robust.
///
///     let figures = BoundsFigures(run.lines, estimated)
///     figures.losses.first?.lipschitzBound?.mean       // of the L-bounds, an estimate
///     figures.robustCount(within: 0.1)                 // proven
public struct BoundsFigures: Sendable {
    /// The mean of an estimated bound over images.
    public struct MeanBound: Sendable, Equatable {
        /// In units of the norm of the bounds; 0 without images.
        public let mean: Double
        /// The interval that holds nine tenths of what resamples of the blocks give; nil without resamples.
        public let spread: ClosedRange<Double>?
    }

    /// What the estimates of L and ω say of the images, for the loss on one kind of scores.
    public struct Loss: Sendable {
        /// The estimates.
        public let estimates: LossBounds
        /// The L-bound, over the images at which the loss is finite; nil if nothing could be estimated.
        public let lipschitzBound: MeanBound?
        /// The ω-bound, likewise.
        public let modulusBound: MeanBound?
        /// The images whose own gradient exceeds L, which is therefore too small for them; 0 if L could not be estimated.
        public let steeperImages: Int
    }

    /// The number of images.
    public let imageCount: Int
    /// The number of those that the network answers as they are labelled.
    public let correctCount: Int
    /// For each kind of scores that was asked for, logits first.
    public let losses: [Loss]
    /// How radii were proven; nil if none were.
    public let method: ProofMethod?
    private let provenRadii: [Double]

    /// - Parameters:
    ///   - images: What was found for each image.
    ///   - estimated: The estimates that their bounds rest on.
    public init(_ images: [ImageBounds], _ estimated: EstimatedBounds) {
        imageCount = images.count
        correctCount = images.count { $0.answer == $0.label }
        losses = estimated.all.map { Loss($0, images) }
        let proven = images.compactMap(\.proven)
        (method, provenRadii) = (proven.first?.method, proven.map(\.radius))
    }

    /// The mean of the proven radii, in units of the norm of the bounds, where a misclassified image has 0; nil if none were
    /// proven.
    public var meanProvenRadius: Double? {
        provenRadii.isEmpty ? nil : provenRadii.reduce(0, +) / Double(provenRadii.count)
    }

    /// The number of images that are proven to keep their label within `epsilon`.
    public func robustCount(within epsilon: Double) -> Int { provenRadii.count { $0 >= epsilon } }
}

extension BoundsFigures.Loss {
    fileprivate init(_ estimates: LossBounds, _ images: [ImageBounds]) {
        let losses = images.compactMap { estimates.scores == .logits ? $0.logits : $0.probabilities }
        func meanBound(_ bound: (LossConstants, ImageBounds.Estimates) -> Double) -> BoundsFigures.MeanBound? {
            func mean(_ constants: LossConstants) -> Double {
                losses.reduce(0) { $0 + bound(constants, $1) } / Double(max(1, losses.count))
            }
            guard let constants = estimates.constants else { return nil }
            return BoundsFigures.MeanBound(mean: mean(constants), spread: estimates.spread(of: mean))
        }
        self.estimates = estimates
        lipschitzBound = meanBound { $0.lipschitzBound(loss: $1.loss) }
        modulusBound = meanBound { $0.modulusBound(loss: $1.loss, gradientNorm: $1.gradientNorm) }
        steeperImages = estimates.lipschitz.value.map { lipschitz in losses.count { $0.gradientNorm > lipschitz } } ?? 0
    }
}
