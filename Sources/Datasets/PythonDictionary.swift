/// The Python dictionary literals in `.npy` headers: text keys; text, booleans or tuples of non-negative integers as values.
/// Nothing else of Python is read.
struct PythonDictionary {
    enum Value: Equatable {
        case text(String)
        case boolean(Bool)
        case integers([Int])
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The entries, or nil when the text is anything else.
    mutating func parse() -> [String: Value]? {
        guard take("{") else { return nil }
        var entries: [String: Value] = [:]
        while !take("}") {
            guard let key = text(), take(":"), let value = value(), entries[key] == nil else { return nil }
            entries[key] = value
            guard take(",") || peek("}") else { return nil }
        }
        skipSpaces()
        return position == bytes.count ? entries : nil
    }

    private mutating func value() -> Value? {
        if take("True") { return .boolean(true) }
        if take("False") { return .boolean(false) }
        if peek("(") { return integers().map(Value.integers) }
        return text().map(Value.text)
    }

    private mutating func text() -> String? {
        for quote in ["'", "\""] where take(quote) {
            let start = position
            while position < bytes.count {
                if take(quote, skippingSpaces: false) {
                    return String(decoding: bytes[start..<position - 1], as: UTF8.self)
                }
                position += 1
            }
        }
        return nil
    }

    private mutating func integers() -> [Int]? {
        guard take("(") else { return nil }
        var values: [Int] = []
        while !take(")") {
            skipSpaces()
            let start = position
            while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
                position += 1
            }
            guard let value = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else { return nil }
            values.append(value)
            guard take(",") || peek(")"), values.count <= 32 else { return nil }
        }
        return values
    }

    private mutating func skipSpaces() {
        while position < bytes.count, [UInt8(ascii: " "), UInt8(ascii: "\n")].contains(bytes[position]) {
            position += 1
        }
    }

    private mutating func take(_ token: String, skippingSpaces: Bool = true) -> Bool {
        if skippingSpaces { skipSpaces() }
        guard bytes[position...].starts(with: token.utf8) else { return false }
        position += token.utf8.count
        return true
    }

    private mutating func peek(_ token: String) -> Bool {
        skipSpaces()
        return bytes[position...].starts(with: token.utf8)
    }
}
