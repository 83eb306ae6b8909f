import SuretyBounds
import SuretySmoothing

/// How steep and how curved a classifier's loss is: the L-bound and the ω-bound rest on this, and regularising the input
/// gradient makes it small (Finlay and Oberman 2020, table B.3).
public struct Regularity: Sendable, Equatable, Encodable {
    /// The loss on one kind of scores, in the dual of the norm that the bounds are in.
    public struct Loss: Sendable, Equatable, Encodable {
        /// The mean and the largest ‖∇ℓ(x)‖_* over the images bounded; nil without images.
        public let meanGradient, largestGradient: Double?
        /// L, an estimate.
        public let lipschitz: Double?
        /// The images whose own gradient exceeds L, which is therefore too small for them; nil without L.
        public let steeperImages: Int?
        /// ω(ε) or ω⁺(ε), estimates, by ε.
        public let modulus: [Modulus]
    }

    /// ω at a radius.
    public struct Modulus: Sendable, Equatable, Encodable {
        /// The radius, in the norm of the bounds.
        public let epsilon: Double
        /// ω at that radius, an estimate.
        public let value: Double
    }

    /// Which ω it is.
    public let omega: ModulusKind
    /// The loss on logits; nil if it was not examined.
    public let logits: Loss?
    /// The loss on probabilities, likewise.
    public let probabilities: Loss?

    init(_ record: BoundsRecord, _ bounds: [ImageBounds], _ fits: FitReport?) {
        omega = record.settings.omega ?? .paper
        logits = Loss(fits?.logits ?? [], bounds.compactMap(\.logits?.gradientNorm))
        probabilities = Loss(fits?.probabilities ?? [], bounds.compactMap(\.probabilities?.gradientNorm))
    }
}

extension Regularity.Loss {
    fileprivate init?(_ fits: [BoundsFit], _ gradients: [Double]) {
        guard !fits.isEmpty else { return nil }
        (meanGradient, largestGradient) = (gradients.mean, gradients.max())
        lipschitz = fits.first { $0.epsilon == nil }.flatMap(\.value)
        steeperImages = lipschitz.map { lipschitz in gradients.count { $0 > lipschitz } }
        modulus = fits.compactMap { fit in
            guard let epsilon = fit.epsilon, let value = fit.value else { return nil }
            return .init(epsilon: epsilon, value: value)
        }
    }
}

extension Collection<Double> {
    /// The sum divided by the count; nil without numbers.
    var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}
