import CKernels

/// How the size of a perturbation is measured.
public enum Norm: String, Sendable, Codable, CaseIterable {
    /// Euclidean.
    case l2
    /// The largest change of any pixel.
    case linf
}

extension Norm {
    /// The dual norm ‖·‖_* of a gradient, the largest change per unit of distance: ℓ2 for ℓ2, ℓ1 for ℓ∞.
    package func dual(_ gradient: UnsafeBufferPointer<Float>) -> Double {
        switch self {
        case .l2: return surety_square_sum(gradient.baseAddress, gradient.count).squareRoot()
        case .linf:
            var sum = 0.0
            for value in gradient { sum += Double(abs(value)) }
            return sum
        }
    }

    /// Scales `direction` to the point of the ball of this radius where the inner product with it is largest; leaves a
    /// direction that is zero or not finite as it is.
    ///
    /// - Returns: Whether there is such a point.
    package func ascend(_ direction: UnsafeMutableBufferPointer<Float>, radius: Double) -> Bool {
        let length = dual(UnsafeBufferPointer(direction))
        guard length > 0, length.isFinite else { return false }
        switch self {
        case .l2: for i in direction.indices { direction[i] = Float(Double(direction[i]) * (radius / length)) }
        case .linf:
            for i in direction.indices {
                direction[i] = direction[i] > 0 ? Float(radius) : direction[i] < 0 ? -Float(radius) : 0
            }
        }
        return true
    }

    /// The dual norm of a gradient that has a direction; `nil` where it is 0 or not finite.
    package func dual(of gradient: UnsafeBufferPointer<Float>) -> Float? {
        let value = Float(dual(gradient))
        return value > 0 && value.isFinite ? value : nil
    }

    /// The distance between the two images of `dimensions` pixels that are farthest apart: no radius means more.
    package func diameter(dimensions: Int) -> Double {
        switch self {
        case .l2: Double(dimensions).squareRoot()
        case .linf: 1
        }
    }
}
