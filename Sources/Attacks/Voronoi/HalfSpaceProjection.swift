import CSuretyOpenBLAS

/// The nearest point, in the Euclidean norm, of an intersection of half-spaces {z : aⱼ·z ≤ bⱼ} that holds 0: all bⱼ ≥ 0.
///
/// It is y − Σ λⱼaⱼ with the λ ≥ 0 that maximise λ·(Ay − b) − ½‖Aᵀλ‖². Hildreth's method (1957) raises or lowers one λⱼ after
/// another until its own half-space is just met, which is Dykstra's alternating projection for half-spaces (Boyle and Dykstra
/// 1986) and converges linearly. It works on the products aᵢ·aⱼ, made once: a round over M half-spaces costs M² in any
/// dimension, less when few are violated.
package struct HalfSpaceProjection: Sendable {
    private let normals: [Float]
    private let limits: [Float]
    private let dimension: Int
    /// aᵢ·aⱼ.
    private let products: [Double]

    /// - Parameters:
    ///   - normals: The aⱼ, row after row; one that is 0 bounds nothing.
    ///   - limits: The bⱼ, none negative.
    package init(normals: [Float], limits: [Float], dimension: Int) {
        self.normals = normals
        self.limits = limits
        self.dimension = dimension
        let count = limits.count
        var products = [Float](repeating: 0, count: count * count)
        let (rows, width) = (Int32(count), Int32(max(1, dimension)))
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, rows, rows, width, 1, normals, width, normals, width, 0, &products,
            max(1, rows))
        self.products = products.map(Double.init)
    }

    /// The projection of `point`, up to rounding; it never lies outside.
    package func callAsFunction(_ point: [Float]) -> [Float] {
        let weights = multipliers(normals.rows(times: point))
        if weights.allSatisfy({ $0 == 0 }) { return pulledInside(point) }
        let pull = normals.rowSum(weights: weights.map(Float.init), width: dimension)
        return pulledInside(zip(point, pull).map { $0 - $1 })
    }

    /// The nearest point towards 0 that is inside: `point` itself if it is.
    package func pulledInside(_ point: [Float]) -> [Float] {
        var scale: Float = 1
        for (product, limit) in zip(normals.rows(times: point), limits) where product > limit {
            scale = min(scale, limit / product)
        }
        return scale < 1 ? point.map { $0 * scale } : point
    }

    /// λ, given the products of the normals with the point.
    private func multipliers(_ reached: [Float]) -> [Double] {
        let count = limits.count
        var weights = [Double](repeating: 0, count: count)
        // How far the point given by the λ so far lies beyond each limit.
        var excess = zip(reached, limits).map { Double($0) - Double($1) }
        let start = excess.reduce(0, max)
        for _ in 0..<Self.rounds {
            var largest = 0.0
            for j in 0..<count where products[j * count + j] > 0 {
                let change = max(excess[j] / products[j * count + j], -weights[j])
                guard change != 0 else { continue }
                weights[j] += change
                for i in 0..<count { excess[i] -= change * products[j * count + i] }
                largest = max(largest, abs(change) * products[j * count + j])
            }
            if largest <= 1e-7 * start { break }
        }
        return weights
    }

    /// Far more than needed, unless half-spaces are parallel up to rounding; then the point is pulled inside.
    private static let rounds = 2_000
}
