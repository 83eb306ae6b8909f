import SuretyGraphs
import SuretyTensors

extension Layer {
    /// The graph node that computes the layer, for the batch size its inputs have.
    ///
    /// - Parameters:
    ///   - inputs: Nodes of shape [batch] + the shape per image.
    ///   - parameter: The node of each of `parameterNames`.
    /// - Throws: `GraphError` when the shapes do not suit the layer.
    func node(of inputs: [Node], parameter: (String) throws(GraphError) -> Node) throws(GraphError) -> Node {
        guard inputCounts.contains(inputs.count), let x = inputs.first else {
            throw GraphError("the layer cannot take \(inputs.count) inputs")
        }
        switch self {
        case .image:
            throw GraphError("the image is not computed")
        case .normalisation(let mean, let standardDeviation):
            return try (x - parameter(mean).perChannel(of: x)) / parameter(standardDeviation).perChannel(of: x)
        case .convolution(let geometry, let weights, let bias):
            return try x.convolution(weights: parameter(weights), bias: Self.optional(bias, parameter), geometry: geometry)
        case .dense(let weights, let bias):
            return try Self.dense(x, weights: parameter(weights), bias: Self.optional(bias, parameter))
        case .batchNormalisation(let it):
            let deviation = try (parameter(it.variance) + .constant(it.epsilon)).squareRoot()
            let factor = try parameter(it.scale) / deviation
            let offset = try parameter(it.shift) - parameter(it.mean) * factor
            return try x * factor.perChannel(of: x) + offset.perChannel(of: x)
        case .arithmetic(let operation):
            guard inputs[0].shape.count == inputs[1].shape.count else {
                throw GraphError("the operands \(inputs.map(\.shape)) differ in their number of axes")
            }
            return try operation.node(inputs[0], inputs[1])
        case .arithmeticWithParameter(let operation, let name, let side):
            let operand = try parameter(name)
            guard operand.shape.count < x.shape.count else {
                throw GraphError("a parameter of shape \(operand.shape) would be broadcast along the batch")
            }
            return try side == .right ? operation.node(x, operand) : operation.node(operand, x)
        case .dropout(let it):
            guard (0..<1).contains(it.rate) else { throw GraphError("dropout's rate is \(it.rate): it must be in [0, 1)") }
            return x
        case .relu:
            return try x.relu()
        case .leakyRelu(let slope):
            return try x.leakyRelu(slope: slope)
        case .clip(let bounds):
            return try x.clipped(to: bounds)
        case .function(let function):
            return try x.applying(function)
        case .softmax(let axis):
            return try x.softmax(axis: x.graphAxis(axis))
        case .logSoftmax(let axis):
            return try x - x.logSumExp(axis: x.graphAxis(axis), keepingDimensions: true)
        case .maximumPool(let window):
            return try x.maximumPool(window)
        case .averagePool(let window, let countsPadding):
            return try x.averagePool(window, countingPadding: countsPadding)
        case .mean(let axes, let keepsDimensions):
            guard Set(axes).count == axes.count else { throw GraphError("an axis is named twice in \(axes)") }
            var graphAxes: [Int] = []
            for axis in axes { graphAxes.append(try x.graphAxis(axis)) }
            return try x.mean(over: graphAxes, keepingDimensions: keepsDimensions)
        case .reshape(let shape):
            return try x.reshaped(to: x.batch + shape)
        case .transpose(let permutation):
            return try x.transposed([0] + permutation.map { $0 + 1 })
        case .concatenation(let axis):
            return try Node.concatenated(inputs, axis: x.graphAxis(axis))
        case .slice(let start, let end, let step):
            return try x.sliced(from: [0] + start, to: x.batch + end, by: [1] + step)
        case .selection(let axis, let places):
            return try x.selecting(places, axis: x.graphAxis(axis))
        case .matrixProduct:
            return try inputs[0].product(inputs[1])
        case .padding(let before, let after, let value):
            guard value.isFinite else { throw GraphError("the padding's value \(value) is not finite") }
            return try x.padded(before: [0] + before, after: [0] + after, with: value)
        case .integer(let layer):
            return try layer.node(of: inputs, parameter: parameter)
        }
    }

    /// The result of a layer without parameters on tensors, which have the batch as first axis. Constants are folded this way.
    func value(named name: String, of inputs: [Tensor]) throws(NetworkError) -> Tensor {
        let node = try node(named: name, of: inputs.map { .constant($0) }, parameters: [:])
        do throws(GraphError) {
            return try Program(computing: [node], from: [], optimising: false).makeExecutor().run([])[0]
        } catch {
            throw .layer(name: name, problem: error.description)
        }
    }

    private static func optional(
        _ name: String?, _ parameter: (String) throws(GraphError) -> Node
    ) throws(GraphError) -> Node? {
        if let name { try parameter(name) } else { nil }
    }

    /// The matrix product along the last axis: all other axes count as batch. A bias on several axes is a separate sum, as in
    /// a file, so that a network written and read again computes the same to the last bit.
    private static func dense(_ x: Node, weights: Node, bias: Node?) throws(GraphError) -> Node {
        guard x.shape.count != 2 else { return try x.dense(weights: weights, bias: bias) }
        guard x.shape.count > 2, let width = x.shape.last, weights.shape.count == 2, width > 0 else {
            throw GraphError("weights of shape \(weights.shape) do not suit a value of shape \(x.shape)")
        }
        let rows = try x.reshaped(to: [x.shape.elementCount / width, width])
        let product = try rows.dense(weights: weights).reshaped(to: x.shape.dropLast() + [weights.shape[0]])
        return if let bias { try product + bias } else { product }
    }
}

extension Layer.Arithmetic {
    fileprivate func node(_ left: Node, _ right: Node) throws(GraphError) -> Node {
        switch self {
        case .add: try left + right
        case .subtract: try left - right
        case .multiply: try left * right
        case .divide: try left / right
        }
    }
}

extension Node {
    /// The batch axis alone.
    fileprivate var batch: [Int] { Array(shape.prefix(1)) }

    /// A per-image axis as the graph counts it, with the batch in front.
    fileprivate func graphAxis(_ axis: Int) throws(GraphError) -> Int {
        guard axis >= 0, axis < shape.count - 1 else {
            throw GraphError("a value of \(shape.count - 1) axes has no axis \(axis)")
        }
        return axis + 1
    }

    /// This vector, placed along the first axis after the batch of `x`.
    fileprivate func perChannel(of x: Node) throws(GraphError) -> Node {
        guard x.shape.count >= 2, shape == [x.shape[1]] else {
            throw GraphError("a parameter of shape \(shape) does not fit the channels of a value of shape \(x.shape)")
        }
        return try reshaped(to: shape + Array(repeating: 1, count: x.shape.count - 2))
    }
}
