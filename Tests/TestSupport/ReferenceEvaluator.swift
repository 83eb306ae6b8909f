import Foundation
import SuretyGraphs
import SuretyTensors

/// Computes graphs in `Double` by plain loops straight from the definition of each primitive: what the
/// kernels are compared with, and the ground on which derivatives are compared with differences.
///
/// It shares no code with the kernels, and is slow.
public struct ReferenceEvaluator {
    /// What the evaluator cannot compute; a test that meets it fails.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public init() {}

    /// The values of `outputs` in row-major order.
    ///
    /// - Parameter inputs: The values of every input node that the outputs need.
    /// - Throws: `Failure` for an input that is missing, and for a primitive that is not defined here.
    public func evaluate(_ outputs: [Node], inputs: [Node: [Double]]) throws -> [[Double]] {
        var known: [Node: ReferenceArray] = [:]
        for node in outputs.inTopologicalOrder {
            switch node.source {
            case .input(let name):
                guard let values = inputs[node] else { throw Failure(description: "no values for the input '\(name)'") }
                known[node] = ReferenceArray(shape: node.shape, values: values)
            case .constant(let tensor):
                known[node] = ReferenceArray(shape: node.shape, values: tensor.values.map(Double.init))
            case .operation(let primitive, let operands):
                let arguments = operands.compactMap { known[$0] }
                known[node] = try result(of: primitive, arguments, shape: node.shape)
            }
        }
        return outputs.map { known[$0]?.values ?? [] }
    }

    private func result(of primitive: any Primitive, _ x: [ReferenceArray], shape: [Int]) throws -> ReferenceArray {
        switch primitive {
        case let arithmetic as Arithmetic:
            return x[0].combined(with: x[1], arithmetic.reference)
        case let fused as BroadcastArithmetic:
            return x[0].combined(with: repeated(x[1], shape: shape), fused.arithmetic.reference)
        case let function as ElementFunction:
            return x[0].map(function.reference)
        case let rectifier as Rectifier:
            return x[0].map { rectified($0, slope: rectifier.slope) }
        case let gradient as RectifierGradient:
            return x[0].combined(with: x[1]) { $1 > 0 ? $0 : Double(gradient.slope) * $0 }
        case let clip as Clip:
            return x[0].map { $0 < Double(clip.low) ? Double(clip.low) : $0 > Double(clip.high) ? Double(clip.high) : $0 }
        case let gradient as ClipGradient:
            return x[0].combined(with: x[1]) { $1 < Double(gradient.low) || $1 > Double(gradient.high) ? 0 : $0 }
        case let gate as Gate:
            return x[0].map { $0.isFinite ? $0 : gate == .down ? -.infinity : .infinity }
        case is Broadcast:
            return repeated(x[0], shape: shape)
        case let sum as Sum:
            var result = ReferenceArray(shape: shape)
            for index in x[0].indices {
                result[index.enumerated().map { sum.axes.contains($0.offset) ? 0 : $0.element }] += x[0][index]
            }
            return result
        case is Reshape, is Detached, is WorkerMean:  // one worker's
            return ReferenceArray(shape: shape, values: x[0].values)
        case let transpose as Transpose:
            var result = ReferenceArray(shape: shape)
            for index in x[0].indices { result[transpose.permutation.map { index[$0] }] = x[0][index] }
            return result
        case let concatenation as Concatenation:
            return concatenated(x, axis: concatenation.axis, shape: shape)
        case let slice as Slice:
            return ReferenceArray(shape: shape) { index in
                x[0][index.indices.map { slice.start[$0] + index[$0] * slice.step[$0] }]
            }
        case let selection as Selection:
            return ReferenceArray(shape: shape) { index in
                var place = index
                place[selection.axis] = selection.places[index[selection.axis]]
                return x[0][place]
            }
        case let adjoint as SelectionAdjoint:
            var result = ReferenceArray(shape: shape)
            for index in x[0].indices {
                var place = index
                place[adjoint.selection.axis] = adjoint.selection.places[index[adjoint.selection.axis]]
                result[place] += x[0][index]
            }
            return result
        case let padding as Padding:
            var result = ReferenceArray(shape: shape)
            for index in x[0].indices {
                result[index.indices.map { padding.before[$0] + index[$0] * padding.spacing[$0] }] = x[0][index]
            }
            return result
        case let product as MatrixProduct:
            return matrixProduct(product, x[0], x[1], shape: shape)
        case let dense as Dense:
            let product = ReferenceArray(shape: shape) { index in
                (0..<x[0].shape[1]).reduce(0) { $0 + x[0][[index[0], $1]] * x[1][[index[1], $1]] }
            }
            return finished(product, dense.epilogue, operands: x)
        case let convolution as Convolution:
            return finished(convolution.geometry.convolution(x[0], x[1], shape: shape), convolution.epilogue, operands: x)
        case let adjoint as ConvolutionBackwardData:
            return adjoint.geometry.derivativeByImage(x[0], x[1], shape: shape)
        case let adjoint as ConvolutionBackwardWeights:
            return adjoint.geometry.derivativeByWeights(x[0], x[1], shape: shape)
        case let pool as AveragePool:
            var result = ReferenceArray(shape: shape)
            pool.window.forEachPosition(image: x[0].shape, output: shape) { position, elements in
                result[position] = elements.reduce(0) { $0 + x[0][$1] } / pool.divisor(of: elements)
            }
            return result
        case let adjoint as AveragePoolAdjoint:
            var result = ReferenceArray(shape: shape)
            adjoint.pool.window.forEachPosition(image: shape, output: x[0].shape) { position, elements in
                for element in elements { result[element] += x[0][position] / adjoint.pool.divisor(of: elements) }
            }
            return result
        case let pool as MaximumPool:
            var result = ReferenceArray(shape: shape)
            pool.window.forEachMaximum(of: x[0], output: shape) { result[$0] = x[0][$1] }
            return result
        case let scatter as ScatterToMaximum:
            var result = ReferenceArray(shape: shape)
            scatter.window.forEachMaximum(of: x[1], output: x[0].shape) { result[$1] += x[0][$0] }
            return result
        case let pick as PickAtMaximum:
            var result = ReferenceArray(shape: shape)
            pick.window.forEachMaximum(of: x[1], output: shape) { result[$0] = x[0][$1] }
            return result
        case let softmax as Softmax:
            let logarithm = logarithmOfSum(x[0], axis: softmax.axis)
            return x[0].combined(with: repeated(logarithm, shape: shape)) { exp($0 - $1) }
        case let logSumExp as LogSumExp:
            return logarithmOfSum(x[0], axis: logSumExp.axis)
        case is Rounding:
            return x[0].map { $0.rounded(.toNearestOrEven) }
        case let quantiser as Quantiser:
            return x[0].map { code(of: $0, scale: quantiser.quantisation.scale, zeroPoint: quantiser.quantisation.zeroPoint) }
        case let convolution as IntegerConvolution:
            return integerConvolution(convolution, x, shape: shape)
        case let sum as CodeSum:
            return x[0].combined(with: x[1]) { a, b in
                let (left, right) = (sum.operands[0], sum.operands[1])
                let exact = (a - Double(left.zeroPoint)) * Double(left.scale) + (b - Double(right.zeroPoint)) * Double(right.scale)
                let steps = (exact / Double(sum.result.scale)).rounded(.toNearestOrEven)
                return min(max(steps + Double(sum.result.zeroPoint), 0), 255)
            }
        case let table as CodeTable:
            return x[0].map { Double(table.values[Int($0)]) }
        default:
            throw Failure(description: "the reference evaluator does not define the primitive \(type(of: primitive))")
        }
    }

    /// The definition of an integer network's layer, operation by operation: sums of whole numbers are exact in `Double`.
    private func integerConvolution(_ layer: IntegerConvolution, _ x: [ReferenceArray], shape: [Int]) -> ReferenceArray {
        let sums = layer.geometry.convolution(x[0].map { $0 - Double(layer.zeroPoint) }, x[1], shape: shape)
        return ReferenceArray(shape: shape) { index in
            let shifted = Float(sums[index]) + Float(x[2].values[index[1]])
            let number = shifted * layer.scales[index[1]]
            guard case .codes(let zeroPoint) = layer.output else { return Double(number) }
            return code(of: Double(number), scale: 1, zeroPoint: zeroPoint)
        }
    }

    private func code(of x: Double, scale: Float, zeroPoint: Int) -> Double {
        let steps = (Float(x) / scale).rounded(.toNearestOrEven)
        return Double(min(max(steps + Float(zeroPoint), 0), 255))
    }

    private func repeated(_ x: ReferenceArray, shape: [Int]) -> ReferenceArray {
        ReferenceArray(shape: shape) { index in x[zip(index, x.shape).map { $1 == 1 ? 0 : $0 }] }
    }

    private func concatenated(_ parts: [ReferenceArray], axis: Int, shape: [Int]) -> ReferenceArray {
        var result = ReferenceArray(shape: shape)
        var start = 0
        for part in parts {
            for index in part.indices {
                var place = index
                place[axis] += start
                result[place] = part[index]
            }
            start += part.shape[axis]
        }
        return result
    }

    private func matrixProduct(
        _ product: MatrixProduct, _ left: ReferenceArray, _ right: ReferenceArray, shape: [Int]
    ) -> ReferenceArray {
        let inner = left.shape[left.shape.count - (product.transposesLeft ? 2 : 1)]
        return ReferenceArray(shape: shape) { index in
            let (matrix, row, column) = (Array(index.dropLast(2)), index[index.count - 2], index[index.count - 1])
            return (0..<inner).reduce(0) { sum, k in
                let a = left[matrix + (product.transposesLeft ? [k, row] : [row, k])]
                let b = right[matrix + (product.transposesRight ? [column, k] : [k, column])]
                return sum + a * b
            }
        }
    }

    /// Adds the bias of a convolution or dense layer, if it has one, and does what its epilogue says.
    private func finished(_ product: ReferenceArray, _ epilogue: Epilogue, operands: [ReferenceArray]) -> ReferenceArray {
        var result = product
        if operands.count == (epilogue.addsLastInput ? 4 : 3) {
            for index in result.indices { result[index] += operands[2][[index[1]]] }
        }
        if epilogue.addsLastInput, let last = operands.last { result = result.combined(with: last, +) }
        if let slope = epilogue.rectifierSlope { result = result.map { rectified($0, slope: slope) } }
        return result
    }

    private func rectified(_ x: Double, slope: Float) -> Double {
        if x > 0 || x.isNaN { return x }
        return slope == 0 ? 0 : Double(slope) * x
    }

    private func logarithmOfSum(_ x: ReferenceArray, axis: Int) -> ReferenceArray {
        var shape = x.shape
        shape[axis] = 1
        return ReferenceArray(shape: shape) { index in
            let line = (0..<x.shape[axis]).map { i in
                var place = index
                place[axis] = i
                return x[place]
            }
            let largest = line.max() ?? 0
            return largest + Foundation.log(line.reduce(0) { $0 + Foundation.exp($1 - largest) })
        }
    }
}

extension Arithmetic {
    fileprivate func reference(_ a: Double, _ b: Double) -> Double {
        switch self {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        }
    }
}

extension ElementFunction {
    fileprivate func reference(_ x: Double) -> Double {
        switch self {
        case .exponential: Foundation.exp(x)
        case .logarithm: Foundation.log(x)
        case .squareRoot: x.squareRoot()
        case .sigmoid: 1 / (1 + Foundation.exp(-x))
        case .tanh: Foundation.tanh(x)
        case .errorFunction: Foundation.erf(x)
        case .sign: x > 0 ? 1 : x < 0 ? -1 : x
        case .softPlus: Swift.max(x, 0) + log1p(Foundation.exp(-abs(x)))
        case .sigmoidLinearUnit: x / (1 + Foundation.exp(-x))
        case .gaussianLinearUnit: x * erfc(-x * 0.5.squareRoot()) / 2
        case .gaussianLinearUnitByTanh:
            x * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) / 2
        case .hardSwish: x * Swift.min(Swift.max(x / 6 + 0.5, 0), 1)
        case .exponentialLinearUnit(let scale): x > 0 ? x : Double(scale) * expm1(x)
        case .power(let exponent): Foundation.pow(x, Double(exponent))
        case .sine: Foundation.sin(x)
        case .cosine: Foundation.cos(x)
        }
    }
}

extension AveragePool {
    fileprivate func divisor(of elements: [[Int]]) -> Double {
        Double(countsPadding ? window.size[0] * window.size[1] : elements.count)
    }
}
