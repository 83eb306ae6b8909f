import SuretyNetworks
import SuretyTensors
import Testing

/// Increasing functions of all logits, as exporters append them: they change no decision, and so no robustness.
enum IncreasingOutput: String, CaseIterable, CustomTestStringConvertible {
    case softmax, softmax100, softmax1000, softmaxReshape, softmaxTimesOne, logSoftmax100, sigmoid100, scale1e6, scale1em6

    var testDescription: String { rawValue }

    /// The network with this appended.
    func appended(to network: Network) throws -> Network {
        var builder = try NetworkBuilder(imageShape: network.imageShape)
        for (name, tensor) in network.parameters { try builder.add(tensor, as: name) }
        var end = try builder.append(network, on: builder.image)
        func multiply(_ factor: Float) throws {
            let name = builder.unusedName("k")
            try builder.add(Tensor(shape: [1], values: [factor]), as: name)
            end = try builder.append(.arithmeticWithParameter(.multiply, operand: name, side: .right), to: [end])
        }
        func append(_ layer: Layer) throws { end = try builder.append(layer, to: [end]) }
        switch self {
        case .softmax: try append(.softmax(axis: 0))
        case .softmax100:
            try multiply(100)
            try append(.softmax(axis: 0))
        case .softmax1000:
            try multiply(1000)
            try append(.softmax(axis: 0))
        case .softmaxReshape:
            try multiply(1000)
            try append(.reshape(to: [1, network.classCount]))
            try append(.softmax(axis: 1))
            try append(.reshape(to: [network.classCount]))
        case .softmaxTimesOne:
            try append(.softmax(axis: 0))
            try multiply(1)
        case .logSoftmax100:
            try multiply(100)
            try append(.logSoftmax(axis: 0))
        case .sigmoid100:
            try multiply(100)
            try append(.sigmoid)
        case .scale1e6: try multiply(1e6)
        case .scale1em6: try multiply(1e-6)
        }
        return try builder.network(output: end)
    }
}
