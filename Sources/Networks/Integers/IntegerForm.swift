import SuretyGraphs
import SuretyTensors

/// A network in the form of ONNX's quantised files — numbers between a dequantisation of codes and a quantisation to codes —
/// turned into one that computes with the codes themselves.
///
///     dequantisation → convolution → (relu) → quantisation    becomes    integer convolution
///     dequantisation → maximum pool → quantisation            becomes    maximum pool, of codes
///
/// Layers without such a form stay unchanged, and `checkExactness` reports them.
struct IntegerForm {
    /// Parameters that the file gives as integers and scales; their product is the parameter.
    typealias IntegerParameters = [String: IntegerParameter]

    private let network: Network
    private let integers: IntegerParameters
    private var builder: NetworkBuilder
    /// Parameters taken over unchanged, and the names of those taken over as integers.
    private var numbers: Set<String> = []
    private var integersInUse: [String: String] = [:]
    /// What each vertex of the network is in the new one.
    private var meanings: [Meaning] = []

    /// A value of the network in terms of vertices of the new one.
    private enum Meaning {
        case vertex(Int)
        /// The numbers that codes stand for.
        case numbers(Int, Quantisation)
        /// A product of codes, whose result is not stored yet: with no geometry, a dense layer.
        case product(Int, ConvolutionGeometry?, IntegerLayer.Product, isRectified: Bool)
        case sum((Int, Quantisation), (Int, Quantisation), isRectified: Bool)
        case function(CodeFunction, Int, Quantisation)
    }

    /// The network with integer layers wherever it has codes; unchanged if it has none.
    ///
    /// - Throws: `NetworkError` for a layer that is not exact.
    static func of(_ network: Network, integers: IntegerParameters) throws(NetworkError) -> Network {
        guard network.isInteger else { return network }
        var form = try IntegerForm(network, integers)
        for vertex in network.vertices.dropFirst() { form.meanings.append(try form.meaning(of: vertex)) }
        let output = try form.stored(form.meanings[form.meanings.count - 1], "logits")
        let result = try form.builder.network(output: output)
        try result.checkExactness()
        return result
    }

    private init(_ network: Network, _ integers: IntegerParameters) throws(NetworkError) {
        (self.network, self.integers) = (network, integers)
        builder = try NetworkBuilder(imageShape: network.imageShape)
        meanings = [.vertex(builder.image)]
    }

    private mutating func meaning(of vertex: Network.Vertex) throws(NetworkError) -> Meaning {
        let inputs = vertex.inputs.map { meanings[$0] }
        let name = vertex.name
        switch (vertex.layer, inputs[0]) {
        case (.integer(.dequantisation(let quantisation)), let codes):
            return .numbers(try stored(codes, name), quantisation)
        case (.integer(.quantisation(let quantisation)), let numbers):
            return .vertex(try codes(of: numbers, quantisation, name))
        case (.convolution(let geometry, let weights, let bias), .numbers(let x, let quantisation)):
            let product = try product(weights, bias, quantisation, name)
            return .product(x, geometry, product, isRectified: false)
        case (.dense(let weights, let bias), .numbers(let x, let quantisation)) where builder.shape(of: x).count == 1:
            let product = try product(weights, bias, quantisation, name)
            return .product(x, nil, product, isRectified: false)
        case (.relu, .product(let x, let geometry, let product, _)):
            return .product(x, geometry, product, isRectified: true)
        case (.relu, .sum(let left, let right, _)):
            return .sum(left, right, isRectified: true)
        case (.relu, .numbers(let x, let quantisation)):
            return .function(.rectifier(slope: 0), x, quantisation)
        case (.leakyRelu(let slope), .numbers(let x, let quantisation)):
            return .function(.rectifier(slope: slope), x, quantisation)
        case (.clip(let bounds), .numbers(let x, let quantisation)):
            return .function(.clip(bounds), x, quantisation)
        case (.function(let function), .numbers(let x, let quantisation)): return .function(.real(function), x, quantisation)
        case (.maximumPool, .numbers(let x, let quantisation)), (.reshape, .numbers(let x, let quantisation)),
            (.transpose, .numbers(let x, let quantisation)), (.slice, .numbers(let x, let quantisation)):
            return .numbers(try builder.append(vertex.layer, to: [x], name: name), quantisation)
        case (.arithmetic(.add), .numbers(let left, let first)):
            if case .numbers(let right, let second) = inputs[1], builder.shape(of: left) == builder.shape(of: right) {
                return .sum((left, first), (right, second), isRectified: false)
            }
        case (.concatenation, .numbers(_, let quantisation)):
            let parts = inputs.compactMap { if case .numbers(let x, quantisation) = $0 { x } else { nil } }
            if parts.count == inputs.count {
                return .numbers(try builder.append(vertex.layer, to: parts, name: name), quantisation)
            }
        default: break
        }
        for parameter in vertex.layer.parameterNames {
            guard let tensor = network.parameters[parameter] else { throw .missing(name: parameter, layer: name) }
            guard numbers.insert(parameter).inserted else { continue }
            guard integersInUse[parameter] == nil else {
                throw .layer(name: name, problem: "its parameter \(quoted(parameter)) also serves as integers: store it twice")
            }
            try builder.add(tensor, as: parameter, errors: network.readingErrors.parameters[parameter])
        }
        var operands: [Int] = []
        for input in inputs { operands.append(try stored(input, name)) }
        return .vertex(try builder.append(vertex.layer, to: operands, name: name))
    }

    /// The vertex of a value's codes.
    private mutating func codes(of value: Meaning, _ result: Quantisation, _ name: String) throws(NetworkError) -> Int {
        let codes: Int
        switch value {
        case .vertex(let numbers):
            return try builder.append(.integer(.quantisation(result)), to: [numbers], name: name)
        case .numbers(let x, let quantisation):
            if quantisation == result { return x }
            return try builder.append(.integer(.function(.identity, of: quantisation, result: result)), to: [x], name: name)
        case .function(let function, let x, let quantisation):
            return try builder.append(.integer(.function(function, of: quantisation, result: result)), to: [x], name: name)
        case .product(let x, let geometry, var product, let isRectified):
            product.output = result
            codes = try builder.append(.integer(layer(geometry, product)), to: [x], name: name)
            guard isRectified else { return codes }
        case .sum(let left, let right, let isRectified):
            codes = try builder.append(.integer(.sum(left.1, right.1, result: result)), to: [left.0, right.0], name: name)
            guard isRectified else { return codes }
        }
        // The code 0 is the limit: with the zero point 0, it acts as the rectifier.
        if result.zeroPoint == 0 { return codes }
        let rectifier = IntegerLayer.function(.rectifier(slope: 0), of: result, result: result)
        return try builder.append(.integer(rectifier), to: [codes], name: name)
    }

    /// The vertex of a value itself.
    private mutating func stored(_ value: Meaning, _ name: String) throws(NetworkError) -> Int {
        switch value {
        case .vertex(let vertex): return vertex
        case .numbers(let x, let quantisation):
            return try builder.append(.integer(.dequantisation(quantisation)), to: [x], name: name)
        case .product(let x, let geometry, let product, let isRectified):
            let numbers = try builder.append(.integer(layer(geometry, product)), to: [x], name: name)
            return isRectified ? try builder.append(.relu, to: [numbers], name: name) : numbers
        case .sum(let left, let right, let isRectified):
            let operands = [try stored(.numbers(left.0, left.1), name), try stored(.numbers(right.0, right.1), name)]
            let numbers = try builder.append(.arithmetic(.add), to: operands, name: name)
            return isRectified ? try builder.append(.relu, to: [numbers], name: name) : numbers
        case .function(let function, let x, let quantisation):
            let numbers = try stored(.numbers(x, quantisation), name)
            switch function {
            case .identity: return numbers
            case .rectifier(let slope): return try builder.append(.leakyRelu(slope: slope), to: [numbers], name: name)
            case .clip(let bounds): return try builder.append(.clip(bounds), to: [numbers], name: name)
            case .real(let function): return try builder.append(.function(function), to: [numbers], name: name)
            }
        }
    }

    private func layer(_ geometry: ConvolutionGeometry?, _ product: IntegerLayer.Product) -> IntegerLayer {
        geometry.map { .convolution($0, product) } ?? .dense(product)
    }

    /// A product whose weights and bias the file gives as integers.
    private mutating func product(
        _ weights: String, _ bias: String?, _ input: Quantisation, _ name: String
    ) throws(NetworkError) -> IntegerLayer.Product {
        guard let matrix = integers[weights] else {
            throw .layer(name: name, problem: "it multiplies codes by weights in floating point: quantise them too, symmetrically")
        }
        let weights = try codes(weights, matrix)
        let scales = matrix.scales.count == 1 ? Array(repeating: matrix.scales[0], count: matrix.codes.shape[0]) : matrix.scales
        guard scales.count == matrix.codes.shape[0], scales.allSatisfy({ $0 > 0 }) else {
            throw .layer(name: name, problem: "its weights have scales along another axis than that of its outputs")
        }
        let isWide = matrix.codes.hasWideRows
        guard let bias else {
            let none = builder.unusedName("\(weights).bias")
            try builder.add(Tensor(shape: [scales.count], repeating: 0), as: none)
            return IntegerLayer.Product(
                weights: weights, bias: none, weightScales: scales, input: input, output: nil, hasWideWeights: isWide)
        }
        guard let offset = integers[bias] else {
            throw .layer(name: name, problem: "its bias is in floating point where its weights are integers: quantise it too")
        }
        let steps = offset.scales.count == 1 ? Array(repeating: offset.scales[0], count: scales.count) : offset.scales
        guard steps == scales.map({ input.scale * $0 }) else {
            throw .layer(name: name, problem: "its bias's scale is not the product of its input's and its weights'")
        }
        return IntegerLayer.Product(
            weights: weights, bias: try codes(bias, offset), weightScales: scales, input: input, output: nil, hasWideWeights: isWide)
    }

    /// The name of a parameter's integers in the new network.
    private mutating func codes(_ name: String, _ parameter: IntegerParameter) throws(NetworkError) -> String {
        if let known = integersInUse[name] { return known }
        let free = builder.unusedName(name)
        integersInUse[name] = free
        try builder.add(parameter.codes, as: free)
        return free
    }
}

/// A parameter that a file gives in integers.
struct IntegerParameter: Sendable {
    /// Whole numbers.
    let codes: Tensor
    /// What 1 stands for: one number, or one for each index of the first axis.
    let scales: [Float]
}
