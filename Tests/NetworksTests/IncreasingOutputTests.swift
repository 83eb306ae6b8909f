import SuretyNetworks
import SuretyTensors
import Testing

struct IncreasingOutputTests {
    /// Three classes, and whatever follows the logits.
    private func network(_ tail: [Layer], parameters: [String: Float] = [:]) throws -> Network {
        var builder = try NetworkBuilder(imageShape: [1, 1, 2])
        try builder.add(Tensor(shape: [3, 2], values: [1, 2, 3, 4, 5, 6]), as: "w")
        for (name, value) in parameters { try builder.add(Tensor(shape: [1], values: [value]), as: name) }
        var end = try builder.append(.reshape(to: [2]), to: [builder.image])
        end = try builder.append(.dense(weights: "w", bias: nil), to: [end])
        for layer in tail { end = try builder.append(layer, to: [end]) }
        return try builder.network(output: end)
    }

    private func scale(_ operation: Layer.Arithmetic, _ side: Layer.Side = .right) -> Layer {
        .arithmeticWithParameter(operation, operand: "k", side: side)
    }

    private func last(_ tail: [Layer], k: Float = 2) throws -> (layer: Layer, keepsClasses: Bool)? {
        try network(tail, parameters: ["k": k]).beforeIncreasingOutput.flatMap { below in
            #expect(below.network.classCount == 3 && below.network.vertices.last?.shape == [3])
            return below.network.vertices.last.map { ($0.layer, below.keepsClasses) }
        }
    }

    @Test func findsWhatSaturates() throws {
        let dense = Layer.dense(weights: "w", bias: nil)
        for tail in [[.softmax(axis: 0)], [.logSoftmax(axis: 0)], [.softmax(axis: 0), .softmax(axis: 0)], [.softmax(axis: 0), scale(.multiply)]] as [[Layer]] {
            #expect(try last(tail)?.layer == dense, "\(tail)")
        }
        #expect(try last([.softmax(axis: 0)])?.keepsClasses == true)
        #expect(try last([.sigmoid])?.keepsClasses == false)
        #expect(try last([.softmax(axis: 0), scale(.add)])?.keepsClasses == false)
        #expect(try last([.softmax(axis: 0), scale(.multiply)], k: 1)?.keepsClasses == true)
        // A scale below it stays, and so does one without it.
        #expect(try last([scale(.multiply), .softmax(axis: 0)])?.layer == scale(.multiply))
        #expect(try last([scale(.multiply)]) == nil)
        // Through reshapes, which leave one.
        #expect(try last([.softmax(axis: 0), .reshape(to: [1, 3]), .reshape(to: [3])])?.layer == dense)
        #expect(try last([.reshape(to: [1, 3]), .softmax(axis: 1), .reshape(to: [3])])?.layer == .reshape(to: [3]))
    }

    /// Neither what reverses the order of the classes, nor what makes one of several, nor a softmax over something else.
    @Test func leavesWhatChangesClasses() throws {
        #expect(try last([.relu]) == nil)
        #expect(try last([.softmax(axis: 0), scale(.multiply)], k: -1) == nil)
        #expect(try last([.softmax(axis: 0), scale(.subtract, .left)]) == nil)
        #expect(try last([.softmax(axis: 0), scale(.divide, .left)]) == nil)
        #expect(try last([.reshape(to: [3, 1]), .softmax(axis: 1), .reshape(to: [3])]) == nil)
        #expect(try last([.sigmoid, .clip(0...0.5)]) == nil)
    }
}
