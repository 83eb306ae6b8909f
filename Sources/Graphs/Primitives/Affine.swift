import SuretyTensors

/// x·scale + shift, and then a rectifier if there is one: x [N, C, …], scale and shift a number for each channel, repeated over
/// all other axes. Made by fusion from two `BroadcastArithmetic` and a `Rectifier`, with the same roundings: the product is
/// rounded before the shift is added. Normalisation that no layer can absorb, because it comes before the layer, is one.
package struct Affine: Primitive {
    /// The slope below zero of the rectifier, if there is one.
    package var rectifierSlope: Float?

    package var name: String { "scale and shift" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 3, inputs[1] == inputs[2], Self.isPerChannel(inputs[1], of: inputs[0]) else {
            throw GraphError("\(name) needs an image, and a scale and a shift for each of its channels, not \(inputs)")
        }
        return inputs[0]
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        throw GraphError("a fused operation cannot be differentiated: differentiate before compiling")
    }

    /// Whether this is the shape of a number for each channel: [1, C, 1, …].
    static func isPerChannel(_ shape: [Int], of image: [Int]) -> Bool {
        image.count >= 2 && shape.count == image.count && shape.indices.allSatisfy { shape[$0] == ($0 == 1 ? image[1] : 1) }
    }
}
