internal import Foundation
import SuretyTensors

/// A linear map with weights in whole numbers, and what 1 stands for in each output.
struct IntegerMap {
    /// Whole numbers.
    var weights: [Float]
    /// Whole numbers, in steps of the input's scale times the weights'.
    var bias: [Float]
    let scales: [Float]

    /// Weights up to 64 in magnitude, of 8-bit codes: for each output, the scale that gives the least square error, clipped
    /// if that helps, and at least as large as exact sums need.
    ///
    /// - Parameters:
    ///   - inputScale: What 1 in the codes stands for.
    ///   - largest: The largest distance of a code from its zero point.
    ///   - sharesScale: Whether all outputs share one scale, as logits do, so that the codes have the same order as the classes.
    init(_ map: LinearMap, inputScale: Float, largest: Int, sharesScale: Bool) {
        var scales = (0..<map.outputs).map { Self.scale(of: map.row($0)) }
        if sharesScale {
            let top = map.weights.map(\.magnitude).max() ?? 0
            scales = scales.map { _ in max(top / Self.most, 1e-30) }
        }
        let input = Double(inputScale)
        func isExact(_ output: Int, _ scale: Double) -> Bool {
            let sum = map.row(output).reduce(0) { $0 + abs(Self.whole($1, scale)) }
            // Leaves room for correcting the bias.
            return sum * Double(largest) + abs(map.bias[output]) / (input * scale) < 0.75 * 0x1p24
        }
        for output in scales.indices {
            while !isExact(output, scales[output]) { scales[output] *= 1.125 }
        }
        if sharesScale, let largest = scales.max() { scales = scales.map { _ in largest } }
        self.scales = scales.map { Float($0) }
        let exact = self.scales.map(Double.init)
        weights = map.weights.indices.map { Float(Self.whole(map.weights[$0], exact[$0 / map.width])) }
        bias = map.bias.indices.map { Float((map.bias[$0] / (input * exact[$0])).rounded(.toNearestOrEven)) }
    }

    /// Weights for the image in whole numbers of at most `largest`, in steps of a power of two for each output: as fine as sums
    /// of 24 binary digits allow.
    init(ofImage map: LinearMap, largest: Double) {
        scales = (0..<map.outputs).map { output in
            let sum = map.row(output).reduce(0) { $0 + abs($1) } * largest + abs(map.bias[output])
            let rounding = Double(map.width) * largest / 2
            return Float(exp2(log2(max(1e-30, sum) / (0.75 * 0x1p24 - rounding)).rounded(.up)))
        }
        let steps = scales.map(Double.init)
        weights = map.weights.indices.map { Float((map.weights[$0] / steps[$0 / map.width]).rounded(.toNearestOrEven)) }
        bias = map.bias.indices.map { Float((map.bias[$0] / steps[$0]).rounded(.toNearestOrEven)) }
    }

    /// With larger weights, some processors' sums of two products would leave 16 bits: 2 · 255 · 64 < 2¹⁵.
    private static let most = 64.0

    private static func whole(_ weight: Double, _ scale: Double) -> Double {
        min(max((weight / scale).rounded(.toNearestOrEven), -most), most)
    }

    private static func scale(of row: ArraySlice<Double>) -> Double {
        let top = max(row.map(\.magnitude).max() ?? 0, 1e-30) / most
        let candidates = (0..<12).map { top * pow(0.5, Double($0) / 11) }
        let errors = candidates.map { scale in
            row.reduce(0.0) { sum, weight in
                let difference = whole(weight, scale) * scale - weight
                return sum + difference * difference
            }
        }
        return candidates[errors.indices.min { errors[$0] < errors[$1] } ?? 0]
    }
}
