import CSuretyKernels
import CSuretyOpenBLAS
import SuretyTensors

/// The set of points that are nearer to an image than to each of some samples, seen from the image: {δ : ‖δ‖ < ‖δ − aⱼ‖ for
/// all j}, where aⱼ is the vector to sample j (Khoury and Hadfield-Menell, equation 1, without its border: a point that is as
/// near to another sample belongs to that one just as much. In ℓ∞, one element that both samples share can make a whole
/// region equally near to both.) A sample that equals the image leaves nothing.
///
/// In the Euclidean norm that is aⱼ·δ < ‖aⱼ‖²/2, an intersection of open half-spaces. Distances that differ by less than 10⁻⁵
/// of the image's own count as equal, as rounding may have made the difference.
package struct VoronoiCell: Sendable {
    package let norm: Norm
    package let dimension: Int
    /// The vectors to the samples, row after row.
    private let offsets: [Float]
    /// ‖aⱼ‖²/2.
    private let limits: [Float]

    package init(offsets: [Float], dimension: Int, norm: Norm) {
        self.offsets = offsets
        self.dimension = dimension
        self.norm = norm
        limits = offsets.withUnsafeBufferPointer { offsets in
            (0..<offsets.count / max(1, dimension)).map { row in
                Float(0.5 * surety_square_sum(offsets.baseAddress?.advanced(by: row * dimension), dimension))
            }
        }
    }

    private static let tie: Float = 1e-5

    /// Whether `displacement` from the image stays within the cell.
    package func contains(_ displacement: [Float]) -> Bool {
        if norm == .l2 {
            let length = Float(surety_square_sum(displacement, displacement.count).squareRoot())
            return zip(offsets.rows(times: displacement), limits).allSatisfy { product, limit in
                limit - product > Self.tie * length * (2 * limit).squareRoot()
            }
        } else {
            let distance = displacement.reduce(0) { max($0, abs($1)) }
            return limits.indices.allSatisfy { row in
                var other: Float = 0
                for i in 0..<dimension { other = max(other, abs(displacement[i] - offsets[row * dimension + i])) }
                return other - distance > Self.tie * distance
            }
        }
    }

    /// The projection onto the part of the cell that ends 10⁻⁴ of the way before its border, so that no rounding leads out;
    /// nil in a norm in which cells need not be convex, and where there is no cell.
    package var projection: HalfSpaceProjection? {
        guard norm == .l2, limits.allSatisfy({ $0 > 0 }) else { return nil }
        return HalfSpaceProjection(normals: offsets, limits: limits.map { $0 * 0.9999 }, dimension: dimension)
    }
}

extension [Float] {
    /// The products of these rows with a vector.
    func rows(times vector: [Float]) -> [Float] {
        let count = vector.isEmpty ? 0 : self.count / vector.count
        var products = [Float](repeating: 0, count: count)
        cblas_sgemv(
            CblasRowMajor, CblasNoTrans, Int32(count), Int32(vector.count), 1, self, Int32(Swift.max(1, vector.count)),
            vector, 1, 0, &products, 1)
        return products
    }

    /// The sum of these rows, each times its weight.
    func rowSum(weights: [Float], width: Int) -> [Float] {
        var sum = [Float](repeating: 0, count: width)
        cblas_sgemv(
            CblasRowMajor, CblasTrans, Int32(weights.count), Int32(width), 1, self, Int32(Swift.max(1, width)), weights,
            1, 0, &sum, 1)
        return sum
    }
}
