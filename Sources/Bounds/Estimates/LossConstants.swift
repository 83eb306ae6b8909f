/// L, and ω at each radius of a grid, as they are used in the bounds of proposition 2.2 of Finlay and Oberman (2020).
public struct LossConstants: Sendable, Equatable {
    /// An upper estimate, and the largest value seen.
    package typealias Estimate = (value: Double, largest: Double)

    /// L, an upper estimate of how much the loss changes per unit of distance in the norm.
    public let lipschitz: Double
    /// The radii, ascending.
    public let grid: [Double]
    /// ω at each of them: never falling, never more than is possible.
    public let modulus: [Double]
    /// No radius exceeds the distance of the two images farthest apart.
    private let diameter: Double

    /// - Parameters:
    ///   - modulus: An estimate for each radius of the grid.
    ///   - diameter: The distance of the two images farthest apart.
    package init(
        lipschitz: Double, grid: [Double], modulus: [Estimate], kind: ModulusKind, scores: LossScores, diameter: Double
    ) {
        (self.lipschitz, self.grid, self.diameter) = (lipschitz, grid, diameter)
        var values: [Double] = []
        for (epsilon, estimate) in zip(grid, modulus) {
            let possible = Self.possible(kind, scores, lipschitz: lipschitz, epsilon: epsilon)
            // Whatever the estimate of L is, the values seen are possible.
            let isReached = Self.isReached(possible, by: estimate.largest)
            let limited = max(estimate.largest, isReached ? possible : min(estimate.value, possible))
            values.append(max(limited, values.last ?? 0))
        }
        self.modulus = values
    }

    /// Whether nearly all that is possible was seen. That is then the estimate: there is nothing to extrapolate.
    static func isReached(_ possible: Double, by largest: Double) -> Bool { largest >= 0.999 * possible }

    /// What ω cannot exceed: ℓ rises along v by no more than L‖v‖, and by no more than 2 where it is a difference of
    /// probabilities; −⟨v, ∇ℓ(x)⟩ is at most L‖v‖.
    static func possible(_ kind: ModulusKind, _ scores: LossScores, lipschitz: Double, epsilon: Double) -> Double {
        let rise = scores == .probabilities ? min(2, lipschitz * epsilon) : lipschitz * epsilon
        return switch kind {
        case .sharp: rise
        case .paper: rise + lipschitz * epsilon
        }
    }

    /// The L-bound max(ℓ₀ − ℓ(x), 0)/L, with ℓ₀ = 0; rounded down.
    public func lipschitzBound(loss: Double) -> Double {
        guard loss < 0 else { return 0 }
        return min(diameter, (-loss / lipschitz).nextDown)
    }

    /// The ω-bound: the largest ε for which (ℓ₀ − ℓ(x) − ω(ε))/‖∇ℓ(x)‖_* ≥ ε is known to hold; rounded down.
    ///
    /// As ω does not fall, ω(ε_k) serves for every ε up to the grid's ε_k: each k gives min(ε_k, (ℓ₀ − ℓ(x) −
    /// ω(ε_k))/‖∇ℓ(x)‖_*). No ε beyond the grid is claimed.
    public func modulusBound(loss: Double, gradientNorm: Double) -> Double {
        var largest = 0.0
        for (epsilon, ω) in zip(grid, modulus) {
            guard -loss - ω > 0 else { break }
            largest = max(largest, min(epsilon, ((-loss - ω) / gradientNorm).nextDown))
        }
        return min(diameter, largest)
    }
}
