internal import Foundation

/// Counts the messages in a file before they are decoded.
///
/// An empty message takes two bytes in a file and a few hundred in memory, so a file full of them would need a hundred times
/// its size. No honest file comes near the limit.
enum ONNXMessageCount {
    /// Nodes, attributes, tensors and the like together: at most 60 MB decoded.
    static let limit = 200_000

    /// Whether the file has more than `limit` messages. Damage ends the count; the decoder reports it.
    static func exceedsLimit(_ data: Data) -> Bool {
        data.withUnsafeBytes { bytes in
            var count = 0
            Schema.model.count(bytes[...], &count)
            return count > limit
        }
    }

    /// Which fields of a message hold messages, by the field numbers of Schema/onnx.proto.
    private struct Schema {
        let messages: [UInt64: Schema]

        static let leaf = Schema(messages: [:])
        static let tensor = Schema(messages: [13: leaf])
        static let node = Schema(messages: [5: Schema(messages: [5: tensor])])
        static let shape = Schema(messages: [1: leaf])
        static let value = Schema(messages: [2: Schema(messages: [1: Schema(messages: [2: shape])])])
        static let graph = Schema(messages: [1: node, 5: tensor, 11: value, 12: value])
        static let model = Schema(messages: [7: graph, 8: leaf, 14: leaf])

        /// Adds the number of messages within `bytes`, a message of this kind, to `count`, until that exceeds the limit.
        func count(_ bytes: Slice<UnsafeRawBufferPointer>, _ count: inout Int) {
            if messages.isEmpty { return }
            var rest = bytes
            while count <= limit, let key = rest.popVarint() {
                switch key & 7 {
                case 0: guard rest.popVarint() != nil else { return }
                case 1: rest = rest.dropFirst(8)
                case 5: rest = rest.dropFirst(4)
                case 2:
                    guard let length = rest.popVarint(), length <= rest.count else { return }
                    if let message = messages[key >> 3] {
                        count += 1
                        message.count(rest.prefix(Int(length)), &count)
                    }
                    rest = rest.dropFirst(Int(length))
                case 3, 4: break  // A group, which the format no longer uses: its fields are counted as if it were not there.
                default: return
                }
            }
        }
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Takes a protocol buffer varint from the front; `nil` at the end or if there is none.
    fileprivate mutating func popVarint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let byte = popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        return nil
    }
}
