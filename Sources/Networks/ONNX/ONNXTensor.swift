internal import Foundation
import SuretyTensors

/// The element types of ONNX tensors that are read, by their numbers in the format.
enum ONNXElementType: Int32 {
    case float = 1
    case uint8 = 2
    case int8 = 3
    case int32 = 6
    case int64 = 7
    case bool = 9
    case float16 = 10
    case double = 11
    case bfloat16 = 16

    /// Bytes of an element in `raw_data`.
    var byteCount: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .float16, .bfloat16: 2
        case .float, .int32: 4
        case .int64, .double: 8
        }
    }

    /// Whether elements are floating-point numbers, which are computed with as `Float`.
    var isFloatingPoint: Bool {
        switch self {
        case .float, .float16, .double, .bfloat16: true
        case .uint8, .int8, .int32, .int64, .bool: false
        }
    }
}

extension ONNXConstant {
    /// A tensor of the file: raw little-endian bytes or typed data.
    ///
    /// - Throws: `ONNXError` when its data lies in another file, its type is not supported, or its
    ///   dimensions do not match its data.
    init(_ tensor: Onnx_TensorProto, name: String, place: String) throws(ONNXError) {
        guard tensor.dataLocation == 0 else {
            throw ONNXError(.unsupported, at: place, """
                its data lies in another file, and only the model file itself is available; give the model by its path
                """)
        }
        guard let type = ONNXElementType(rawValue: tensor.dataType) else {
            throw ONNXError(.unsupported, at: place, """
                element type \(tensor.dataType) is not supported; float32, float64, float16, bfloat16, int8, uint8, \
                int32, int64 and bool are
                """)
        }
        let shape = tensor.dims.map(Int.init)
        // Empty lists occur as constants; an empty tensor with large extents can only be a trap.
        guard shape.count <= NetworkLimits.axes + 1, let count = shape.checkedElementCount, count > 0 || shape == [0] else {
            throw ONNXError(.invalid, at: place, "the dimensions \(shape.prefix(10)) are not those of a tensor")
        }
        let elements =
            tensor.rawData.isEmpty
            ? try Self.typed(tensor, type, count: count, place: place)
            : try Self.raw(tensor.rawData, type, count: count, place: place)
        self.init(
            name: name, shape: shape, elements: elements, errors: type == .double ? Self.roundingErrors(tensor) : nil,
            type: type)
    }

    /// How far rounding to single precision moved each number of a tensor of doubles that was read; nil if it moved none.
    private static func roundingErrors(_ tensor: Onnx_TensorProto) -> [Float]? {
        let numbers = tensor.rawData.isEmpty ? tensor.doubleData : tensor.rawData.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 8).map {
                Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)))
            }
        }
        // A number and its neighbour in single precision are so close that their difference is exact.
        let errors = numbers.map { Float(roundingUp: abs(Double(Float($0)) - $0)) }
        return errors.contains { $0 != 0 } ? errors : nil
    }

    /// The elements when they are stored as repeated fields of their type.
    private static func typed(
        _ tensor: Onnx_TensorProto, _ type: ONNXElementType, count: Int, place: String
    ) throws(ONNXError) -> Elements {
        let elements: Elements =
            switch type {
            case .float: .numbers(tensor.floatData)
            case .double: .numbers(tensor.doubleData.map { Float($0) })
            case .float16: .numbers(tensor.int32Data.map { Float(half: UInt16(truncatingIfNeeded: $0)) })
            case .bfloat16: .numbers(tensor.int32Data.map { Float(brain: UInt16(truncatingIfNeeded: $0)) })
            case .uint8, .int8: .numbers(tensor.int32Data.map { Float($0) })
            case .int32, .bool: .sizes(tensor.int32Data.map { BatchSize(Int($0)) })
            case .int64: .sizes(tensor.int64Data.map { BatchSize(Int($0)) })
            }
        let found = switch elements {
        case .numbers(let numbers): numbers.count
        case .sizes(let sizes): sizes.count
        }
        guard found == count else {
            throw ONNXError(.invalid, at: place, """
                its dimensions call for \(count) elements and it holds \(found); the file is damaged or cut short
                """)
        }
        return elements
    }

    /// The elements when they are stored as bytes.
    private static func raw(
        _ data: Data, _ type: ONNXElementType, count: Int, place: String
    ) throws(ONNXError) -> Elements {
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow, data.count == byteCount else {
            throw ONNXError(.invalid, at: place, """
                its dimensions call for \(count) elements of \(type.byteCount) bytes and it holds \(data.count) \
                bytes; the file is damaged or cut short
                """)
        }
        return data.withUnsafeBytes { bytes in
            func integers<Value: FixedWidthInteger>(_: Value.Type) -> [Value] {
                (0..<count).map { Value(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * type.byteCount, as: Value.self)) }
            }
            return switch type {
            case .float: .numbers(integers(UInt32.self).map { Float(bitPattern: $0) })
            case .double: .numbers(integers(UInt64.self).map { Float(Double(bitPattern: $0)) })
            case .float16: .numbers(integers(UInt16.self).map { Float(half: $0) })
            case .bfloat16: .numbers(integers(UInt16.self).map { Float(brain: $0) })
            case .uint8: .numbers(bytes.map { Float($0) })
            case .int8: .numbers(bytes.map { Float(Int8(bitPattern: $0)) })
            case .int32: .sizes(integers(Int32.self).map { BatchSize(Int($0)) })
            case .int64: .sizes(integers(Int64.self).map { BatchSize(Int($0)) })
            case .bool: .sizes(integers(UInt8.self).map { BatchSize(Int($0)) })
            }
        }
    }
}
