import Foundation
import SuretyRecords
import SuretyTensors

/// An array as NumPy's `.npy` files hold it.
///
///     try NumPyArray(shape: [100, 10], .float32(logits)).write(to: url)      // numpy.load reads it
///     let labels = try NumPyArray(contentsOf: url)
///
/// Arrays in C order of truth values, integers, halves, singles, doubles and text can be read; integers other
/// than unsigned bytes are widened to 64 bits, halves to singles. Format: NEP 1, versions 1 to 3.
///
/// Invariant: there are as many elements as the shape says.
public struct NumPyArray: Sendable, Equatable {
    /// The elements in row-major order, by their type.
    public enum Elements: Sendable, Equatable {
        /// Bytes; NumPy's `uint8`, and truth values as 0 and 1.
        case uint8([UInt8])
        /// Integers; all other integer types are widened to this one.
        case int64([Int64])
        /// Singles.
        case float32([Float])
        /// Doubles.
        case float64([Double])
        /// Text.
        case text([String])
    }

    /// The extent of each axis, outermost first; empty for a scalar.
    public let shape: [Int]
    /// The elements, as many as the shape says.
    public let elements: Elements

    /// - Precondition: there are as many elements as the shape says.
    public init(shape: [Int], _ elements: Elements) {
        precondition(elementCount(of: shape) == elements.count, "\(elements.count) elements cannot fill \(shape)")
        self.shape = shape
        self.elements = elements
    }

    /// Reads a `.npy` file, plain or gzip.
    ///
    /// - Throws: `DatasetError` when it is missing, truncated, altered or of a type not listed above.
    public init(contentsOf file: URL) throws(DatasetError) {
        var stream = try FileStream(file)
        try self.init(from: &stream)
    }

    init(from stream: inout some ByteStream & ~Copyable) throws(DatasetError) {
        let header = try NumPyHeader(from: &stream)
        shape = header.shape
        elements = try Elements(header, from: &stream)
        try stream.expectEnd()
    }

    /// The bytes of a `.npy` file, version 1.
    public func encoded() -> [UInt8] {
        NumPyHeader.encoded(type: elements.type, shape: shape) + elements.bytes
    }

    /// Writes a `.npy` file, which appears under its name only when it is complete.
    ///
    /// - Throws: `DatasetError` when the system refuses.
    public func write(to file: URL) throws(DatasetError) {
        do {
            try Data(encoded()).replaceFile(at: file)
        } catch {
            throw .inaccessible(file, error.action, error.reason)
        }
    }
}

extension NumPyArray.Elements {
    /// The number of elements.
    public var count: Int {
        switch self {
        case .uint8(let values): values.count
        case .int64(let values): values.count
        case .float32(let values): values.count
        case .float64(let values): values.count
        case .text(let values): values.count
        }
    }

    /// The elements that follow the header.
    fileprivate init(_ header: NumPyHeader, from stream: inout some ByteStream & ~Copyable) throws(DatasetError) {
        switch header.type {
        case .uint8: self = .uint8(try stream.read(exactly: header.byteCount, for: "array elements"))
        case .bool: self = .uint8(try stream.read(exactly: header.byteCount, for: "array elements").map { $0 == 0 ? 0 : 1 })
        case .float16: self = .float32(try Self.values(UInt16.self, header, &stream) { Float(half: $0) })
        case .text(let length):
            try MemoryShare.require(header.byteCount / header.type.size, of: 32 + 8 * length, for: "text", in: stream.name)
            let characters = try Self.values(UInt32.self, header, &stream) { $0 }
            self = .text(stride(from: 0, to: characters.count, by: length).map { start in
                String(String.UnicodeScalarView(
                    characters[start..<start + length].prefix { $0 != 0 }.map { Unicode.Scalar($0) ?? "\u{FFFD}" }))
            })
        case .int8: self = .int64(try Self.integers(Int8.self, header, &stream))
        case .uint16: self = .int64(try Self.integers(UInt16.self, header, &stream))
        case .int16: self = .int64(try Self.integers(Int16.self, header, &stream))
        case .uint32: self = .int64(try Self.integers(UInt32.self, header, &stream))
        case .int32: self = .int64(try Self.integers(Int32.self, header, &stream))
        case .int64: self = .int64(try Self.integers(Int64.self, header, &stream))
        case .float32: self = .float32(try Self.values(UInt32.self, header, &stream, Float.init(bitPattern:)))
        case .float64: self = .float64(try Self.values(UInt64.self, header, &stream, Double.init(bitPattern:)))
        case .uint64:
            let values = try Self.integers(UInt64.self, header, &stream)
            guard values.allSatisfy({ $0 >= 0 }) else {
                throw DatasetError(.unsupported, """
                    \(stream.name): holds an integer of 2⁶³ or more. Store smaller ones, with astype("int64") for instance.
                    """)
            }
            self = .int64(values)
        }
    }

    private static func integers<Integer: FixedWidthInteger>(
        _: Integer.Type, _ header: NumPyHeader, _ stream: inout some ByteStream & ~Copyable
    ) throws(DatasetError) -> [Int64] {
        try values(Integer.self, header, &stream) { Int64(truncatingIfNeeded: $0) }
    }

    /// The results of `convert` on the little-endian integers that follow the header, read and converted in pieces.
    private static func values<Integer: FixedWidthInteger, Value, Stream: ByteStream & ~Copyable>(
        _: Integer.Type, _ header: NumPyHeader, _ stream: inout Stream, _ convert: (Integer) -> Value
    ) throws(DatasetError) -> [Value] {
        let size = MemoryLayout<Integer>.size
        let count = header.byteCount / size
        try MemoryShare.require(count, of: MemoryLayout<Value>.stride, for: "array elements", in: stream.name)
        var values: [Value] = []
        for start in stride(from: 0, to: header.byteCount, by: Stream.pieceSize) {
            let bytes = try stream.read(
                exactly: min(Stream.pieceSize, header.byteCount - start), for: "array elements", after: start,
                of: header.byteCount)
            if start == 0 { values.reserveCapacity(count) }
            values += decode(bytes, Integer.self, isBigEndian: header.isBigEndian, convert)
        }
        return values
    }

    /// The results of `convert` on the integers in `bytes`.
    static func decode<Integer: FixedWidthInteger, Value>(
        _ bytes: [UInt8], _: Integer.Type, isBigEndian: Bool, _ convert: (Integer) -> Value
    ) -> [Value] {
        bytes.withUnsafeBytes { raw in
            (0..<raw.count / MemoryLayout<Integer>.size).map { index in
                let offset = index * MemoryLayout<Integer>.size
                let stored = raw.loadUnaligned(fromByteOffset: offset, as: Integer.self)
                return convert(isBigEndian ? Integer(bigEndian: stored) : Integer(littleEndian: stored))
            }
        }
    }

    fileprivate var type: NumPyHeader.ElementType {
        switch self {
        case .uint8: .uint8
        case .int64: .int64
        case .float32: .float32
        case .float64: .float64
        case .text(let values): .text(max(1, values.map(\.unicodeScalars.count).max() ?? 1))
        }
    }

    fileprivate var bytes: [UInt8] {
        switch self {
        case .uint8(let values): values
        case .int64(let values): values.map(\.littleEndian).withUnsafeBytes { Array($0) }
        case .float32(let values): values.map(\.bitPattern.littleEndian).withUnsafeBytes { Array($0) }
        case .float64(let values): values.map(\.bitPattern.littleEndian).withUnsafeBytes { Array($0) }
        case .text(let values):
            values.flatMap { value in
                let scalars = value.unicodeScalars.map(\.value)
                return scalars + Array(repeating: 0, count: type.size / 4 - scalars.count)
            }.map(\.littleEndian).withUnsafeBytes { Array($0) }
        }
    }
}
