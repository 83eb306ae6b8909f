import Yams
import Surety

/// The keys and values of a recipe, each read once and by name; the keys that are read are also the only ones allowed.
///
/// Values are what they look like: `90` is a number and `"90"` is not. YAML's anchors and aliases are refused: a few lines of
/// them can stand for more text than any machine can hold.
struct RecipeMapping {
    private let name: String
    private var values: [String: Yams.Node] = [:]
    private var lines: [[String]: Int] = [:]
    private var known: [String] = []

    /// - Throws: `SuretyError` when this is not YAML, or not a mapping with different keys that are words, or has an anchor.
    init(_ yaml: String, name: String) throws(SuretyError) {
        self.name = name
        try refuseAnchors(yaml)
        let root: Yams.Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw SuretyError("\(name)\(Self.explanation(of: error, yaml))")
        }
        guard let root, let mapping = root.mapping else {
            throw SuretyError("\(name): there are no keys in it. Write lines such as \"defense: trades\".")
        }
        for (key, value) in mapping {
            guard let word = key.scalar?.string else { throw problem(in: key, "a key must be a word") }
            values[word] = value
            lines[[word]] = key.mark?.line
        }
    }

    mutating func text(_ key: String) throws(SuretyError) -> String? {
        guard let value = take(key) else { return nil }
        guard let text = value.scalar?.string, !text.isEmpty else {
            throw problem(in: value, "\(key) must be a word or a text")
        }
        return text
    }

    mutating func number(_ key: String) throws(SuretyError) -> Float? { try scalar(key, "a number") { Float($0) } }

    mutating func integer(_ key: String) throws(SuretyError) -> Int? { try scalar(key, "a whole number") { Int($0) } }

    mutating func flag(_ key: String) throws(SuretyError) -> Bool? { try scalar(key, "true or false") { Bool($0) } }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String) throws(SuretyError) -> Choice? {
        try scalar(key, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))") { Choice(rawValue: $0) }
    }

    /// A value that is written without quotes.
    mutating func scalar<Value>(
        _ key: String, _ expectation: String, _ parse: (String) -> Value?
    ) throws(SuretyError) -> Value? {
        guard let value = take(key) else { return nil }
        guard let parsed = Self.plain(value).flatMap(parse) else {
            throw problem(in: value, "\(key) is \(Self.description(of: value)), and must be \(expectation)")
        }
        return parsed
    }

    /// Values in brackets or below one another, or a single one.
    mutating func list<Value>(
        _ key: String, _ expectation: String, _ parse: (String) -> Value?
    ) throws(SuretyError) -> [Value]? {
        guard let value = take(key) else { return nil }
        let items = value.sequence.map(Array.init) ?? [value]
        let parsed = items.compactMap { Self.plain($0).flatMap(parse) }
        guard !parsed.isEmpty, parsed.count == items.count else {
            throw problem(in: value, "\(key) is \(Self.description(of: value)), and must be \(expectation), as in [1, 2]")
        }
        return parsed
    }

    /// A mapping from words to scalars; returns their texts.
    mutating func texts(_ key: String) throws(SuretyError) -> [String: String] {
        guard let value = take(key) else { return [:] }
        guard let mapping = value.mapping else {
            throw problem(
                in: value, "\(key) is \(Self.description(of: value)), and must hold keys and values, as in {sigma: 0.5}")
        }
        var texts: [String: String] = [:]
        for (inner, value) in mapping {
            guard let word = inner.scalar?.string, let text = value.scalar?.string, !text.isEmpty else {
                throw problem(in: inner, "\(key) must hold words and their values, as in {sigma: 0.5}")
            }
            texts[word] = text
            lines[[key, word]] = inner.mark?.line
        }
        return texts
    }

    /// Refuses keys that nothing has read.
    func finish() throws(SuretyError) {
        guard let unknown = values.keys.min(by: { lines[[$0]] ?? 0 < lines[[$1]] ?? 0 }) else { return }
        throw problem(
            at: [unknown], "there is no key '\(unknown)'. A recipe has \(known.sorted().joined(separator: ", ")).")
    }

    /// Refuses what could begin an anchor: `&` before a word, not within one. Without an anchor, there is no alias.
    ///
    /// The YAML composer cannot do this: it compares the keys of each mapping, including everything that aliases stand for.
    /// So texts and comments with `&` before a word are refused too.
    private func refuseAnchors(_ yaml: String) throws(SuretyError) {
        func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        var line = 1
        var previous = UInt8(ascii: "\n")
        var bytes = yaml.utf8.makeIterator()
        var next = bytes.next()
        while let byte = next {
            next = bytes.next()
            let beginsName = next.map { isWord($0) || [UInt8(ascii: "-"), UInt8(ascii: "_")].contains($0) } ?? false
            if byte == UInt8(ascii: "&"), !isWord(previous), beginsName {
                throw SuretyError("""
                    \(name), line \(line): a recipe has no anchors and aliases. Write each value where it belongs; in a text \
                    leave a space after '&'.
                    """)
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            previous = byte
        }
    }

    /// An error with the line of a key, or of a key within a key's value.
    func problem(at path: [String], _ words: String) -> SuretyError {
        SuretyError("\(name)\(lines[path].map { ", line \($0)" } ?? ""): \(words)")
    }

    private func problem(in node: Yams.Node, _ words: String) -> SuretyError {
        SuretyError("\(name)\(node.mark.map { ", line \($0.line)" } ?? ""): \(words)")
    }

    private mutating func take(_ key: String) -> Yams.Node? {
        known.append(key)
        return values.removeValue(forKey: key)
    }

    /// The text of a scalar that is not in quotes.
    private static func plain(_ node: Yams.Node) -> String? {
        node.scalar.flatMap { $0.style == .plain || $0.style == .any ? $0.string : nil }
    }

    private static func description(of node: Yams.Node) -> String {
        switch node {
        case .scalar(let scalar): plain(node).map { $0.isEmpty ? "empty" : "'\($0)'" } ?? "the text \"\(scalar.string)\""
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .alias: "an alias"
        }
    }

    /// What is wrong with the file as YAML, with the line if it is known.
    private static func explanation(of error: any Error, _ yaml: String) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return ", line \(mark.line): this is not YAML: \(problem)"
        case .duplicatedKeysInMapping(let keys, _):
            let key = keys.map { $0.description }.sorted().first ?? ""
            let line = yaml.split(separator: "\n", omittingEmptySubsequences: false)
                .lastIndex { $0.drop { $0 == " " }.hasPrefix("\(key):") }
            return "\(line.map { ", line \($0 + 1)" } ?? ""): the key '\(key)' is given twice"
        default:
            return ": this is not YAML: \(error)"
        }
    }
}
