public import Foundation
internal import SwiftProtobuf

/// An image classifier read from an ONNX file.
public struct ONNXModel: Sendable {
    /// The classifier, for images in [0, 1] and any batch size.
    public let network: Network
    /// The file's metadata properties, such as those `ONNXWriter` was given.
    public let metadata: [String: String]
    /// The version of the operator set that the file is written in.
    public let opset: Int
    /// The program that wrote the file, and its version.
    public let producer: String
    /// The output that is taken as the logits.
    public let output: String
    /// The file's other outputs.
    public let otherOutputs: [String]
    /// The files beside the model that hold its weights, in the order of their names, each with its SHA-256.
    public let weightFiles: [(name: String, sha256: String)]
}

/// Reads image classifiers from ONNX files, the one form in which Surety keeps networks.
///
/// The operators of `ONNXOperator` are read in opsets 7 to 25, as PyTorch, TensorFlow converters and
/// Surety itself write them. Shape computations are folded; a file that declares a batch size, such as
/// 1, becomes a network for any. The input may be N×C×H×W, N×H×W×C, or flattened in C×H×W order: a
/// layer that rearranges the image is put in front.
///
/// Files are not trusted: whatever the bytes, reading returns a network or throws `ONNXError`, and uses memory in proportion
/// to the file.
public enum ONNXReader {
    /// Operator set versions whose meaning the reader knows.
    public static let opsets = 7...25

    /// A classifier has a few hundred nodes; deep ones a few thousand.
    static let nodeLimit = 10_000

    /// Reads a model.
    ///
    /// - Parameters:
    ///   - data: The bytes of the file.
    ///   - imageShape: The shape of the images it will be fed, without the batch, usually
    ///     [channels, height, width]. When `nil`, it is taken from the declared input: three axes as they are
    ///     (channels first, unless only the last can be channels), a flattened image as square with one
    ///     channel or three.
    ///   - output: The output that gives the logits; if nil and there are several, the only one with a number for each class.
    ///   - folder: Where weights that are not in the file may lie.
    /// - Throws: `ONNXError`, naming the node and what to do.
    public static func model(
        from data: Data, imageShape: [Int]? = nil, output: String? = nil, folder: ONNXFolder? = nil
    ) throws(ONNXError) -> ONNXModel {
        let model = try decode(data)
        let opset = try opset(of: model)
        guard model.hasGraph, !model.graph.output.isEmpty else {
            throw ONNXError(.unreadable, "the file holds no complete graph; it is cut short or not an ONNX model")
        }
        let output = try self.output(of: model.graph, named: output)
        let (network, read) = try network(
            of: model.graph, output: output, opset: opset, imageShape: imageShape, byteCount: data.count, folder: folder)
        let producer = [model.producerName, model.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
        let metadata = model.metadataProps.map { ($0.key, $0.value) }
        return ONNXModel(
            network: network, metadata: Dictionary(metadata) { first, _ in first }, opset: opset, producer: producer,
            output: output, otherOutputs: model.graph.output.map(\.name).filter { $0 != output },
            weightFiles: read?.digests ?? [])
    }

    /// The output that gives the logits: the one named, the only one, or the only one with a number for each class.
    private static func output(of graph: Onnx_GraphProto, named wanted: String?) throws(ONNXError) -> String {
        let names = graph.output.map(\.name)
        let list = names.prefix(5).map { quoted($0) }.joined(separator: ", ")
        if let wanted {
            guard names.contains(wanted) else {
                throw ONNXError(.unsupported, "the graph has no output \(quoted(wanted)); it has \(list)")
            }
            return wanted
        }
        if names.count == 1 { return names[0] }
        let rows = graph.output.filter { output in
            let shape = output.type.tensorType.shape.dim
            guard shape.count == 2 else { return false }
            if case .dimValue(let classes) = shape[1].value { return classes > 1 }
            return true
        }
        // The only output whose name contains "logits", or the only one that no node reads.
        let named = rows.filter { $0.name.lowercased().contains("logits") }
        let used = Set(graph.node.flatMap(\.input))
        let scores = rows.count == 1 ? rows : named.count == 1 ? named : rows.filter { !used.contains($0.name) }
        guard scores.count == 1 else {
            throw ONNXError(.unsupported, """
                the graph has \(names.count) outputs, \(list), and which of them gives the scores of the classes is not clear; \
                name it with --output-name
                """)
        }
        return scores[0].name
    }

    private static func decode(_ data: Data) throws(ONNXError) -> Onnx_ModelProto {
        guard !ONNXMessageCount.exceedsLimit(data) else {
            throw ONNXError(.tooLarge, "the file has more than \(ONNXMessageCount.limit) nodes, tensors and attributes")
        }
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        do {
            return try Onnx_ModelProto(serializedBytes: data, options: options)
        } catch {
            throw ONNXError(.unreadable, "the file is not an ONNX model, or it is cut short or damaged (\(error))")
        }
    }

    private static func opset(of model: Onnx_ModelProto) throws(ONNXError) -> Int {
        // Some tools state the same version more than once, under either name of the domain.
        let versions = Set(model.opsetImport.filter { ["", "ai.onnx"].contains($0.domain) }.map { Int($0.version) }).sorted()
        guard let version = versions.first else {
            throw ONNXError(.unreadable, """
                the file does not state an operator set version; it is damaged or not an ONNX model
                """)
        }
        guard versions.count == 1 else {
            throw ONNXError(.invalid, """
                the file states the operator set versions \(versions.prefix(5).map(String.init).joined(separator: ", ")), which \
                contradict each other; export the model again
                """)
        }
        guard opsets.contains(version) else {
            throw ONNXError(.unsupported, """
                operator set version \(version) is not supported; export the model with opset \(opsets.lowerBound) \
                to \(opsets.upperBound)
                """)
        }
        return version
    }

    private static func network(
        of graph: Onnx_GraphProto, output: String, opset: Int, imageShape: [Int]?, byteCount: Int, folder: ONNXFolder?
    ) throws(ONNXError) -> (network: Network, folder: ONNXFolder?) {
        guard graph.node.count <= nodeLimit else {
            throw ONNXError(.tooLarge, "the graph has \(graph.node.count) nodes and the limit is \(nodeLimit)")
        }
        var initialisers: [String: Onnx_TensorProto] = [:]
        for tensor in graph.initializer where initialisers.updateValue(tensor, forKey: tensor.name) != nil {
            throw ONNXError(.invalid, at: "tensor \(quoted(tensor.name))", "two initialisers have this name")
        }
        // Files of IR version 3 list initialisers among the inputs.
        let input = try ONNXInput(graph.input.filter { initialisers[$0.name] == nil }, imageShape: imageShape)
        let (nodes, used) = try nodes(of: graph, neededFor: output, names: [input.name] + initialisers.keys, opset: opset)

        var reading = try input.graph(initialisers: initialisers, byteCount: byteCount, folder: folder)
        for node in nodes {
            let values = try reading.results(of: node)
            for (index, name) in node.outputs.enumerated() where !name.isEmpty {
                if index < values.count, let value = values[index] {
                    reading.define(name, as: value)
                } else if used.contains(name) {
                    throw node.unsupported("its output \(quoted(name)) is used, and is not supported")
                }
            }
        }
        return (try reading.network(output: output), reading.folder)
    }

    /// The nodes that `output` depends on, in their order, and the names of the values they use.
    private static func nodes(
        of graph: Onnx_GraphProto, neededFor output: String, names: [String], opset: Int
    ) throws(ONNXError) -> (nodes: [ONNXNode], used: Set<String>) {
        var defined = Set(names)
        for (index, node) in graph.node.enumerated() {
            for name in node.output where !name.isEmpty && !defined.insert(name).inserted {
                throw ONNXError(.invalid, at: try ONNXNode(node, index: index, opset: opset).place, """
                    its output \(quoted(name)) is also defined elsewhere
                    """)
            }
        }
        var nodes: [ONNXNode] = []
        var used: Set<String> = [output]
        for (index, node) in graph.node.enumerated().reversed() where node.output.contains(where: used.contains) {
            let known = try ONNXNode(node, index: index, opset: opset)
            let domain = node.domain == "ai.onnx" ? "" : node.domain
            guard domain.isEmpty || ONNXOperator(rawValue: node.opType)?.domain == domain else {
                throw known.unsupported("""
                    operators of the domain \(quoted(node.domain)) are not supported; export the model with \
                    standard operators
                    """)
            }
            used.formUnion(node.input.filter { !$0.isEmpty })
            nodes.append(known)
        }
        return (nodes.reversed(), used)
    }
}
