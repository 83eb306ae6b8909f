import SuretyGraphs
import SuretyTensors

/// Makes a network layer by layer, each checked as it is added.
///
/// ```swift
/// var builder = try NetworkBuilder(imageShape: [1, 28, 28])
/// try builder.add(Tensor(shape: [10, 784], values: weights), as: "weights")
/// let pixels = try builder.append(.reshape(to: [784]), to: [builder.image])
/// let logits = try builder.append(.dense(weights: "weights", bias: nil), to: [pixels])
/// let network = try builder.network(output: logits)
/// ```
///
/// Shapes are those of the graph the network stands for, so they have one home, the graph's primitives.
public struct NetworkBuilder {
    /// The position of the image among the vertices.
    public let image = 0

    private var vertices: [Network.Vertex] = []
    private var parameters: [String: Tensor] = [:]
    private var readingErrors = ReadingErrors()
    /// The vertices and parameters as nodes for a batch of one.
    private var nodes: [Node] = []
    private var parameterNodes: [String: Node] = [:]
    private var elementCount = 0

    /// A builder of networks for images of this shape (without the batch), usually [channels, height, width].
    ///
    /// - Throws: `NetworkError.tooLarge` when an extent is not positive or the image is beyond all bounds.
    public init(imageShape: [Int]) throws(NetworkError) {
        try check(imageShape, of: "image")
        vertices = [Network.Vertex(name: "image", layer: .image, inputs: [], shape: imageShape)]
        nodes = [.input("image", shape: [1] + imageShape)]
    }

    /// The shape per image of a vertex made so far.
    ///
    /// - Precondition: `append` has returned this vertex, or it is the image.
    public func shape(of vertex: Int) -> [Int] { vertices[vertex].shape }

    /// The layer of a vertex made so far, and its inputs.
    ///
    /// - Precondition: `append` has returned this vertex, or it is the image.
    func layer(at vertex: Int) -> (layer: Layer, inputs: [Int]) { (vertices[vertex].layer, vertices[vertex].inputs) }

    /// The parameter of this name, if there is one.
    public func parameter(_ name: String) -> Tensor? { parameters[name] }

    /// `name` or, if a parameter already has it, `name` with the first number that makes it new.
    public func unusedName(_ name: String) -> String {
        var (candidate, number) = (name, 2)
        while parameters[candidate] != nil {
            candidate = "\(name).\(number)"
            number += 1
        }
        return candidate
    }

    /// Makes `tensor` known to the layers that follow.
    ///
    /// - Parameter errors: How far each of its elements may lie from the intended value; nil for exact ones.
    /// - Throws: `NetworkError.parameter` when the name is taken, or the tensor is empty or not finite.
    public mutating func add(_ tensor: Tensor, as name: String, errors: Tensor? = nil) throws(NetworkError) {
        guard parameters[name] == nil else { throw .parameter(name: name, problem: "is defined twice") }
        guard !tensor.values.isEmpty else { throw .parameter(name: name, problem: "has no elements") }
        if let index = tensor.values.firstIndex(where: { !$0.isFinite }) {
            throw .parameter(name: name, problem: """
                is not finite: element \(index) is \(tensor.values[index]); use a model whose training did not \
                diverge
                """)
        }
        parameters[name] = tensor
        parameterNodes[name] = .constant(tensor)
        readingErrors.parameters[name] = errors
    }

    /// Notes that a number of the layer of this name that is not a parameter was rounded.
    mutating func noteRounding(in layer: String) { readingErrors.layers.insert(layer) }

    /// Adds a layer that reads `inputs`, positions of earlier vertices, and returns its position.
    ///
    /// - Throws: `NetworkError` when a parameter or input is missing, a shape does not fit or the result is too large.
    public mutating func append(_ layer: Layer, to inputs: [Int], name: String? = nil) throws(NetworkError) -> Int {
        let name = name ?? "\(layer.kind) \(vertices.count)"
        for input in inputs where !vertices.indices.contains(input) {
            throw .missing(name: "vertex \(input)", layer: name)
        }
        let node = try layer.node(named: name, of: inputs.map { nodes[$0] }, parameters: parameterNodes)
        let shape = Array(node.shape.dropFirst())
        guard node.shape.first == 1 else { throw .layer(name: name, problem: "its result has lost the batch axis") }
        try check(shape, of: name, isView: layer.isView)
        let vertex = Network.Vertex(name: name, layer: layer, inputs: inputs, shape: shape)
        let limit = NetworkLimits.multiplyAccumulates
        guard let work = layer.multiplyAccumulates(
            of: inputs.map { vertices[$0].shape }, output: shape, parameters: parameters), work <= limit else {
            throw .tooLarge(name: name, problem: "it needs more than \(limit) multiply-accumulates per image")
        }
        vertices.append(vertex)
        nodes.append(node)
        return vertices.count - 1
    }

    /// Adds the layers of `network`, whose parameters are known already, on `image` in place of its own; returns the
    /// position of its logits.
    ///
    /// - Throws: As `append(_:to:name:)`.
    package mutating func append(_ network: Network, on image: Int) throws(NetworkError) -> Int {
        var place = [image]
        readingErrors.layers.formUnion(network.readingErrors.layers)
        for vertex in network.vertices.dropFirst() {
            place.append(try append(vertex.layer, to: vertex.inputs.map { place[$0] }, name: vertex.name))
        }
        return place[place.count - 1]
    }

    /// The network whose logits are the vertex `output`; layers and parameters it does not need are left out.
    ///
    /// - Throws: `NetworkError.output` when that vertex is not a vector per image.
    public func network(output: Int) throws(NetworkError) -> Network {
        guard vertices.indices.contains(output) else { throw .missing(name: "vertex \(output)", layer: "output") }
        let shape = vertices[output].shape
        guard shape.count == 1 else { throw .output(shape: shape) }
        var isNeeded = vertices.map { $0.layer == .image }
        isNeeded[output] = true
        for index in vertices.indices.reversed() where isNeeded[index] {
            for input in vertices[index].inputs { isNeeded[input] = true }
        }
        var place = vertices.map { _ in 0 }
        var kept: [Network.Vertex] = []
        for (index, vertex) in vertices.enumerated() where isNeeded[index] {
            place[index] = kept.count
            kept.append(
                Network.Vertex(
                    name: vertex.name, layer: vertex.layer, inputs: vertex.inputs.map { place[$0] }, shape: vertex.shape))
        }
        let names = Set(kept.flatMap(\.layer.parameterNames))
        var errors = readingErrors
        errors.parameters = errors.parameters.filter { names.contains($0.key) }
        return Network(
            vertices: kept, parameters: parameters.filter { names.contains($0.key) }, classCount: shape[0],
            readingErrors: errors)
    }

    /// Checks a shape against the limits, and counts its elements.
    ///
    /// - Parameter isView: Whether the elements belong to another value and take no memory of their own.
    private mutating func check(_ shape: [Int], of name: String, isView: Bool = false) throws(NetworkError) {
        guard shape.count <= NetworkLimits.axes else {
            throw .tooLarge(name: name, problem: "its result has \(shape.count) axes and the limit is \(NetworkLimits.axes)")
        }
        guard shape.allSatisfy({ $0 > 0 }) else { throw .layer(name: name, problem: "its result \(shape) is empty") }
        guard let count = shape.checkedElementCount, count <= NetworkLimits.elementsPerLayer else {
            throw .tooLarge(
                name: name,
                problem: "its result \(shape) has more than \(NetworkLimits.elementsPerLayer) elements per image")
        }
        elementCount += isView ? 0 : count
        guard elementCount <= NetworkLimits.elements else {
            throw .tooLarge(
                name: name, problem: """
                    with it, the results of all layers exceed \(NetworkLimits.elements) elements per image
                    """)
        }
    }
}

/// What a network may cost per image: far above any image classifier in use, far below what would
/// exhaust a machine. A file can therefore never ask for more.
enum NetworkLimits {
    /// Axes of a value, the batch not counted.
    static let axes = 7
    /// Elements of one layer's result: 64 MB.
    static let elementsPerLayer = 1 << 24
    /// Elements of all results together, which need not be in memory at once.
    static let elements = 1 << 29
    /// Multiply-accumulates of one layer.
    static let multiplyAccumulates = 1 << 40
}

extension [Int] {
    /// The product of the extents; `nil` when one is negative or the product does not fit an `Int`.
    package var checkedElementCount: Int? {
        var product = 1
        for extent in self {
            let (partial, overflow) = product.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            product = partial
        }
        return product
    }
}
