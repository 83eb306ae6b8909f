import SuretyGraphs
import SuretyTensors

/// Builds a network layer upon layer, drawing parameters as it goes. The next layer goes on `top`.
///
/// Batch normalisation starts as the identity. The numbers depend only on the seed and the parameter's position.
struct LayerStack {
    private var builder: NetworkBuilder
    private let seed: UInt64
    private var parameterCount: UInt32 = 0

    /// How the weights and biases of a layer are drawn.
    enum Initialisation {
        /// Uniform in ±1/√fan-in, both: PyTorch's default, so that the papers' settings carry over.
        case uniform
        /// Weights as `uniform`, biases 0.
        case uniformWeights
        /// Normal weights of variance 2/fan-in, biases 0: He, Zhang, Ren and Sun 2015, equation 10.
        case heFanIn
        /// Normal weights of variance 2/fan-out, biases 0: likewise, equation 14.
        case heFanOut
        /// All 0.
        case zero
    }

    /// The layer on which the next one goes.
    var top: Int
    /// How the parameters of the convolutions that follow are drawn.
    var convolutions = Initialisation.uniform

    init(imageShape: [Int], seed: UInt64) throws(NetworkError) {
        builder = try NetworkBuilder(imageShape: imageShape)
        self.seed = seed
        top = builder.image
    }

    /// The shape of the top layer's result per image.
    var shape: [Int] { builder.shape(of: top) }

    func network() throws(NetworkError) -> Network { try builder.network(output: top) }

    mutating func convolution(
        _ channels: Int, size: Int, stride: Int = 1, padding: Int = 0, hasBias: Bool = true
    ) throws(NetworkError) {
        let names = try parameters([channels, shape[0], size, size], hasBias: hasBias, convolutions)
        let geometry = ConvolutionGeometry(stride: stride, padding: padding)
        try append(.convolution(geometry, weights: names.weights, bias: names.bias))
    }

    /// A dense layer on all values of the top layer, perhaps with a rectifier.
    mutating func dense(
        _ width: Int, isRectified: Bool, _ initialisation: Initialisation = .uniform
    ) throws(NetworkError) {
        if shape.count > 1 { try append(.reshape(to: [shape.elementCount])) }
        let names = try parameters([width, shape[0]], hasBias: true, initialisation)
        try append(.dense(weights: names.weights, bias: names.bias))
        if isRectified { try relu() }
    }

    mutating func relu() throws(NetworkError) { try append(.relu) }

    mutating func dropout(_ rate: Float, of unit: Layer.Dropout.Unit = .element) throws(NetworkError) {
        try append(.dropout(.init(rate: rate, unit: unit)))
    }

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

    /// Weights [O, I, …] and, perhaps, a bias [O].
    private mutating func parameters(
        _ shape: [Int], hasBias: Bool, _ initialisation: Initialisation
    ) throws(NetworkError) -> (weights: String, bias: String?) {
        let window = shape.dropFirst(2).reduce(1, *)
        let (fanIn, fanOut) = (shape[1] * window, shape[0] * window)
        let (weights, bias): (Distribution, Distribution) =
            switch initialisation {
            case .uniform: (.uniform(1 / Float(fanIn).squareRoot()), .uniform(1 / Float(fanIn).squareRoot()))
            case .uniformWeights: (.uniform(1 / Float(fanIn).squareRoot()), .zero)
            case .heFanIn: (.normal((2 / Float(fanIn)).squareRoot()), .zero)
            case .heFanOut: (.normal((2 / Float(fanOut)).squareRoot()), .zero)
            case .zero: (.zero, .zero)
            }
        let name = try add(drawn(shape, weights), name: "weights")
        return (name, hasBias ? try add(drawn([shape[0]], bias), name: "bias") : nil)
    }

    private enum Distribution {
        case uniform(Float)
        case normal(Float)
        case zero
    }

    /// The parameter at this position.
    private func drawn(_ shape: [Int], _ distribution: Distribution) -> Tensor {
        var values = [Float](repeating: 0, count: shape.elementCount)
        switch distribution {
        case .zero: break
        case .uniform(let bound):
            values = Philox(key: seed).uniform(
                count: values.count, within: bound, 0, parameterCount, RandomStream.uniformParameters.rawValue)
        case .normal(let deviation):
            let row = Images(count: 1, shape: shape)[0]
            GaussianNoise(key: seed, sigma: deviation).draw(row, sample: 0, image: parameterCount, stream: .parameters)
            values = Array(row)
        }
        return Tensor(shape: shape, values: values)
    }
}
