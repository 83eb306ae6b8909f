import Foundation

/// JSON in exactly one form: keys sorted, no spaces, numbers with only as many digits as they need to be read back exactly.
/// Digests are taken over these bytes, and a record that does not encode to its own bytes again was not written by Surety.
package enum CanonicalJSON {
    /// - Throws: `EncodingError` for a number that is not finite.
    package static func data(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    /// The same JSON, for people: one line for each member, lists of numbers on one line, a line feed at the end.
    ///
    /// This is our own code, because Foundation's pretty form differs between versions and a digest must not.
    package static func indented(_ canonical: Data) -> Data {
        var result: [UInt8] = []
        var depth = 0
        var lists: [Bool] = []
        var isInString = false
        var isEscaped = false
        var isOpening = false
        func newLine() { result += [UInt8(ascii: "\n")] + [UInt8](repeating: UInt8(ascii: " "), count: 2 * depth) }
        for byte in canonical {
            if isOpening, byte != UInt8(ascii: "}") { newLine() }
            let wasOpening = isOpening
            isOpening = false
            if isInString {
                result.append(byte)
                if !isEscaped, byte == UInt8(ascii: "\"") { isInString = false }
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                isInString = true
                result.append(byte)
            case UInt8(ascii: "{"):
                lists.append(false)
                depth += 1
                isOpening = true
                result.append(byte)
            case UInt8(ascii: "}"):
                lists.removeLast()
                depth -= 1
                if !wasOpening { newLine() }
                result.append(byte)
            case UInt8(ascii: "["):
                lists.append(true)
                result.append(byte)
            case UInt8(ascii: "]"):
                lists.removeLast()
                result.append(byte)
            case UInt8(ascii: ","):
                result.append(byte)
                if lists.last == true { result.append(UInt8(ascii: " ")) } else { newLine() }
            case UInt8(ascii: ":"):
                result += [byte, UInt8(ascii: " ")]
            default:
                result.append(byte)
            }
        }
        return Data(result + [UInt8(ascii: "\n")])
    }

    /// A decoding error in words: which value, and what is wrong with it.
    package static func explain(_ error: any Error) -> String {
        func path(_ keys: [any CodingKey]) -> String {
            keys.isEmpty ? "the whole" : keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        }
        return switch error {
        case DecodingError.keyNotFound(let key, let context): "\(path(context.codingPath + [key])) is missing"
        case DecodingError.valueNotFound(_, let context): "\(path(context.codingPath)) is null"
        case DecodingError.typeMismatch(let type, let context): "\(path(context.codingPath)) is not of type \(type)"
        case DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty: "this is not JSON"
        case DecodingError.dataCorrupted(let context): "\(path(context.codingPath)): \(context.debugDescription)"
        default: "\(error)"
        }
    }
}
