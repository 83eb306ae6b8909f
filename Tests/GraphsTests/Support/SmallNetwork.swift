import Graphs
import Tensors
import TestSupport

/// A convolutional network of every common layer, small enough for differences: convolution, batch
/// normalisation, ReLU, a residual, maximum and average pooling, and a dense layer.
struct SmallNetwork {
    let image: Node
    let parameters: [Node]
    let logits: Node

    /// Values of the image and of every parameter, where parameters are inputs too.
    let values: [[Float]]

    /// - Parameter trainable: Whether the parameters are inputs, to differentiate by, or constants.
    init(batch: Int, channels: Int = 4, trainable: Bool = false) throws {
        var generator = SeededGenerator(seed: 11)
        var parameters: [Node] = []
        var values: [[Float]] = []
        func parameter(_ shape: [Int], scale: Float, offset: Float = 0) -> Node {
            let own = generator.distinctValues(count: shape.elementCount).map { offset + scale * $0 }
            guard trainable else { return .constant(Tensor(shape: shape, values: own)) }
            let node = Node.input("parameter \(parameters.count)", shape: shape)
            parameters.append(node)
            values.append(own)
            return node
        }
        image = .input("image", shape: [batch, 1, 6, 6])
        let first = try image.convolution(
            weights: parameter([channels, 1, 3, 3], scale: 0.5), bias: parameter([channels], scale: 0.1),
            geometry: .init(padding: 1))
        let normal = try first * parameter([channels, 1, 1], scale: 0.2, offset: 1) + parameter([channels, 1, 1], scale: 0.1)
        let rectified = try normal.relu()
        let second = try rectified.convolution(
            weights: parameter([channels, channels, 3, 3], scale: 0.3), geometry: .init(padding: 1))
        let residual = try (second + rectified).relu()
        let pooled = try residual.maximumPool(Window(size: [2, 2], strides: [2, 2]))
            .averagePool(Window(size: [2, 2], strides: [1, 1]))
        let features = try pooled.reshaped(to: [batch, channels * 4])
        logits = try features.dense(weights: parameter([3, channels * 4], scale: 0.5), bias: parameter([3], scale: 0.1))
        self.parameters = parameters
        self.values = [generator.distinctValues(count: image.shape.elementCount)] + values
    }
}
