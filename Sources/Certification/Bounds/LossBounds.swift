import Datasets
import Networks

/// Estimates of the Lipschitz constant L of the loss ℓ and of its modulus of continuity ω, and the bounds they make of
/// each image: proposition 2.2 of Finlay and Oberman, "Scaleable input gradient regularization for adversarial robustness"
/// (2020).
///
/// L and ω are suprema over all images. What is known of them are maxima over some, extrapolated; an image may be
/// misclassified within either bound. They are estimates, never certificates.
public struct LossBounds: Sendable {
    /// ω at one radius.
    public struct Modulus: Sendable {
        public let epsilon: Double
        /// From the block maxima of equation 5 up to this radius.
        public let estimate: ExtremeValueEstimate
        /// The smallest estimate from this radius on: ω never decreases, so what it does not exceed at a larger radius it
        /// does not exceed at this one.
        public let value: Double
    }

    /// Of the norm of the loss's gradient.
    public let lipschitz: ExtremeValueEstimate
    /// At each radius of the grid, ascending.
    public let modulus: [Modulus]
    /// No radius exceeds the distance of the two images farthest apart.
    let diameter: Double

    /// - Parameters:
    ///   - lipschitzMaxima: The largest dual norm of ∇ℓ in each block.
    ///   - modulusMaxima: For each radius of the grid the largest error of the linear approximation in each block.
    init(
        lipschitzMaxima: [Double], modulusMaxima: [[Double]], sampling: BlockSampling, diameter: Double
    ) throws {
        lipschitz = try ExtremeValueEstimate(maxima: lipschitzMaxima, p: sampling.p)
        var modulus: [Modulus] = []
        for (epsilon, maxima) in zip(sampling.grid, modulusMaxima).reversed() {
            let estimate = try ExtremeValueEstimate(maxima: maxima, p: sampling.p)
            let value = min(estimate.value, modulus.last?.value ?? .infinity)
            modulus.append(Modulus(epsilon: epsilon, estimate: estimate, value: value))
        }
        self.modulus = modulus.reversed()
        self.diameter = diameter
    }

    /// The L-bound max(ℓ₀ − ℓ(x), 0)/L, with ℓ₀ = 0; rounded down.
    public func lipschitzBound(loss: Double) -> Double {
        guard loss < 0 else { return 0 }
        return min(diameter, (-loss / lipschitz.value).nextDown)
    }

    /// The ω-bound: the largest ε for which (ℓ₀ − ℓ(x) − ω(ε))/‖∇ℓ(x)‖_* ≥ ε is known to hold; rounded down.
    ///
    /// As ω does not decrease, ω(ε_k) serves for every ε up to the grid's ε_k: each k gives min(ε_k, (ℓ₀ − ℓ(x) −
    /// ω(ε_k))/‖∇ℓ(x)‖_*). No ε beyond the grid is claimed.
    public func modulusBound(loss: Double, gradientNorm: Double) -> Double {
        var largest = 0.0
        for it in modulus where -loss - it.value > 0 {
            largest = max(largest, min(it.epsilon, ((-loss - it.value) / gradientNorm).nextDown))
        }
        return min(diameter, largest)
    }
}
