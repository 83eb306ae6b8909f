import Foundation

/// The numeric arrays of a MATLAB file, version 5: what `save` writes, `-v7` included, and SciPy's `savemat`.
///
///     let file = try MATFile(contentsOf: url)
///     file.arrays["X"]?.shape          // [26032, 3, 32, 32] for 32 × 32 × 3 × 26032
///
/// MATLAB stores the first axis innermost, so the shape here is MATLAB's in reverse. Format: "MAT-File Format", The
/// MathWorks, chapter 1.
///
/// There is a library for this, matio, but it hung on 7 of 30 000 damaged files.
struct MATFile {
    /// The arrays by name: truth values, integers or real numbers.
    private(set) var arrays: [String: NumPyArray] = [:]
    /// The other variables: their names, and what they are.
    private(set) var others: [String: String] = [:]

    /// - Throws: `DatasetError` when it is missing, truncated, altered or of another version.
    init(contentsOf file: URL) throws(DatasetError) {
        var stream = try FileStream(file)
        let header = try stream.read(exactly: 128, for: "MATLAB header")
        let isBigEndian = header[126...] == [0x4D, 0x49]
        guard isBigEndian || header[126...] == [0x49, 0x4D], header[isBigEndian ? 124 : 125] == 1 else {
            let isHDF5 = header.starts(with: Array("MATLAB 7.3".utf8))
            throw DatasetError(isHDF5 ? .unsupported : .malformed, """
                \(file.path): it is \(isHDF5 ? "a MATLAB file of version 7.3" : "not a MATLAB file of version 5"). \
                Write it with save(file, "X", "y", "-v7").
                """)
        }
        while let tag = try MATTag(from: &stream, isBigEndian) {
            let content = try stream.read(exactly: tag.byteCount, for: "a variable")
            switch tag.type {
            case .compressed:
                var unpacked = try InflatedStream(content, name: stream.name)
                guard let tag = try MATTag(from: &unpacked, isBigEndian), tag.type == .matrix else { throw Self.malformed(stream.name) }
                try add(&unpacked, isBigEndian)
            case .matrix:
                var bytes = BytesInMemory(name: stream.name, bytes: content[...])
                try add(&bytes, isBigEndian)
            default: throw Self.malformed(stream.name)
            }
        }
    }

    /// Reads one variable: what it is, its extents, its name, its numbers.
    private mutating func add(_ stream: inout some ByteStream & ~Copyable, _ isBigEndian: Bool) throws(DatasetError) {
        let flags = try Self.element(from: &stream, isBigEndian)
        let extents = try Self.element(from: &stream, isBigEndian)
        let nameElement = try Self.element(from: &stream, isBigEndian)
        guard flags.type == .uint32, flags.bytes.count == 8 else { throw Self.malformed(stream.name) }
        let kind = MATClass(rawValue: flags.bytes[isBigEndian ? 3 : 0])
        guard extents.type == .int32, nameElement.type == .int8 else {
            // It has no extents; its name stands in their place.
            guard kind == .opaque else { throw Self.malformed(stream.name) }
            others[String(decoding: extents.bytes, as: UTF8.self)] = kind?.withoutNumbers
            return
        }
        let name = String(decoding: nameElement.bytes, as: UTF8.self)
        let isComplex = flags.bytes[isBigEndian ? 2 : 1] & 0x08 != 0
        let isLogical = flags.bytes[isBigEndian ? 2 : 1] & 0x02 != 0
        guard let kind, kind.withoutNumbers == nil, !isComplex else {
            others[name] = kind.map { $0.withoutNumbers ?? "an array of complex numbers" } ?? "an unknown kind of variable"
            return
        }
        let shape = extents.integers(isBigEndian).reversed().map { Int($0) }
        guard let count = elementCount(of: shape), shape.allSatisfy({ $0 >= 0 }) else { throw Self.malformed(stream.name) }
        let numbers = try Self.element(from: &stream, isBigEndian)
        guard numbers.type.size.map({ elementCount(of: [count, $0]) == numbers.bytes.count }) == true else {
            throw Self.malformed(stream.name)
        }
        let elements: NumPyArray.Elements
        switch kind {
        // Doubles that are whole numbers lie in the file as such.
        case .double: elements = .float64(numbers.reals(isBigEndian))
        case .single: elements = .float32(numbers.reals(isBigEndian).map { Float($0) })
        case .uint8:
            let values = numbers.integers(isBigEndian)
            let levels = values.compactMap { isLogical ? UInt8(levelOf: $0 != 0) : UInt8(exactly: $0) }
            guard levels.count == values.count else { throw Self.malformed(stream.name) }
            elements = .uint8(levels)
        default: elements = .int64(numbers.integers(isBigEndian))
        }
        arrays[name] = NumPyArray(shape: shape, elements)
    }

    /// The next element of a variable, without the bytes that pad it to a multiple of eight.
    private static func element(
        from stream: inout some ByteStream & ~Copyable, _ isBigEndian: Bool
    ) throws(DatasetError) -> MATElement {
        guard let tag = try MATTag(from: &stream, isBigEndian) else { throw malformed(stream.name) }
        if let inline = tag.inline { return MATElement(type: tag.type, bytes: inline) }
        let bytes = try stream.read(exactly: tag.byteCount, for: "a variable")
        // The last element may lack this padding.
        _ = try stream.read(upTo: (8 - tag.byteCount % 8) % 8)
        return MATElement(type: tag.type, bytes: bytes)
    }

    private static func malformed(_ name: String) -> DatasetError {
        DatasetError(.malformed, """
            \(name): it holds something other than MATLAB variables. It is truncated or altered: get it again.
            """)
    }
}

/// What a variable is in MATLAB: the format's array classes.
private enum MATClass: UInt8 {
    case cell = 1, structure, object, text, sparse, double, single, int8, uint8, int16, uint16, int32, uint32, int64, uint64
    case opaque = 17

    /// What it is, if it is not an array of numbers; nil if it is one.
    var withoutNumbers: String? {
        switch self {
        case .cell: "a cell array"
        case .structure, .object: "a structure or an object"
        case .text: "text"
        case .sparse: "a sparse matrix"
        case .opaque: "an object, as tables and categorical arrays are"
        case .double, .single, .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64, .uint64: nil
        }
    }
}

/// How numbers are stored in the file.
private enum MATType: UInt32 {
    case int8 = 1, uint8, int16, uint16, int32, uint32, single, double = 9, int64 = 12, uint64, matrix, compressed

    /// Bytes of a number; nil for types that hold no numbers.
    var size: Int? {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .single: 4
        case .int64, .uint64, .double: 8
        case .matrix, .compressed: nil
        }
    }
}

/// The tag before each element: its type, and how many bytes it has.
private struct MATTag {
    let type: MATType
    let byteCount: Int
    /// The bytes themselves, if the tag contains them (at most four).
    let inline: [UInt8]?

    /// nil at the end.
    init?(from stream: inout some ByteStream & ~Copyable, _ isBigEndian: Bool) throws(DatasetError) {
        let first = try stream.read(upTo: 1)
        guard !first.isEmpty else { return nil }
        let bytes = first + (try stream.read(exactly: 7, for: "a tag"))
        let words = NumPyArray.Elements.decode(bytes, UInt32.self, isBigEndian: isBigEndian) { $0 }
        let (short, kind) = (Int(words[0] >> 16), words[0] & 0xFFFF)
        guard let type = MATType(rawValue: kind), short <= 4 else {
            throw DatasetError(.malformed, "\(stream.name): it has an element of the unknown type \(kind). It is altered: get it again.")
        }
        (self.type, byteCount) = (type, short > 0 ? short : Int(words[1]))
        inline = short > 0 ? Array(bytes[4..<4 + short]) : nil
    }
}

private struct MATElement {
    let type: MATType
    let bytes: [UInt8]

    func integers(_ isBigEndian: Bool) -> [Int64] { values(isBigEndian, { $0 }, { Int64(exactly: $0) ?? .min }) }

    func reals(_ isBigEndian: Bool) -> [Double] { values(isBigEndian, { Double($0) }, { $0 }) }

    private func values<Value>(_ isBigEndian: Bool, _ whole: (Int64) -> Value, _ real: (Double) -> Value) -> [Value] {
        typealias Elements = NumPyArray.Elements
        func decoded<Integer: FixedWidthInteger>(_: Integer.Type) -> [Value] {
            Elements.decode(bytes, Integer.self, isBigEndian: isBigEndian) { whole(Int64(clamping: $0)) }
        }
        return switch type {
        case .int8: decoded(Int8.self)
        case .uint8: decoded(UInt8.self)
        case .int16: decoded(Int16.self)
        case .uint16: decoded(UInt16.self)
        case .int32: decoded(Int32.self)
        case .uint32: decoded(UInt32.self)
        case .int64: decoded(Int64.self)
        case .uint64: decoded(UInt64.self)
        case .single: Elements.decode(bytes, UInt32.self, isBigEndian: isBigEndian) { real(Double(Float(bitPattern: $0))) }
        case .double: Elements.decode(bytes, UInt64.self, isBigEndian: isBigEndian) { real(Double(bitPattern: $0)) }
        case .matrix, .compressed: []
        }
    }
}

private struct BytesInMemory: ByteStream {
    let name: String
    var bytes: ArraySlice<UInt8>

    mutating func read(upTo count: Int) -> [UInt8] {
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }
}
