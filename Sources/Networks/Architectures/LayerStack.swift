import Graphs
import Tensors

/// Builds a network layer upon layer, drawing parameters as it goes. The next layer goes on `top`.
///
/// Weights and biases are uniform in ±1/√fan-in, PyTorch's default, so that the papers' settings carry over; batch
/// normalisation begins as the identity. The numbers depend on the seed and the parameter's position alone.
struct LayerStack {
    private var builder: NetworkBuilder
    private let generator: Philox
    private var parameterCount: UInt32 = 0

    /// The layer that the next one goes on.
    var top: Int

    init(imageShape: [Int], seed: UInt64) throws(NetworkError) {
        builder = try NetworkBuilder(imageShape: imageShape)
        generator = Philox(key: seed)
        top = builder.image
    }

    /// The shape of the top layer's result per image.
    var shape: [Int] { builder.shape(of: top) }

    func network() throws(NetworkError) -> Network { try builder.network(output: top) }

    mutating func convolution(
        _ channels: Int, size: Int, stride: Int = 1, padding: Int = 0, hasBias: Bool = true
    ) throws(NetworkError) {
        let fanIn = shape[0] * size * size
        let weights = try parameter([channels, shape[0], size, size], fanIn: fanIn, name: "weights")
        let bias = hasBias ? try parameter([channels], fanIn: fanIn, name: "bias") : nil
        let geometry = ConvolutionGeometry(stride: stride, padding: padding)
        try append(.convolution(geometry, weights: weights, bias: bias))
    }

    /// A dense layer on all values of the top layer, perhaps with a rectifier.
    mutating func dense(_ width: Int, isRectified: Bool) throws(NetworkError) {
        if shape.count > 1 { try append(.reshape(to: [shape.elementCount])) }
        let fanIn = shape[0]
        let weights = try parameter([width, fanIn], fanIn: fanIn, name: "weights")
        let bias = try parameter([width], fanIn: fanIn, name: "bias")
        try append(.dense(weights: weights, bias: bias))
        if isRectified { try relu() }
    }

    mutating func relu() throws(NetworkError) { try append(.relu) }

    /// Windows of 2×2, side by side.
    mutating func maximumPool() throws(NetworkError) {
        try append(.maximumPool(Window(size: [2, 2], strides: [2, 2])))
    }

    mutating func meanOverPixels() throws(NetworkError) { try append(.mean(axes: [1, 2], keepsDimensions: false)) }

    mutating func batchNormalisation() throws(NetworkError) {
        let channels = shape[0]
        func constant(_ value: Float, _ name: String, _ stack: inout LayerStack) throws(NetworkError) -> String {
            try stack.add(Tensor(shape: [channels], repeating: value), name: name)
        }
        try append(
            .batchNormalisation(
                .init(
                    scale: constant(1, "scale", &self), shift: constant(0, "shift", &self),
                    mean: constant(0, "mean", &self), variance: constant(1, "variance", &self), epsilon: 1e-5)))
    }

    /// The sum of the top layer and another.
    mutating func add(_ other: Int) throws(NetworkError) {
        top = try builder.append(.arithmetic(.add), to: [other, top])
    }

    private mutating func append(_ layer: Layer) throws(NetworkError) {
        top = try builder.append(layer, to: [top])
    }

    private mutating func add(_ tensor: Tensor, name: String) throws(NetworkError) -> String {
        parameterCount += 1
        let name = "\(name).\(parameterCount)"
        try builder.add(tensor, as: name)
        return name
    }

    private mutating func parameter(_ shape: [Int], fanIn: Int, name: String) throws(NetworkError) -> String {
        let bound = 1 / Float(fanIn).squareRoot()
        let position = parameterCount
        let values = generator.uniform(count: shape.elementCount, within: bound, 0, position, Self.stream)
        return try add(Tensor(shape: shape, values: values), name: name)
    }

    /// Counter word that keeps these numbers apart from those of noise (`GaussianNoise.Stream`).
    private static let stream: UInt32 = 0x1000_0000
}
