internal import Foundation

/// A node of an ONNX graph with typed access to its attributes, and what error messages call it.
struct ONNXNode {
    let operation: String
    /// The node's name for listings, or that of its first output.
    let name: String
    let inputs: [String]
    let outputs: [String]
    /// Version of the operator set the node is written in.
    let opset: Int
    /// What to call the node in messages.
    let place: String
    private let attributes: [String: Onnx_AttributeProto]

    init(_ node: Onnx_NodeProto, index: Int, opset: Int) throws(ONNXError) {
        operation = node.opType
        name = (node.name.isEmpty ? node.output.first ?? "" : node.name).printable
        inputs = node.input
        outputs = node.output
        self.opset = opset
        place = "node \(node.name.isEmpty ? String(index) : quoted(node.name)) (\(node.opType.printable))"
        var attributes: [String: Onnx_AttributeProto] = [:]
        for attribute in node.attribute {
            guard attributes.updateValue(attribute, forKey: attribute.name) == nil else {
                throw ONNXError(.invalid, at: place, "the attribute \(quoted(attribute.name)) is given twice")
            }
        }
        self.attributes = attributes
    }

    /// The name of input `index`; `nil` when it is left out, as optional inputs may be.
    func input(_ index: Int) -> String? {
        index < inputs.count && !inputs[index].isEmpty ? inputs[index] : nil
    }

    /// Checks the number of inputs, and that there are no attributes but these: an unknown one could change what
    /// the operator computes.
    func expect(inputs counts: ClosedRange<Int>, attributes known: String...) throws(ONNXError) {
        guard counts.contains(inputs.count) else {
            let bound = inputs.count < counts.lowerBound ? "at least \(counts.lowerBound)" : "at most \(counts.upperBound)"
            throw error("it has \(inputs.count) inputs and takes \(bound)")
        }
        if let unknown = attributes.keys.sorted().first(where: { !known.contains($0) }) {
            throw unsupported("the attribute \(quoted(unknown)) is not known in opset \(opset)")
        }
    }

    func hasAttribute(_ name: String) -> Bool { attributes[name] != nil }

    func integer(_ name: String) throws(ONNXError) -> Int? {
        guard let attribute = try attribute(name, .int) else { return nil }
        return Int(attribute.i)
    }

    func integers(_ name: String) throws(ONNXError) -> [Int]? {
        try attribute(name, .ints)?.ints.map(Int.init)
    }

    /// A truth value, which ONNX stores as 0 or 1.
    func flag(_ name: String) throws(ONNXError) -> Bool {
        (try integer(name) ?? 0) != 0
    }

    /// A number that must not be NaN or infinite.
    func number(_ name: String) throws(ONNXError) -> Float? {
        guard let attribute = try attribute(name, .float) else { return nil }
        guard attribute.f.isFinite else { throw error("the attribute \"\(name)\" is \(attribute.f)") }
        return attribute.f
    }

    func numbers(_ name: String) throws(ONNXError) -> [Float]? {
        try attribute(name, .floats)?.floats
    }

    func text(_ name: String) throws(ONNXError) -> String? {
        guard let attribute = try attribute(name, .string) else { return nil }
        return String(decoding: attribute.s, as: UTF8.self)
    }

    func tensor(_ name: String) throws(ONNXError) -> Onnx_TensorProto? {
        try attribute(name, .tensor)?.t
    }

    private func attribute(
        _ name: String, _ type: Onnx_AttributeProto.AttributeType
    ) throws(ONNXError) -> Onnx_AttributeProto? {
        guard let attribute = attributes[name] else { return nil }
        guard attribute.type == type else {
            throw error("the attribute \"\(name)\" does not have the type it needs")
        }
        return attribute
    }

    /// An error that this node breaks a rule of the format.
    func error(_ message: String) -> ONNXError { ONNXError(.invalid, at: place, message) }

    /// An error that this node uses something not supported.
    func unsupported(_ message: String) -> ONNXError { ONNXError(.unsupported, at: place, message) }
}
