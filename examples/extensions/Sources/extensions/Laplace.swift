import Foundation
import Surety

/// A noise family: Laplace noise of scale b on every value, rounded to the grid, which makes certificates in ℓ1 (Teng, Lee and Yuan
/// 2019): the class stays within −b ln(1 − pA + pB). Surety's norms are ℓ2 and ℓ∞, and ‖δ‖₁ ≤ √d ‖δ‖₂ ≤ d ‖δ‖∞.
struct Laplace: NoiseFamily {
    static let name = "laplace"

    let scale: Double

    init(scale: Double) { self.scale = scale }

    init(_ value: (String) throws -> Double) throws { self.init(scale: try value("scale")) }

    var parameters: [String: Double] { ["scale": scale] }
    var generator: String { "\(Philox.name), Laplace rounded to 1/255, thresholds of 63 bits, version 1" }
    var grid: Grid? { .levels8 }
    var standardDeviation: Double { scale * 2.0.squareRoot() }
    var description: String { "Laplace, b = \(scale) on 1/255" }

    /// Each threshold is 2⁶³ e^(…) with a relative error below 2⁻⁵¹, rounded; the law's parts are differences of two. All errors together are
    /// below the sum of the tails, b/q, times that, and half a unit of 2⁻⁶³ for each of the thresholds.
    func totalVariation() -> Double? { (255 * scale + 1) * 0x1p-50 }

    func sampler(key: UInt64) -> any NoiseSampler { LaplaceSampler(key: key, thresholds: thresholds) }

    /// 2⁶³ P[|noise| > (k − ½)/255] for k = 1, 2, … as long as it is not 0.
    private var thresholds: [UInt64] {
        var thresholds: [UInt64] = []
        while true {
            let tail = (0x1p63 * exp(-(Double(thresholds.count) + 0.5) / (255 * scale))).rounded()
            if tail < 1 { return thresholds }
            thresholds.append(UInt64(tail))
        }
    }

    func radius(in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int) throws(StatisticsError) -> Double? {
        // Far more than all roundings.
        try radius(in: norm, lead(pALower, pBUpper), dimensions) { -log(1 - $0) }.map { max(0, $0 * (1 - 1e-12) - 1e-15) }
    }

    func independentRadius(in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int) throws(StatisticsError) -> Double? {
        try radius(in: norm, lead(pALower, pBUpper), dimensions) { -log1p(-$0) }
    }

    /// pA − pB, where pB is at most 1 − pA.
    private func lead(_ pA: Double, _ pB: Double?) -> Double { pA - min(pB ?? 1, 1 - pA) }

    private func radius(
        in norm: Norm, _ lead: Double, _ dimensions: Int, logarithm: (Double) -> Double
    ) throws(StatisticsError) -> Double? {
        guard lead >= 0 else { return nil }
        let l1 = scale * logarithm(lead)
        return norm == .l2 ? l1 / Double(dimensions).squareRoot() : l1 / Double(dimensions)
    }
}

/// Draws it: a block of Philox for each value, whose first bit is the sign.
private struct LaplaceSampler: NoiseSampler {
    let key: UInt64
    let thresholds: [UInt64]

    func copies(of image: [Float], index: Int) -> any NoisyCopies {
        LaplaceCopies(sampler: self, points: Grid.levels8.points(of: image), index: UInt32(index))
    }
}

private struct LaplaceCopies: NoisyCopies {
    let sampler: LaplaceSampler
    let points: [Int32]
    let index: UInt32

    func draw(_ sample: Int, stream: RandomStream, to row: Row) {
        let philox = Philox(key: sampler.key)
        row.fill { place in
            let words = philox.block((UInt32(place), UInt32(sample), index, stream.rawValue))
            let bits = UInt64(words.0) << 32 | UInt64(words.1)
            // Thresholds fall: how many are above the other 63 bits.
            var (low, high) = (0, sampler.thresholds.count)
            while low < high {
                let middle = (low + high) / 2
                if sampler.thresholds[middle] > bits & (1 << 63 - 1) { low = middle + 1 } else { high = middle }
            }
            return Grid.levels8.value(of: points[place] + Int32(bits >> 63 == 0 ? low : -low))
        }
    }
}
