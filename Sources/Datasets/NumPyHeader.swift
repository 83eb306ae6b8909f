/// What stands before the elements of a `.npy` file: magic bytes, a version, and a Python dictionary of
/// element type, order and shape, padded so that the elements start at a multiple of 64 (NEP 1).
struct NumPyHeader {
    enum ElementType: String {
        case uint8 = "|u1", int8 = "|i1"
        case uint16 = "<u2", int16 = "<i2", uint32 = "<u4", int32 = "<i4", uint64 = "<u8", int64 = "<i8"
        case float32 = "<f4", float64 = "<f8"

        var size: Int {
            switch self {
            case .uint8, .int8: 1
            case .uint16, .int16: 2
            case .uint32, .int32, .float32: 4
            case .uint64, .int64, .float64: 8
            }
        }
    }

    let type: ElementType
    let shape: [Int]
    let byteCount: Int

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
        guard let type = ElementType(rawValue: type) else {
            throw DatasetError(.unsupported, """
                \(stream.name): elements of NumPy type \(type.debugDescription) are not read here. Store images as \
                uint8 or float32 and labels as int64, little-endian, with astype for instance.
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
        var text = "{'descr': '\(type.rawValue)', 'fortran_order': False, 'shape': (\(extents)), }"
        let unpadded = magic.count + 4 + text.utf8.count + 1
        text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
        let length = UInt16(text.utf8.count)
        return magic + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(text.utf8)
    }

    private static func malformed(_ file: String, _ what: String) -> DatasetError {
        DatasetError(.malformed, "\(file): \(what). It is truncated, altered or another kind of file: get it again.")
    }
}
