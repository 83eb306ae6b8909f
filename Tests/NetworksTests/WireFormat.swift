import Foundation

/// Protocol buffer messages written by hand, byte for byte, so that tests can say what no writer would:
/// wrong sizes, endless nesting, dimensions that overflow.
/// (https://protobuf.dev/programming-guides/encoding)
struct WireMessage {
    private(set) var bytes: [UInt8] = []

    static func varint(_ value: Int) -> [UInt8] {
        var (rest, bytes) = (UInt64(bitPattern: Int64(value)), [UInt8]())
        repeat {
            bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        return bytes
    }

    func integer(_ field: Int, _ value: Int) -> Self { adding(Self.varint(field << 3) + Self.varint(value)) }

    func number(_ field: Int, _ value: Float) -> Self {
        adding(Self.varint(field << 3 | 5) + withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init))
    }

    func bytes(_ field: Int, _ content: [UInt8]) -> Self {
        adding(Self.varint(field << 3 | 2) + Self.varint(content.count) + content)
    }

    func text(_ field: Int, _ text: String) -> Self { bytes(field, Array(text.utf8)) }

    func message(_ field: Int, _ message: WireMessage) -> Self { bytes(field, message.bytes) }

    func messages(_ field: Int, _ messages: [WireMessage]) -> Self { messages.reduce(self) { $0.message(field, $1) } }

    func adding(_ more: [UInt8]) -> Self {
        var copy = self
        copy.bytes += more
        return copy
    }
}

/// Small ONNX models of any kind of badness, by the field numbers of the public specification.
enum HandmadeONNX {
    /// A model that takes "x" and gives "y".
    static func model(
        _ nodes: [WireMessage], _ tensors: [WireMessage] = [], image: [Int] = [1, 2, 2], opset: Int? = 13,
        inputs: [WireMessage]? = nil, outputs: [String] = ["y"]
    ) -> Data {
        let graph = WireMessage().messages(1, nodes).text(2, "handmade").messages(5, tensors)
            .messages(11, inputs ?? [value("x", [nil] + image)]).messages(12, outputs.map { value($0, [nil, nil]) })
        let model = WireMessage().integer(1, 7).message(7, graph)
        return Data((opset.map { model.message(8, WireMessage().integer(2, $0)) } ?? model).bytes)
    }

    static func node(
        _ operation: String, _ inputs: [String], _ outputs: [String], name: String = "culprit", _ attributes: [WireMessage] = []
    ) -> WireMessage {
        var node = WireMessage()
        for input in inputs { node = node.text(1, input) }
        for output in outputs { node = node.text(2, output) }
        return node.text(3, name).text(4, operation).messages(5, attributes)
    }

    static func integer(_ name: String, _ value: Int) -> WireMessage {
        WireMessage().text(1, name).integer(3, value).integer(20, 2)
    }

    static func integers(_ name: String, _ values: [Int]) -> WireMessage {
        values.reduce(WireMessage().text(1, name)) { $0.integer(8, $1) }.integer(20, 7)
    }

    static func number(_ name: String, _ value: Float) -> WireMessage {
        WireMessage().text(1, name).number(2, value).integer(20, 1)
    }

    static func text(_ name: String, _ value: String) -> WireMessage {
        WireMessage().text(1, name).text(4, value).integer(20, 3)
    }

    /// A float32 tensor with raw data.
    static func tensor(_ name: String, _ shape: [Int], _ values: [Float], type: Int = 1) -> WireMessage {
        let raw = values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
        return shape.reduce(WireMessage()) { $0.integer(1, $1) }.integer(2, type).text(8, name).bytes(9, raw)
    }

    /// An int64 tensor with one axis.
    static func list(_ name: String, _ values: [Int]) -> WireMessage {
        let raw = values.flatMap { withUnsafeBytes(of: Int64($0).littleEndian, Array.init) }
        return WireMessage().integer(1, values.count).integer(2, 7).text(8, name).bytes(9, raw)
    }

    /// The declaration of an input or output; nil extents are left open.
    static func value(_ name: String, _ shape: [Int?], type: Int = 1) -> WireMessage {
        let dimensions = shape.map { $0.map { WireMessage().integer(1, $0) } ?? WireMessage().text(2, "N") }
        let tensor = WireMessage().integer(1, type).message(2, WireMessage().messages(1, dimensions))
        return WireMessage().text(1, name).message(2, WireMessage().message(1, tensor))
    }
}
