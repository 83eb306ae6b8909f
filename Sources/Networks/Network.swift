import SuretyGraphs
import SuretyTensors

/// An image classifier: layers connected without cycles, and the parameters they name.
///
/// Use `logits(of:)` to make it part of a graph. A network has no batch size: it is lowered to graph nodes for the batch of
/// the image node it is given. It always takes images in [0, 1] with the axes of the data set (C×H×W); normalisation and
/// other layouts are layers of the network, so that noise and perturbations act on the image itself.
///
/// Invariant: `vertices` are in topological order beginning with the image; each vertex fits its
/// inputs, the last has the shape [classCount], and parameters are finite. `NetworkBuilder`, the only
/// way to make a network, checks this.
public struct Network: Sendable {
    /// A layer in its place.
    public struct Vertex: Sendable, Equatable {
        /// For messages and listings; need not be unique.
        public let name: String
        /// What it computes.
        public let layer: Layer
        /// Positions of the inputs among the network's vertices, all before this one.
        public let inputs: [Int]
        /// The shape of the result per image.
        public let shape: [Int]
    }

    /// The shape of the images, usually [channels, height, width].
    public var imageShape: [Int] { vertices[0].shape }

    /// The layers in topological order; the first is the image, the last gives the logits.
    public let vertices: [Vertex]

    /// The parameters that the layers name.
    public let parameters: [String: Tensor]

    /// The number of logits.
    public let classCount: Int

    /// How much reading may have changed the file's numbers.
    public let readingErrors: ReadingErrors

    /// Whether the parameters are the same in every run: see `withFixedParameters`.
    var hasFixedParameters = false

    /// How classifiers compute its convolutions: see `convolving(by:)`.
    package private(set) var convolution = ConvolutionAlgorithm.direct

    init(vertices: [Vertex], parameters: [String: Tensor], classCount: Int, readingErrors: ReadingErrors) {
        self.vertices = vertices
        self.parameters = parameters
        self.classCount = classCount
        self.readingErrors = readingErrors
    }

    /// The same network for classifiers that convolve by `algorithm` where there is a choice. By default networks convolve
    /// directly, and integer networks always do. Graphs made of them, as in proofs, ignore this.
    public func convolving(by algorithm: ConvolutionAlgorithm) -> Network {
        var network = self
        network.convolution = isInteger ? .direct : algorithm
        return network
    }

    /// The logits [N, classCount] of a batch of images [N] + `imageShape` with elements in [0, 1].
    ///
    /// - Throws: `NetworkError.imageShape` when the images have another shape.
    public func logits(of images: Node) throws(NetworkError) -> Node {
        try logits(of: images, parameters: parameters.mapValues(Node.constant))
    }

    /// The logits [N, classCount] of a batch of images, with parameters supplied as nodes, so that the
    /// derivative with respect to them can be taken.
    ///
    /// - Parameters:
    ///   - images: Shape [N] + `imageShape`, elements in [0, 1].
    ///   - parameters: A node for each of the network's parameters, of its shape.
    /// - Throws: `NetworkError` when a shape differs or a parameter is missing.
    public func logits(of images: Node, parameters: [String: Node]) throws(NetworkError) -> Node {
        try logits(of: images, parameters: parameters) { _, _, _ throws(GraphError) in nil }
    }

    /// A rule for some layers: the layer, its inputs and its parameters by name give its node, or `nil` for the usual one.
    package typealias LayerRule = (
        Layer, [Node], (String) throws(GraphError) -> Node
    ) throws(GraphError) -> Node?

    /// The logits of a batch of images, where `rule` computes the layers that it knows.
    func logits(of images: Node, parameters: [String: Node], rule: LayerRule) throws(NetworkError) -> Node {
        guard images.shape.count == imageShape.count + 1, Array(images.shape.dropFirst()) == imageShape else {
            throw .imageShape(expected: imageShape, found: Array(images.shape.dropFirst()))
        }
        var nodes = [images]
        for vertex in vertices.dropFirst() {
            let inputs = vertex.inputs.map { nodes[$0] }
            nodes.append(try vertex.layer.node(named: vertex.name, of: inputs, parameters: parameters, rule: rule))
        }
        return nodes[nodes.count - 1]
    }
}

extension Layer {
    /// The node of this layer; errors name the layer.
    package func node(
        named name: String, of inputs: [Node], parameters: [String: Node],
        rule: Network.LayerRule = { _, _, _ throws(GraphError) in nil }
    ) throws(NetworkError) -> Node {
        for parameter in parameterNames where parameters[parameter] == nil {
            throw .missing(name: parameter, layer: name)
        }
        do throws(GraphError) {
            let find = { (parameter: String) throws(GraphError) -> Node in
                guard let node = parameters[parameter] else { throw GraphError("no parameter \"\(parameter)\"") }
                return node
            }
            if let node = try rule(self, inputs, find) { return node }
            return try node(of: inputs, parameter: find)
        } catch {
            throw .layer(name: name, problem: error.description)
        }
    }
}
