import SuretyGraphs
import SuretyTensors

/// A network as quantisation sees it: products (with batch normalisation, scales and shifts folded into them), sums,
/// functions of single numbers, and moves, in order. From the start, the image is in whole numbers k of 1/255, and what the
/// network does to pixels before its first product becomes part of that product.
struct FoldedNetwork {
    /// What a step computes.
    enum Operation {
        /// A convolution, or with no geometry a matrix product, of numbers or of the image.
        case product(LinearMap)
        case sum
        case function(CodeFunction)
        /// A layer that only moves numbers, or takes the largest.
        case move(Layer)
    }

    struct Step {
        let name: String
        var operation: Operation
        /// Positions of input steps; those with `isImage` are moves of the image.
        let inputs: [Int]
        /// The vertex of the network whose value this is.
        var origin: Int
        /// The shape of the result, per image.
        let shape: [Int]
    }

    /// The scale and shift of the image, element by element, before the first product: x = scale·pixel + shift.
    struct PixelMap {
        var scale: [Double]
        var shift: [Double]
    }

    private(set) var steps: [Step] = []
    /// The product that gives the logits; later steps only rearrange them.
    private(set) var logits = 0
    /// For steps that only arrange the image: what the network has done to the pixels so far. The first step is the image.
    private(set) var pixels: [Int: PixelMap] = [:]
    private let network: Network
    private var uses: [Int]
    private var place: [Int: Int] = [:]

    /// - Throws: `NetworkError.layer` for the first layer that has no exact form in integers.
    init(_ network: Network) throws(NetworkError) {
        self.network = network
        uses = Array(repeating: 0, count: network.vertices.count)
        for input in network.vertices.flatMap(\.inputs) { uses[input] += 1 }
        let count = network.imageShape.elementCount
        steps = [Step(name: "image", operation: .move(.image), inputs: [], origin: 0, shape: network.imageShape)]
        pixels[0] = PixelMap(scale: Array(repeating: 1, count: count), shift: Array(repeating: 0, count: count))
        place[0] = 0
        for index in network.vertices.indices.dropFirst() { place[index] = try step(of: index) }
        logits = place[network.vertices.count - 1] ?? 0
        while case .move(.reshape) = steps[logits].operation { logits = steps[logits].inputs[0] }
        guard case .product = steps[logits].operation, steps.indices.dropFirst(logits + 1).allSatisfy({
            if case .move(.reshape) = steps[$0].operation { steps[$0].inputs == [$0 - 1] } else { false }
        }) else {
            throw .layer(
                name: network.vertices[network.vertices.count - 1].name,
                problem: "the last layer should be a dense layer or a convolution, whose sums are the logits")
        }
        // ONNX Runtime supports sums of integers with results in floating point only for matrix products.
        guard case .product(let map) = steps[logits].operation,
            let matrix = map.matrix(ofImage: steps[steps[logits].inputs[0]].shape)
        else {
            throw .layer(
                name: steps[logits].name,
                problem: "as the last layer it should see the whole image at once, as a dense layer does")
        }
        steps[logits].operation = .product(matrix)
    }

    /// How many steps read the result of each step.
    var readers: [Int] {
        var counts = Array(repeating: 0, count: steps.count)
        for input in steps.flatMap(\.inputs) { counts[input] += 1 }
        return counts
    }

    // MARK: layers

    private mutating func step(of index: Int) throws(NetworkError) -> Int {
        let vertex = network.vertices[index]
        let inputs = vertex.inputs.compactMap { place[$0] }
        func refusal(_ problem: String) -> NetworkError { .layer(name: vertex.name, problem: problem) }
        switch vertex.layer {
        case .image, .dropout: return inputs[0]
        case .normalisation, .batchNormalisation, .arithmeticWithParameter:
            return try affine(index, inputs[0])
        case .convolution(let geometry, let weights, let bias):
            return try product(index, inputs[0], geometry, try parameter(weights, vertex), bias)
        case .dense(let weights, let bias):
            guard vertex.shape.count == 1 else { throw refusal("a matrix product along one of several axes has no integer form here") }
            return try product(index, inputs[0], nil, try parameter(weights, vertex), bias)
        case .relu: return append(.function(.rectifier(slope: 0)), inputs, index)
        case .leakyRelu(let slope): return append(.function(.rectifier(slope: slope)), inputs, index)
        case .clip(let bounds): return append(.function(.clip(bounds)), inputs, index)
        case .function(let function): return append(.function(.real(function)), inputs, index)
        case .maximumPool, .concatenation:
            guard inputs.allSatisfy({ pixels[$0] == nil }) else {
                throw refusal("it comes before the first convolution or dense layer")
            }
            return append(.move(vertex.layer), inputs, index)
        case .reshape:
            let step = append(.move(vertex.layer), inputs, index)
            pixels[step] = pixels[inputs[0]]
            return step
        case .transpose, .slice:
            guard pixels[inputs[0]] == nil else { throw refusal("it rearranges the image before the first layer") }
            return append(.move(vertex.layer), inputs, index)
        case .arithmetic(.add):
            guard inputs.allSatisfy({ steps[$0].shape == vertex.shape && pixels[$0] == nil }) else {
                throw refusal("only sums of values of one shape have an integer form")
            }
            return append(.sum, inputs, index)
        case .averagePool(let window, let countsPadding):
            guard countsPadding || (window.paddingBefore + window.paddingAfter).allSatisfy({ $0 == 0 }) else {
                throw refusal("an average that leaves padding out of its count has no integer form here")
            }
            return try average(index, inputs[0], window)
        case .mean(let axes, _):
            let shape = steps[inputs[0]].shape
            guard shape.count == 3, axes.sorted() == [1, 2] else {
                throw refusal("only means over an image's height and width have an integer form")
            }
            let mean = try average(index, inputs[0], Window(size: Array(shape[1...]), strides: [1, 1]))
            return vertex.shape.count == 3 ? mean : append(.move(.reshape(to: vertex.shape)), [mean], index)
        case .arithmetic, .softmax, .logSoftmax, .selection, .padding, .matrixProduct:
            throw refusal("a \(vertex.layer.kind) has no exact integer form here")
        case .integer: throw refusal("the network computes in integers already")
        }
    }

    private mutating func append(_ operation: Operation, _ inputs: [Int], _ origin: Int, shape: [Int]? = nil) -> Int {
        let vertex = network.vertices[origin]
        steps.append(
            Step(name: vertex.name, operation: operation, inputs: inputs, origin: origin, shape: shape ?? vertex.shape))
        return steps.count - 1
    }

    private func parameter(_ name: String, _ vertex: Network.Vertex) throws(NetworkError) -> Tensor {
        guard let tensor = network.parameters[name] else { throw .missing(name: name, layer: vertex.name) }
        return tensor
    }

    private mutating func product(
        _ index: Int, _ input: Int, _ geometry: ConvolutionGeometry?, _ weights: Tensor, _ bias: String?
    ) throws(NetworkError) -> Int {
        let vertex = network.vertices[index]
        let offsets = try bias.map { name throws(NetworkError) in try parameter(name, vertex).values.map(Double.init) }
        var map = LinearMap(
            geometry: geometry, shape: weights.shape, weights: weights.values.map(Double.init),
            bias: offsets ?? Array(repeating: 0, count: weights.shape[0]))
        if let pixels = pixels[input] { try map.absorb(pixels, image: steps[input].shape, name: vertex.name) }
        return append(.product(map), [input], index)
    }

    /// The mean of each window, as a convolution of each channel by itself.
    private mutating func average(_ index: Int, _ input: Int, _ window: Window) throws(NetworkError) -> Int {
        let channels = steps[input].shape[0]
        var map = LinearMap(
            geometry: ConvolutionGeometry(
                strides: window.strides, dilation: window.dilation, paddingBefore: window.paddingBefore,
                paddingAfter: window.paddingAfter, groups: channels),
            shape: [channels, 1] + window.size,
            weights: Array(repeating: 1 / Double(window.size.elementCount), count: channels * window.size.elementCount),
            bias: Array(repeating: 0, count: channels))
        let name = network.vertices[index].name
        if let pixels = pixels[input] { try map.absorb(pixels, image: steps[input].shape, name: name) }
        let shape = network.vertices[index].shape
        return append(.product(map), [input], index, shape: shape.count == 3 ? shape : [channels, 1, 1])
    }

    // MARK: scales and shifts

    /// A layer scale·x + shift, with both constant for each channel: it becomes part of the image or of the product before
    /// it, or a convolution of each channel by itself.
    private mutating func affine(_ index: Int, _ input: Int) throws(NetworkError) -> Int {
        let vertex = network.vertices[index]
        let shape = steps[input].shape
        guard vertex.shape == shape else {
            throw .layer(name: vertex.name, problem: "it repeats its input, which has no integer form")
        }
        let (scale, shift) = try coefficients(of: vertex, shape: shape)
        if let before = pixels[input] {
            let step = append(.move(.reshape(to: shape)), [input], index)
            pixels[step] = PixelMap(
                scale: zip(before.scale, scale).map { $0 * $1 },
                shift: before.shift.indices.map { before.shift[$0] * scale[$0] + shift[$0] })
            return step
        }
        let inner = shape.dropFirst().reduce(1, *)
        let channels = (0..<shape[0]).map { (scale[$0 * inner], shift[$0 * inner]) }
        guard scale.indices.allSatisfy({ scale[$0] == channels[$0 / inner].0 && shift[$0] == channels[$0 / inner].1 }) else {
            throw .layer(name: vertex.name, problem: "its parameter varies within a channel, which has no integer form here")
        }
        if case .product(var map) = steps[input].operation, uses[vertex.inputs[0]] == 1 {
            map.follow(scale: channels.map(\.0), shift: channels.map(\.1))
            steps[input].operation = .product(map)
            steps[input].origin = index
            return input
        }
        guard shape.count == 3 else {
            throw .layer(name: vertex.name, problem: "it follows no convolution or dense layer that it could be part of")
        }
        let map = LinearMap(
            geometry: ConvolutionGeometry(groups: shape[0]), shape: [shape[0], 1, 1, 1], weights: channels.map(\.0),
            bias: channels.map(\.1))
        return append(.product(map), [input], index)
    }

    /// The scale and shift of each element of a value of this shape.
    private func coefficients(of vertex: Network.Vertex, shape: [Int]) throws(NetworkError) -> (scale: [Double], shift: [Double]) {
        func spread(_ name: String, perChannel: Bool) throws(NetworkError) -> [Double] {
            let tensor = try parameter(name, vertex)
            let extents = perChannel ? tensor.shape + shape.dropFirst().map { _ in 1 } : tensor.shape
            return Positions(of: extents).broadcast(to: shape).indices.map { Double(tensor.values[$0]) }
        }
        let ones = Array(repeating: 1.0, count: shape.elementCount), zeros = ones.map { _ in 0.0 }
        switch vertex.layer {
        case .normalisation(let mean, let deviation):
            let (mean, deviation) = (try spread(mean, perChannel: true), try spread(deviation, perChannel: true))
            return (deviation.map { 1 / $0 }, zip(mean, deviation).map { -$0 / $1 })
        case .batchNormalisation(let it):
            let (gamma, beta) = (try spread(it.scale, perChannel: true), try spread(it.shift, perChannel: true))
            let (mean, variance) = (try spread(it.mean, perChannel: true), try spread(it.variance, perChannel: true))
            let factor = zip(gamma, variance).map { $0 / ($1 + Double(it.epsilon)).squareRoot() }
            return (factor, factor.indices.map { beta[$0] - mean[$0] * factor[$0] })
        case .arithmeticWithParameter(let operation, let name, let side):
            let operand = try spread(name, perChannel: false)
            switch (operation, side) {
            case (.add, _): return (ones, operand)
            case (.subtract, .right): return (ones, operand.map { -$0 })
            case (.subtract, .left): return (ones.map { -$0 }, operand)
            case (.multiply, _): return (operand, zeros)
            case (.divide, .right): return (operand.map { 1 / $0 }, zeros)
            case (.divide, .left): throw .layer(name: vertex.name, problem: "a parameter divided by a value has no integer form")
            }
        default: return (ones, zeros)
        }
    }
}
