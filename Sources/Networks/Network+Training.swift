import SuretyGraphs
import SuretyTensors

extension Network {
    /// A pass in training mode: what it computes, what it must be given, and what batch normalisation saw.
    public struct TrainingPass {
        /// [N, classCount].
        public let logits: Node
        /// For each running mean and variance of batch normalisation, by its name, the mean and the unbiased variance of the
        /// whole batch.
        public let batchStatistics: [String: Node]
        /// The masks of dropout layers, in their order: inputs to be drawn for each step.
        public let masks: [DropoutMask]

        /// The running statistics moved by a tenth towards the batch's, as PyTorch does with each pass.
        ///
        /// - Parameter running: The statistics before the pass, by name; there may be others among them.
        public func statistics(after running: [String: Node]) throws(NetworkError) -> [String: Node] {
            var moved: [String: Node] = [:]
            for (name, batch) in batchStatistics {
                guard let before = running[name] else { throw .missing(name: name, layer: "batch normalisation") }
                do throws(GraphError) {
                    moved[name] = try before * .constant(0.9) + batch.detached() * .constant(0.1)
                } catch {
                    throw .layer(name: name, problem: error.description)
                }
            }
            return moved
        }
    }

    /// What a dropout layer multiplies its input by: 0 with probability `rate`, otherwise 1/(1 − rate), for each element or
    /// channel of each image.
    public struct DropoutMask: Sendable {
        /// An input node [N, …]; no other mask of the same pass has its name.
        public let node: Node
        /// The name of the input node.
        public let name: String
        /// The probability of a 0, in [0, 1).
        public let rate: Float
    }

    /// Names of the parameters that gradients change, in order: all except running statistics and the constants of a
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

    /// What represents the parameters in a program: inputs, which it must be given, or constants if they are fixed.
    package var parameterNodes: (byName: [String: Node], inputs: [Node]) {
        if hasFixedParameters { return (parameters.mapValues(Node.constant), []) }
        let inputs = parameterInputs
        return (inputs, inputs.sorted { $0.key < $1.key }.map(\.value))
    }

    /// Whether passes in training mode draw random numbers.
    public var hasDropout: Bool {
        vertices.contains { if case .dropout = $0.layer { true } else { false } }
    }

    /// The logits of a batch in training mode: dropout drops, and batch normalisation uses the batch's own mean and variance
    /// (Ioffe and Szegedy 2015, algorithm 1), through which gradients flow.
    ///
    /// - Parameters:
    ///   - number: Distinguishes the masks of several passes in one graph.
    ///   - meeting: Where the workers that share a batch meet, each with its own equal part of the images: mean and variance
    ///     are those of all parts. `nil` when this is the whole batch.
    /// - Throws: As `logits(of:parameters:)`.
    public func trainingPass(
        of images: Node, parameters: [String: Node], number: Int = 0, meeting: Meeting? = nil
    ) throws(NetworkError) -> TrainingPass {
        var statistics: [String: Node] = [:]
        var masks: [DropoutMask] = []
        let logits = try logits(of: images, parameters: parameters) { layer, inputs, parameter throws(GraphError) -> Node? in
            guard let x = inputs.first else { return nil }
            switch layer {
            case .batchNormalisation(let it):
                let normalised = try x.batchNormalised(
                    scale: parameter(it.scale), shift: parameter(it.shift), epsilon: it.epsilon, meeting)
                statistics[it.mean] = normalised.mean
                statistics[it.variance] = normalised.variance
                return normalised.result
            case .dropout(let it):
                // The layer itself refuses rates that mean nothing.
                let x = try layer.node(of: inputs, parameter: parameter)
                let shape = it.unit == .element ? x.shape : x.shape.enumerated().map { $0.offset < 2 ? $0.element : 1 }
                let name = "dropout \(number).\(masks.count)"
                let mask = DropoutMask(node: .input(name, shape: shape), name: name, rate: it.rate)
                masks.append(mask)
                return try x * mask.node
            default:
                return nil
            }
        }
        return TrainingPass(logits: logits, batchStatistics: statistics, masks: masks)
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
    /// (x − mean)/√(variance + ε)·scale + shift per channel, mean and variance taken over the pixels and the batch, which
    /// workers may share.
    fileprivate func batchNormalised(
        scale: Node, shift: Node, epsilon: Float, _ meeting: Meeting?
    ) throws(GraphError) -> (result: Node, mean: Node, variance: Node) {
        let axes = shape.indices.filter { $0 != 1 }
        let channels = [1, shape[1]] + Array(repeating: 1, count: shape.count - 2)
        let mean = try mean(over: axes, keepingDimensions: true).mean(over: meeting)
        let centered = try self - mean
        let variance = try (centered * centered).mean(over: axes, keepingDimensions: true).mean(over: meeting)
        let deviation = try (variance + .constant(epsilon)).squareRoot()
        let result = try centered * (scale.reshaped(to: channels) / deviation) + shift.reshaped(to: channels)
        let count = Float(shape.elementCount / shape[1] * (meeting?.workers ?? 1))
        // Running variances are unbiased.
        let unbiased = try variance.reshaped(to: [shape[1]]) * .constant(count / max(1, count - 1))
        return (result, try mean.reshaped(to: [shape[1]]), unbiased)
    }

    /// The mean over the workers, if there are others.
    private func mean(over meeting: Meeting?) throws(GraphError) -> Node {
        if let meeting { try mean(over: meeting) } else { self }
    }
}
