import Graphs
import Tensors

extension Network {
    /// A pass in training mode: what it computes, and how the running statistics of batch normalisation move.
    public struct TrainingPass {
        /// [N, classCount].
        public let logits: Node
        /// For each running mean and variance its new value.
        public let statistics: [String: Node]
    }

    /// Names of the parameters that gradients change, in order: all but running statistics and the constants of a
    /// normalisation in front.
    public var trainableParameters: [String] {
        var fixed: Set<String> = []
        for vertex in vertices {
            switch vertex.layer {
            case .batchNormalisation(let it): fixed.formUnion([it.mean, it.variance])
            case .normalisation(let mean, let deviation): fixed.formUnion([mean, deviation])
            default: break
            }
        }
        return parameters.keys.filter { !fixed.contains($0) }.sorted()
    }

    /// Names of the running means and variances of batch normalisation, in order.
    public var runningStatistics: [String] {
        vertices.flatMap { vertex -> [String] in
            if case .batchNormalisation(let it) = vertex.layer { [it.mean, it.variance] } else { [] }
        }.sorted()
    }

    /// An input node for each parameter, named like it: for programs whose parameters change from run to run.
    public var parameterInputs: [String: Node] {
        Dictionary(uniqueKeysWithValues: parameters.map { ($0.key, .input($0.key, shape: $0.value.shape)) })
    }

    /// The network for programs that always run with these parameters: they pack its weights once, not at each run.
    public var withFixedParameters: Network {
        var network = self
        network.hasFixedParameters = true
        return network
    }

    /// What stands for the parameters in a program: inputs, which it must be given, or constants where they are fixed.
    package var parameterNodes: (byName: [String: Node], inputs: [Node]) {
        if hasFixedParameters { return (parameters.mapValues(Node.constant), []) }
        let inputs = parameterInputs
        return (inputs, inputs.sorted { $0.key < $1.key }.map(\.value))
    }

    /// The logits of a batch where batch normalisation uses the batch's own mean and variance (Ioffe and Szegedy 2015,
    /// algorithm 1), and the running statistics moved by a tenth towards them, as PyTorch does.
    ///
    /// - Throws: As `logits(of:parameters:)`.
    public func trainingPass(of images: Node, parameters: [String: Node]) throws(NetworkError) -> TrainingPass {
        var statistics: [String: Node] = [:]
        let logits = try logits(of: images, parameters: parameters) { layer, inputs, parameter throws(GraphError) -> Node? in
            guard case .batchNormalisation(let it) = layer, let x = inputs.first else { return nil }
            let normalised = try x.batchNormalised(
                scale: parameter(it.scale), shift: parameter(it.shift), epsilon: it.epsilon)
            statistics[it.mean] = try parameter(it.mean).moved(towards: normalised.mean)
            statistics[it.variance] = try parameter(it.variance).moved(towards: normalised.variance)
            return normalised.result
        }
        return TrainingPass(logits: logits, statistics: statistics)
    }

    /// The network with other values of its parameters.
    ///
    /// - Throws: `NetworkError` when one is missing, of another shape or not finite.
    public func withParameters(_ values: [String: Tensor]) throws(NetworkError) -> Network {
        var builder = try NetworkBuilder(imageShape: imageShape)
        for (name, tensor) in parameters {
            guard let value = values[name], value.shape == tensor.shape else {
                throw .parameter(name: name, problem: "must have the shape \(tensor.shape)")
            }
            try builder.add(value, as: name)
        }
        let logits = try builder.append(self, on: builder.image)
        return try builder.network(output: logits)
    }
}

extension Node {
    /// (x − mean)/√(variance + ε)·scale + shift per channel, mean and variance taken over the batch and the pixels.
    fileprivate func batchNormalised(
        scale: Node, shift: Node, epsilon: Float
    ) throws(GraphError) -> (result: Node, mean: Node, variance: Node) {
        let axes = shape.indices.filter { $0 != 1 }
        let channels = [1, shape[1]] + Array(repeating: 1, count: shape.count - 2)
        let mean = try mean(over: axes, keepingDimensions: true)
        let centered = try self - mean
        let variance = try (centered * centered).mean(over: axes, keepingDimensions: true)
        let deviation = try (variance + .constant(epsilon)).squareRoot()
        let result = try centered * (scale.reshaped(to: channels) / deviation) + shift.reshaped(to: channels)
        let count = Float(shape.elementCount / shape[1])
        // Running variances are unbiased.
        let unbiased = try variance.reshaped(to: [shape[1]]) * .constant(count / max(1, count - 1))
        return (result, try mean.reshaped(to: [shape[1]]), unbiased)
    }

    /// Nine tenths of this and a tenth of `target`.
    fileprivate func moved(towards target: Node) throws(GraphError) -> Node {
        try self * .constant(0.9) + target.detached() * .constant(0.1)
    }
}
