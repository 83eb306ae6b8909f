import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

extension Layer {
    /// For an affine layer A·x + b whose numbers in the file lie within ΔA and Δb of its own: the layer ΔA·x + Δb. Applied to
    /// |x|, or to 0 if it does not read the value, it bounds the effect of the difference on the result. nil if reading
    /// rounded none of its parameters.
    ///
    /// - Parameter errors: For parameters that were rounded, by name, how far each element may be off.
    func readingError(
        _ parameters: [String: Tensor], errors: [String: Tensor]
    ) -> (layer: Layer, parameters: [String: Tensor], readsValue: Bool)? {
        guard parameterNames.contains(where: { errors[$0] != nil }) else { return nil }
        var result: [String: Tensor] = [:]
        func put(_ name: String, as role: String) -> String {
            if let tensor = parameters[name] {
                result[role] = errors[name] ?? Tensor(shape: tensor.shape, repeating: 0)
            }
            return role
        }
        func put(_ shape: [Int], _ values: [Double], as role: String) -> String {
            result[role] = Tensor(shape: shape, values: values.map { Gate.up($0) })
            return role
        }
        /// A parameter as intervals.
        func intervals(_ name: String) -> [Interval] {
            guard let tensor = parameters[name] else { return [] }
            return tensor.values.indices.map {
                Interval(value: Double(tensor.values[$0]), error: Double(errors[name]?.values[$0] ?? 0))
            }
        }
        /// Factors and offsets per channel, as a layer that multiplies by their errors and adds them.
        func perChannel(_ factors: [Interval], _ offsets: [Interval]) -> Layer {
            let (count, ones) = ([factors.count], factors.map { _ in 1.0 })
            return .batchNormalisation(
                BatchNormalisation(
                    scale: put(count, factors.map(\.error), as: "scale"), shift: put(count, offsets.map(\.error), as: "shift"),
                    mean: put(count, ones.map { _ in 0 }, as: "mean"), variance: put(count, ones, as: "variance"), epsilon: 0))
        }
        let layer: Layer
        var readsValue = true
        switch self {
        case .convolution(let geometry, let weights, let bias):
            layer = .convolution(
                geometry, weights: put(weights, as: "weights"), bias: bias.map { put($0, as: "bias") })
        case .dense(let weights, let bias):
            layer = .dense(weights: put(weights, as: "weights"), bias: bias.map { put($0, as: "bias") })
        case .normalisation(let mean, let deviation):
            let factors = intervals(deviation).map(\.reciprocal)
            layer = perChannel(factors, zip(intervals(mean), factors).map { $0 * $1 })
        case .batchNormalisation(let it):
            let deviations = intervals(it.variance).map { ($0 + Double(it.epsilon)).squareRoot }
            let factors = zip(intervals(it.scale), deviations).map { $0 * $1.reciprocal }
            let shifts = zip(intervals(it.mean), factors).map { $0 * $1 }
            layer = perChannel(factors, zip(intervals(it.shift), shifts).map { $0 + $1 })
        case .arithmeticWithParameter(let operation, let operand, let side):
            switch operation {
            case .add, .subtract:
                readsValue = false
                layer = .arithmeticWithParameter(.add, operand: put(operand, as: "operand"), side: side)
            case .multiply:
                layer = .arithmeticWithParameter(.multiply, operand: put(operand, as: "operand"), side: side)
            case .divide:
                let shape = parameters[operand]?.shape ?? []
                layer = .arithmeticWithParameter(
                    .multiply, operand: put(shape, intervals(operand).map(\.reciprocal.error), as: "operand"), side: side)
            }
        case .image, .arithmetic, .dropout, .relu, .leakyRelu, .clip, .function, .softmax, .logSoftmax, .maximumPool, .averagePool,
            .mean, .reshape, .transpose, .concatenation, .slice, .selection, .padding, .matrixProduct, .integer:
            return nil
        }
        return (layer, result, readsValue)
    }
}

/// A number, and how far the number it stands for may lie from it; infinite if nothing is known.
private struct Interval {
    let value: Double
    let error: Double

    /// - Parameter error: The error before the rounding of its own computation and of `value`, which are added.
    init(value: Double, error: Double) {
        self.value = value
        self.error = error == 0 ? 0 : error * (1 + 0x1p-40) + abs(value) * 0x1p-40
    }

    static func + (a: Interval, b: Interval) -> Interval {
        Interval(value: a.value + b.value, error: a.error + b.error + (abs(a.value) + abs(b.value)) * 0x1p-50)
    }

    static func + (a: Interval, b: Double) -> Interval { a + Interval(value: b, error: 0) }

    static func * (a: Interval, b: Interval) -> Interval {
        Interval(
            value: a.value * b.value, error: abs(a.value) * b.error + abs(b.value) * a.error + a.error * b.error)
    }

    var reciprocal: Interval {
        let least = abs(value) - error
        return Interval(value: 1 / value, error: least > 0 ? error / (abs(value) * least) : .infinity)
    }

    /// For a positive number: the root is steepest at the lower end.
    var squareRoot: Interval {
        let least = value - error
        return Interval(value: value.squareRoot(), error: least > 0 ? error / least.squareRoot() : .infinity)
    }
}
