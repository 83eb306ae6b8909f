import SuretyGraphs
import SuretyTensors
import Testing
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

/// Expects the reference's values from a graph in which oneDNN's own layouts, which may pad channels, reach
/// operations that keep zeros and others that do not, pooling, broadcasting, joining, cutting and reshaping.
func expectBlockedLayoutsToFlow(
    channels: Int, batch: Int, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    var generator = SeededGenerator(seed: 5)
    func parameter(_ shape: [Int]) -> Node {
        .constant(Tensor(shape: shape, values: generator.distinctValues(count: shape.elementCount).map { $0 * 0.3 }))
    }
    func convolution(_ x: Node) throws -> Node {
        try x.convolution(
            weights: parameter([channels, x.shape[1], 3, 3]), bias: parameter([channels]), geometry: .init(padding: 1))
    }
    let window = Window(size: [2, 2], strides: [2, 2])
    let x = Node.input("x", shape: [batch, 3, 6, 6])
    let first = try convolution(x).relu()
    let sum = try convolution(first) + first
    let joined = try Node.concatenated([sum.maximumPool(window), sum.tanh().averagePool(window)], axis: 1)
    let scaled = try (joined * parameter([2 * channels, 1, 1])).clipped(to: 0.01...0.8)
    let flat = try scaled.reshaped(to: [batch, 2 * channels * 9]).dense(weights: parameter([10, 2 * channels * 9]))
    let quotient = try (sum.exp() / (first + .constant(1))).sliced(from: [0, 0, 1, 0], to: [batch, channels, 6, 5])
    // Padding that is not zero would reach the sums of a convolution.
    let images = [
        try convolution(sum.exp()), try convolution(sum / (first + .constant(1))), try convolution(sum.sigmoid()),
        try convolution(sum.clipped(to: 0.1...2)), try convolution(sum / parameter([channels, 1, 1])),
        try convolution(sum + parameter([channels, 1, 1])), try convolution(parameter([1]) - sum),
    ]
    try expectProgramsMatchReference(
        [flat, quotient, sum] + images, of: [x], values: [generator.distinctValues(count: x.shape.elementCount)], comment,
        sourceLocation: sourceLocation)
}
