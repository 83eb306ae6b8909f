/// The part of a `.npy` file before its elements: magic bytes, a version, and a Python dictionary of
/// element type, order and shape, padded so that the elements start at a multiple of 64 (NEP 1).
struct NumPyHeader {
    enum ElementType: Equatable {
        case bool, uint8, int8, uint16, int16, uint32, int32, uint64, int64, float16, float32, float64
        /// Text of this many characters, padded with zeros.
        case text(Int)

        /// - Parameter name: As NumPy writes it, without the byte order: `u1`, `f4`, `U21`.
        init?(_ name: Substring) {
            switch name {
            case "b1": self = .bool
            case "u1": self = .uint8
            case "i1": self = .int8
            case "u2": self = .uint16
            case "i2": self = .int16
            case "u4": self = .uint32
            case "i4": self = .int32
            case "u8": self = .uint64
            case "i8": self = .int64
            case "f2": self = .float16
            case "f4": self = .float32
            case "f8": self = .float64
            default:
                guard name.first == "U", let count = Int(name.dropFirst()), 1...1000 ~= count else { return nil }
                self = .text(count)
            }
        }

        /// As in headers, with the byte order that is written.
        var descriptor: String {
            switch self {
            case .bool: "|b1"
            case .uint8: "|u1"
            case .int8: "|i1"
            case .uint16: "<u2"
            case .int16: "<i2"
            case .uint32: "<u4"
            case .int32: "<i4"
            case .uint64: "<u8"
            case .int64: "<i8"
            case .float16: "<f2"
            case .float32: "<f4"
            case .float64: "<f8"
            case .text(let count): "<U\(count)"
            }
        }

        /// Bytes of an element.
        var size: Int {
            switch self {
            case .bool, .uint8, .int8: 1
            case .uint16, .int16, .float16: 2
            case .uint32, .int32, .float32: 4
            case .uint64, .int64, .float64: 8
            case .text(let count): 4 * count
            }
        }
    }

    let type: ElementType
    let shape: [Int]
    let byteCount: Int
    /// Whether the most significant byte of each number comes first.
    let isBigEndian: Bool

    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    init(from stream: inout some ByteStream & ~Copyable) throws(DatasetError) {
        let start = try stream.read(exactly: 8, for: "NumPy magic and version")
        guard start.starts(with: Self.magic), (1...3).contains(start[6]) else {
            throw Self.malformed(stream.name, "it does not start like an .npy file of version 1, 2 or 3")
        }
        let lengthBytes = try stream.read(exactly: start[6] == 1 ? 2 : 4, for: "NumPy header length")
        let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= 1 << 16 else {
            throw Self.malformed(stream.name, "its header claims to be \(length) bytes long")
        }
        let text = try stream.read(exactly: length, for: "NumPy header")
        var parser = PythonDictionary(text)
        guard let entries = parser.parse(), case .text(let type)? = entries["descr"],
              case .boolean(let isFortranOrdered)? = entries["fortran_order"],
              case .integers(let shape)? = entries["shape"] else {
            throw Self.malformed(stream.name, "its header is not a dictionary of descr, fortran_order and shape")
        }
        isBigEndian = type.first == ">"
        guard type.first.map({ "<>|=".contains($0) }) == true, let type = ElementType(type.dropFirst()) else {
            throw DatasetError(.unsupported, """
                \(stream.name): elements of NumPy type \(type.debugDescription) are not read here\
                \(type.hasSuffix("O") ? ": they are Python objects, which may execute anything when read" : ""). Store images as \
                uint8 or float32 and labels as int64, with astype for instance.
                """)
        }
        guard !isFortranOrdered || shape.count < 2 else {
            throw DatasetError(.unsupported, """
                \(stream.name): the array is stored in Fortran order. Store numpy.ascontiguousarray(…) of it.
                """)
        }
        guard let byteCount = elementCount(of: shape + [type.size]) else {
            throw Self.malformed(stream.name, "its shape \(shape) is absurd")
        }
        self.type = type
        self.shape = shape
        self.byteCount = byteCount
    }

    /// The bytes of a version 1 header.
    static func encoded(type: ElementType, shape: [Int]) -> [UInt8] {
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var text = "{'descr': '\(type.descriptor)', 'fortran_order': False, 'shape': (\(extents)), }"
        let unpadded = magic.count + 4 + text.utf8.count + 1
        text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
        let length = UInt16(text.utf8.count)
        return magic + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(text.utf8)
    }

    private static func malformed(_ file: String, _ what: String) -> DatasetError {
        DatasetError(.malformed, "\(file): \(what). It is truncated, altered or another kind of file: get it again.")
    }
}
