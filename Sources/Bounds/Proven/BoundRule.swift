import Graphs
import Networks
import Tensors

/// How a layer takes part in interval and linear bounds.
package enum BoundRule: Sendable, Equatable {
    case image
    /// Moves numbers about, and perhaps puts a constant beside them: linear, and without rounding.
    case rearrangement
    /// Linear but for an offset. `forwardTerms` numbers are added up for each element of the result, and for the derivative
    /// by each element of an input `backwardTerms`: what rounding errors grow with.
    case affine(forwardTerms: Int, backwardTerms: Int)
    /// The product of two values of the network.
    case product
    case elementwise(ElementwiseFunction)
    case maximumPool(Window)

    /// A layer of one input that acts on each element alone.
    package enum ElementwiseFunction: Sendable, Equatable {
        /// max(x, slope·x), with the slope from 0 to 1.
        case rectifier(slope: Float)
        case clip(ClosedRange<Float>)
        case sigmoid
        case tanh
    }

    /// How many numbers are added up at most for one coefficient of an input of the layer.
    var backwardTerms: Int {
        switch self {
        case .affine(_, let terms): terms
        case .maximumPool(let window): window.size.elementCount
        case .image, .rearrangement, .product, .elementwise: 1
        }
    }
}

extension Layer {
    /// The layer's rule.
    ///
    /// - Throws: `BoundsError.unsupported` for a layer without one, saying why.
    func boundRule(
        named name: String, shape: [Int], inputs: [[Int]], parameters: [String: Tensor]
    ) throws(BoundsError) -> BoundRule {
        switch self {
        case .image: return .image
        case .dropout, .reshape, .transpose, .concatenation, .slice, .padding: return .rearrangement
        case .normalisation: return .affine(forwardTerms: 4, backwardTerms: 4)
        case .batchNormalisation: return .affine(forwardTerms: 12, backwardTerms: 12)
        case .convolution(let geometry, let weights, _):
            let extents = parameters[weights]?.shape ?? [1, 1, 1, 1]
            // An element of the image is seen by each step of the window once.
            let positions = (0..<2).map { axis in
                geometry.dilation[axis] == 1
                    ? (extents[axis + 2] + geometry.strides[axis] - 1) / geometry.strides[axis] : extents[axis + 2]
            }
            return .affine(
                forwardTerms: Array(extents.dropFirst()).elementCount + 1,
                backwardTerms: extents[0] / geometry.groups * positions.elementCount)
        case .dense(let weights, _):
            let extents = parameters[weights]?.shape ?? [1, 1]
            return .affine(forwardTerms: extents[1] + 1, backwardTerms: extents[0])
        case .averagePool(let window, _):
            let size = window.size.elementCount
            return .affine(forwardTerms: size + 2, backwardTerms: size + 2)
        case .mean:
            return .affine(forwardTerms: (inputs.first?.elementCount ?? 1) / shape.elementCount + 2, backwardTerms: 3)
        case .arithmetic(let operation):
            switch operation {
            case .add, .subtract:
                let repetitions = inputs.map { shape.elementCount / $0.elementCount }.max() ?? 1
                return .affine(forwardTerms: 2, backwardTerms: repetitions + 1)
            case .multiply: return .product
            case .divide:
                throw .unsupported(layer: name, problem: "a quotient of two values, for which there is no linear bound here")
            }
        case .arithmeticWithParameter(let operation, _, let side):
            guard operation != .divide || side == .right else {
                throw .unsupported(layer: name, problem: "a parameter divided by a value, which has no linear bound here")
            }
            let repetitions = shape.elementCount / (inputs.first?.elementCount ?? 1)
            return .affine(forwardTerms: 2, backwardTerms: repetitions + 1)
        case .relu: return .elementwise(.rectifier(slope: 0))
        case .leakyRelu(let slope):
            guard (0...1).contains(slope) else {
                throw .unsupported(layer: name, problem: "a leaky rectifier of slope \(slope): bounds are for 0 to 1")
            }
            return .elementwise(.rectifier(slope: slope))
        case .clip(let bounds): return .elementwise(.clip(bounds))
        case .sigmoid: return .elementwise(.sigmoid)
        case .tanh: return .elementwise(.tanh)
        case .maximumPool(let window): return .maximumPool(window)
        case .softmax, .logSoftmax:
            throw .unsupported(layer: name, problem: "a softmax inside the network, for which there is no linear bound here")
        }
    }

    /// For an affine layer A·x + b: the layer |A|·x + |b|, with 0 for |b| unless wanted, and its parameters, named by what
    /// they are, since one parameter may serve as two.
    func absolute(_ parameters: [String: Tensor], withOffset: Bool) -> (layer: Layer, parameters: [String: Tensor]) {
        var result: [String: Tensor] = [:]
        func put(_ name: String, as role: String, _ function: (Float) -> Float) -> String {
            if let tensor = parameters[name] {
                result[role] = Tensor(shape: tensor.shape, values: tensor.values.map(function))
            }
            return role
        }
        // Weights so small that the processor takes them for zero count as if they were larger.
        let factor = { (x: Float) in abs(x) + 0x1p-100 }
        let offset = { (x: Float) in withOffset ? abs(x) : 0 }
        let subtracted = { (x: Float) in withOffset ? -abs(x) : 0 }
        let layer: Layer
        switch self {
        case .convolution(let geometry, let weights, let bias):
            layer = .convolution(
                geometry, weights: put(weights, as: "weights", factor), bias: bias.map { put($0, as: "bias", offset) })
        case .dense(let weights, let bias):
            layer = .dense(weights: put(weights, as: "weights", factor), bias: bias.map { put($0, as: "bias", offset) })
        case .normalisation(let mean, let standardDeviation):
            layer = .normalisation(
                mean: put(mean, as: "mean", subtracted), standardDeviation: put(standardDeviation, as: "deviation", abs))
        case .batchNormalisation(let it):
            layer = .batchNormalisation(
                BatchNormalisation(
                    scale: put(it.scale, as: "scale", factor), shift: put(it.shift, as: "shift", offset),
                    mean: put(it.mean, as: "mean", subtracted), variance: put(it.variance, as: "variance") { $0 },
                    epsilon: it.epsilon))
        case .arithmetic: layer = .arithmetic(.add)
        case .arithmeticWithParameter(let operation, let operand, let side):
            switch operation {
            case .add, .subtract:
                layer = .arithmeticWithParameter(.add, operand: put(operand, as: "operand", offset), side: side)
            case .multiply:
                layer = .arithmeticWithParameter(.multiply, operand: put(operand, as: "operand", factor), side: side)
            case .divide:
                layer = .arithmeticWithParameter(.divide, operand: put(operand, as: "operand", abs), side: side)
            }
        case .image, .dropout, .relu, .leakyRelu, .clip, .sigmoid, .tanh, .softmax, .logSoftmax, .maximumPool, .averagePool,
            .mean, .reshape, .transpose, .concatenation, .slice, .padding:
            layer = self
        }
        return (layer, result)
    }

    /// Whether the layer's factors are quotients: so small, perhaps, that the processor takes them for zero. (Of others
    /// `absolute` makes the factors themselves larger.)
    var dividesByParameter: Bool {
        switch self {
        case .normalisation, .batchNormalisation, .arithmeticWithParameter(.divide, _, _): true
        case .image, .convolution, .dense, .dropout, .arithmetic, .arithmeticWithParameter, .relu, .leakyRelu, .clip, .sigmoid, .tanh,
            .softmax, .logSoftmax, .maximumPool, .averagePool, .mean, .reshape, .transpose, .concatenation, .slice, .padding:
            false
        }
    }

    /// Whether programs compute the layer together with the one before it, as one sum: its factors and offsets folded into
    /// that one's weights and bias, or its other operand added to that one's products.
    var isFolded: Bool {
        switch self {
        case .normalisation, .batchNormalisation, .arithmeticWithParameter, .arithmetic: true
        case .image, .convolution, .dense, .dropout, .relu, .leakyRelu, .clip, .sigmoid, .tanh, .softmax, .logSoftmax, .maximumPool,
            .averagePool, .mean, .reshape, .transpose, .concatenation, .slice, .padding:
            false
        }
    }
}
