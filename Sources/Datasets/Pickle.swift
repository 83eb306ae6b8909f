import Foundation
import SuretyRecords

/// Reads Python's pickles of plain values and of NumPy arrays, and executes nothing. It knows the few functions that make an
/// array; any other function that a pickle calls is refused by name.
///
/// That suffices for the batches of CIFAR-10 and CIFAR-100, written by Python 2 (protocol 2) or Python 3 (up to protocol 5).
struct Pickle {
    /// A value.
    indirect enum Value {
        case none
        case integer(Int)
        case bytes(Data)
        case text(String)
        case list(List)
        case dictionary(Dictionary)
        case tuple([Value])
        case array(Array)
        /// Something that a pickle may call, by its name.
        case callable(String)
        /// A type of elements, by NumPy's name.
        case elementType(String)
    }

    /// Lists, dictionaries and arrays grow while they are read.
    final class List { var values: [Value] = [] }
    final class Dictionary { var members: [(key: Value, value: Value)] = [] }
    final class Array {
        var shape: [Int] = [], type = "", bytes = Data(), isInColumnOrder = false
    }

    /// What cannot be read, for people.
    struct Failure: Error { let description: String }

    private let bytes: Data
    private var place = 0
    private var stack: [Value] = []
    private var marks: [Int] = []
    private var memo: [Int: Value] = [:]

    private init(_ bytes: Data) { self.bytes = bytes }

    /// The value that a file holds.
    static func read(_ contents: Data) throws(Failure) -> Value {
        var pickle = Pickle(Data(contents))
        return try pickle.run()
    }

    private mutating func run() throws(Failure) -> Value {
        while true {
            let code = try byte()
            switch code {
            case 0x80: _ = try byte()  // the protocol
            case 0x95: _ = try integer(8)  // the length of a frame
            case UInt8(ascii: "."): return try pop()
            case UInt8(ascii: "("): marks.append(stack.count)
            case UInt8(ascii: "N"): stack.append(.none)
            case 0x88: stack.append(.integer(1))
            case 0x89: stack.append(.integer(0))
            case UInt8(ascii: "K"): stack.append(.integer(try integer(1)))
            case UInt8(ascii: "M"): stack.append(.integer(try integer(2)))
            case UInt8(ascii: "J"): stack.append(.integer(Int(Int32(truncatingIfNeeded: try integer(4)))))
            case 0x8A: try pushLong()
            case UInt8(ascii: "U"), UInt8(ascii: "C"): stack.append(.bytes(try take(try integer(1))))
            case UInt8(ascii: "T"), UInt8(ascii: "B"): stack.append(.bytes(try take(try integer(4))))
            case 0x8E, 0x96: stack.append(.bytes(try take(try integer(8))))
            case 0x8C: stack.append(.text(try text(try integer(1))))
            case UInt8(ascii: "X"): stack.append(.text(try text(try integer(4))))
            case UInt8(ascii: "]"): stack.append(.list(List()))
            case UInt8(ascii: "}"): stack.append(.dictionary(Dictionary()))
            case UInt8(ascii: ")"): stack.append(.tuple([]))
            case UInt8(ascii: "t"): stack.append(.tuple(try popMarked()))
            case 0x85, 0x86, 0x87: try pushTuple(Int(code) - 0x84)
            case UInt8(ascii: "a"):
                let value = try pop()
                try append([value])
            case UInt8(ascii: "e"):
                let values = try popMarked()
                try append(values)
            case UInt8(ascii: "s"):
                let value = try pop(), key = try pop()
                try set([key, value])
            case UInt8(ascii: "u"):
                let members = try popMarked()
                try set(members)
            case UInt8(ascii: "q"): memo[try integer(1)] = try top()
            case UInt8(ascii: "r"): memo[try integer(4)] = try top()
            case 0x94: memo[memo.count] = try top()
            case UInt8(ascii: "h"): stack.append(try remembered(try integer(1)))
            case UInt8(ascii: "j"): stack.append(try remembered(try integer(4)))
            case UInt8(ascii: "c"): stack.append(.callable("\(try line()).\(try line())"))
            case 0x93:
                guard case .text(let name) = try pop(), case .text(let module) = try pop() else { throw damaged }
                stack.append(.callable("\(module).\(name)"))
            case UInt8(ascii: "R"): try call()
            case UInt8(ascii: "b"): try build()
            default: throw Failure(description: "it has the instruction \(code), which is not one of plain values and arrays")
            }
        }
    }

    private var damaged: Failure { Failure(description: "it is not a pickle, or it is damaged") }

    private mutating func byte() throws(Failure) -> UInt8 {
        guard place < bytes.count else { throw damaged }
        place += 1
        return bytes[place - 1]
    }

    private mutating func take(_ count: Int) throws(Failure) -> Data {
        guard count >= 0, count <= bytes.count - place else { throw damaged }
        place += count
        return bytes[place - count..<place]
    }

    /// A little-endian integer of up to eight bytes, if it does not overflow.
    private mutating func integer(_ size: Int) throws(Failure) -> Int {
        let value = try take(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let value = Int(exactly: value) else { throw damaged }
        return value
    }

    private mutating func text(_ count: Int) throws(Failure) -> String { String(decoding: try take(count), as: UTF8.self) }

    private mutating func line() throws(Failure) -> String {
        guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) else { throw damaged }
        let line = String(decoding: bytes[place..<end], as: UTF8.self)
        place = end + 1
        return line
    }

    private mutating func pushLong() throws(Failure) {
        let size = try integer(1)
        guard size <= 8 else { throw Failure(description: "it has a number of \(size) bytes") }
        let digits = try take(size)
        let isNegative = digits.last.map { $0 >= 0x80 } ?? false
        let value = digits.reversed().reduce(isNegative ? UInt64.max : 0) { $0 << 8 | UInt64($1) }
        stack.append(.integer(Int(Int64(bitPattern: value))))
    }

    private mutating func pop() throws(Failure) -> Value {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else { throw damaged }
        return value
    }

    private func top() throws(Failure) -> Value {
        guard let value = stack.last else { throw damaged }
        return value
    }

    private mutating func popMarked() throws(Failure) -> [Value] {
        guard let mark = marks.popLast(), mark <= stack.count else { throw damaged }
        defer { stack.removeSubrange(mark...) }
        return Swift.Array(stack[mark...])
    }

    private mutating func pushTuple(_ count: Int) throws(Failure) {
        var values: [Value] = []
        for _ in 0..<count { values.insert(try pop(), at: 0) }
        stack.append(.tuple(values))
    }

    private func remembered(_ key: Int) throws(Failure) -> Value {
        guard let value = memo[key] else { throw damaged }
        return value
    }

    private func append(_ values: [Value]) throws(Failure) {
        guard case .list(let list) = try top() else { throw damaged }
        list.values += values
    }

    private func set(_ values: [Value]) throws(Failure) {
        guard case .dictionary(let dictionary) = try top(), values.count.isMultiple(of: 2) else { throw damaged }
        for place in stride(from: 0, to: values.count, by: 2) { dictionary.members.append((values[place], values[place + 1])) }
    }

    /// The functions that make an array: an empty one that is filled later, one from given bytes, its type, and Python 2's
    /// bytes in Python 3.
    private mutating func call() throws(Failure) {
        guard case .tuple(let arguments) = try pop(), case .callable(let name) = try pop() else { throw damaged }
        switch name {
        case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct": stack.append(.array(Array()))
        case "numpy.dtype":
            guard let type = arguments.first?.string else { throw damaged }
            stack.append(.elementType(type))
        case "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer":
            guard arguments.count == 4, case .bytes(let bytes) = arguments[0], case .elementType(let type) = arguments[1],
                case .tuple(let shape) = arguments[2], let order = arguments[3].string
            else { throw damaged }
            let array = Array()
            (array.shape, array.type, array.bytes) = (shape.compactMap(\.integer), type, bytes)
            array.isInColumnOrder = order == "F"
            stack.append(.array(array))
        case "_codecs.encode":
            guard let text = arguments.first?.string else { throw damaged }
            let levels = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
            guard levels.count == text.unicodeScalars.count else { throw damaged }
            stack.append(.bytes(Data(levels)))
        default: throw Failure(description: "it would call \(name), which no data set needs")
        }
    }

    private mutating func build() throws(Failure) {
        let state = try pop()
        switch (try top(), state) {
        case (.array(let array), .tuple(let state)):
            // Version, shape, type, memory order, bytes.
            guard state.count == 5, case .tuple(let shape) = state[1], case .elementType(let type) = state[2],
                case .bytes(let bytes) = state[4]
            else { throw damaged }
            (array.shape, array.type, array.bytes) = (shape.compactMap(\.integer), type, bytes)
            array.isInColumnOrder = state[3].integer == 1
        // The byte order, which does not apply to single bytes.
        case (.elementType, .tuple): break
        default: throw damaged
        }
    }
}

extension Pickle.Value {
    /// The whole number; nil for anything else.
    var integer: Int? { if case .integer(let value) = self { value } else { nil } }

    /// The text, which may be stored as bytes; nil for anything else.
    var string: String? {
        switch self {
        case .text(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// A dictionary's member; nil if there is none.
    subscript(name: String) -> Pickle.Value? {
        guard case .dictionary(let dictionary) = self else { return nil }
        return dictionary.members.last { $0.key.string == name }?.value
    }
}

extension CIFAR {
    /// The labels and pixels of a batch in Python's form: a dictionary with `data`, N×3072 bytes, and `labels` or, for
    /// CIFAR-100, `fine_labels`.
    static func readPickle(_ file: URL) throws(DatasetError) -> (labels: [UInt8], pixels: [UInt8]) {
        let contents: Data
        do { contents = try Data(contentsOf: file) } catch {
            throw DatasetError(.missing, "\(file.path): cannot read it: \(error.systemReason)")
        }
        let batch: Pickle.Value
        do throws(Pickle.Failure) { batch = try Pickle.read(contents) } catch {
            throw DatasetError(.malformed, "\(file.path): \(error.description). Get the file again.")
        }
        guard case .array(let data)? = batch["data"], case .list(let labels)? = batch["fine_labels"] ?? batch["labels"],
            data.shape == [labels.values.count, pixelCount], data.bytes.count == labels.values.count * pixelCount,
            data.type == "u1" || data.type == "|u1", !data.isInColumnOrder
        else {
            throw DatasetError(.invalidContent, """
                \(file.path): it is not a batch of CIFAR, with data of N×\(pixelCount) bytes and N labels. Get the file again.
                """)
        }
        let numbers = labels.values.compactMap { $0.integer.flatMap { UInt8(exactly: $0) } }
        guard numbers.count == labels.values.count else {
            throw DatasetError(.invalidContent, "\(file.path): a label in it is not a class of CIFAR. Get the file again.")
        }
        return (numbers, [UInt8](data.bytes))
    }
}
