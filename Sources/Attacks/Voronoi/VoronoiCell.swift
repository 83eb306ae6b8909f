import CKernels
import COpenBLAS
import Tensors

/// The set of points that are at least as near to an image as to each of some samples, seen from the image:
/// {δ : ‖δ‖ ≤ ‖δ − aⱼ‖ for all j}, with aⱼ the way to sample j (Khoury and Hadfield-Menell, equation 1).
///
/// In the Euclidean norm that is aⱼ·δ ≤ ‖aⱼ‖²/2, an intersection of half-spaces.
package struct VoronoiCell: Sendable {
    package let norm: Ball.Norm
    package let dimension: Int
    /// The ways to the samples, row after row.
    private let offsets: [Float]
    /// ‖aⱼ‖²/2.
    private let limits: [Float]

    package init(offsets: [Float], dimension: Int, norm: Ball.Norm) {
        self.offsets = offsets
        self.dimension = dimension
        self.norm = norm
        limits = offsets.withUnsafeBufferPointer { offsets in
            (0..<offsets.count / max(1, dimension)).map { row in
                Float(0.5 * surety_square_sum(offsets.baseAddress?.advanced(by: row * dimension), dimension))
            }
        }
    }

    /// Whether `displacement` from the image stays within the cell.
    package func contains(_ displacement: [Float]) -> Bool {
        switch norm {
        case .l2:
            return zip(offsets.rows(times: displacement), limits).allSatisfy { $0 <= $1 }
        case .linf:
            let distance = displacement.reduce(0) { max($0, abs($1)) }
            return limits.indices.allSatisfy { row in
                var other: Float = 0
                for i in 0..<dimension { other = max(other, abs(displacement[i] - offsets[row * dimension + i])) }
                return distance <= other
            }
        }
    }

    /// The projection onto the cell; nil in a norm in which it need not be convex.
    package var projection: HalfSpaceProjection? {
        norm == .l2 ? HalfSpaceProjection(normals: offsets, limits: limits, dimension: dimension) : nil
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
