import SuretyStatistics

/// How the size of a perturbation is measured.
///
/// To add a norm, give it a case and formulas here, and a projection in `Ball`: attacks that need no more than a ball then
/// support it, and findings state the distance in it. Methods that depend on the geometry of a norm list those they support.
public enum Norm: String, Sendable, Codable, CaseIterable {
    /// Euclidean.
    case l2
    /// The largest change of any pixel.
    case linf
}

extension Norm {
    /// The norm as readers know it.
    public var symbol: String {
        switch self {
        case .l2: "ℓ₂"
        case .linf: "ℓ∞"
        }
    }

    /// The size of the difference of two images; NaN if a pixel is NaN.
    public func distance(_ point: Row, _ other: Row) -> Float {
        switch self {
        case .l2: return Float(point.squareDistance(to: other).squareRoot())
        case .linf: return zip(point, other).lazy.map { abs($0 - $1) }.reduce(0) { $1 > $0 || $1.isNaN ? $1 : $0 }
        }
    }

    /// The same in double precision, as any reader of the images will compute it.
    public func distance(_ image: [Float], _ other: [Float]) -> Double {
        length(of: zip(image, other).lazy.map { abs(Double($0) - Double($1)) })
    }

    /// The norm of a vector, given the absolute values of its elements; NaN if one is NaN.
    func length(of magnitudes: some Sequence<Double>) -> Double {
        switch self {
        case .l2: magnitudes.reduce(0) { $0 + $1 * $1 }.squareRoot()
        case .linf: magnitudes.reduce(0) { $1 > $0 || $1.isNaN ? $1 : $0 }
        }
    }

    /// The dual norm ‖·‖_* of a gradient, the largest change per unit of distance: ℓ2 for ℓ2, ℓ1 for ℓ∞.
    public func dual(_ gradient: Row) -> Double {
        switch self {
        case .l2: gradient.squareSum.squareRoot()
        case .linf: gradient.reduce(0) { $0 + Double(abs($1)) }
        }
    }

    /// The same if it gives a direction: `nil` if it is 0 or not finite.
    package func dual(of gradient: Row) -> Float? {
        let value = Float(dual(gradient))
        return value > 0 && value.isFinite ? value : nil
    }

    /// Scales `direction` to the point of the ball of this radius where the inner product with it is largest; leaves a
    /// direction that is zero or not finite unchanged.
    ///
    /// - Returns: Whether there is such a point.
    package func ascend(_ direction: Row, radius: Double) -> Bool {
        let length = dual(direction)
        guard length > 0, length.isFinite else { return false }
        switch self {
        case .l2: direction.fill { Float(Double(direction[$0]) * (radius / length)) }
        case .linf: direction.fill { direction[$0] > 0 ? Float(radius) : direction[$0] < 0 ? -Float(radius) : 0 }
        }
        return true
    }

    /// The distance from an image to the farthest one in [0, 1].
    package func reach(from image: Row) -> Float {
        let farthest = image.lazy.map { max($0, 1 - $0) }
        return switch self {
        case .l2: farthest.reduce(0) { $0 + $1 * $1 }.squareRoot()
        case .linf: farthest.max() ?? 0
        }
    }

    /// The distance between the two images of `dimensions` pixels that are farthest apart: no larger radius has a meaning.
    package func diameter(dimensions: Int) -> Double {
        switch self {
        case .l2: Double(dimensions).squareRoot()
        case .linf: 1
        }
    }

    /// The largest length in this norm of a vector whose length in the other is 1: d^max(0, 1/p − 1/q), from ℓq to ℓp.
    package func largestLength(ofUnitIn other: Norm, dimensions: Int) -> Double {
        max(1, diameter(dimensions: dimensions) / other.diameter(dimensions: dimensions))
    }

    /// The radius of this norm's largest ball inside an ℓ2 ball, rounded down.
    ///
    /// - Throws: `StatisticsError.countNotPositive` for no dimensions.
    func radius(insideL2 radius: Double, dimensions: Int) throws(StatisticsError) -> Double {
        switch self {
        case .l2: radius
        case .linf: try SmoothingRadius.linf(l2: radius, dimensions: dimensions)
        }
    }
}
