/// Settings of a defense as text, each read once and by name. What is read is also what can be set, so that the explanation
/// never differs from the code.
///
///     init(_ settings: inout DefenseSettings) throws(TrainingError) {
///         sigma = try settings.number("sigma", default: 0.25, in: 0...100, "standard deviation of the noise")
///     }
public struct DefenseSettings: Sendable {
    /// A setting that was asked for.
    public struct Entry: Sendable, Equatable {
        public let key: String
        /// The value where none is given; nil where there need not be one.
        public let usual: String?
        public let meaning: String
    }

    private let given: [String: String]
    /// What was asked for, in order.
    public private(set) var entries: [Entry] = []

    /// - Parameter given: Values by key.
    public init(_ given: [String: String] = [:]) { self.given = given }

    /// A number within `range`.
    public mutating func number(
        _ key: String, default usual: Float, in range: ClosedRange<Float>, _ meaning: String
    ) throws(TrainingError) -> Float {
        try value(key, "\(usual)", meaning, "a number between \(range.lowerBound) and \(range.upperBound)") { text in
            Float(text).flatMap { range.contains($0) ? $0 : nil }
        } ?? usual
    }

    /// A number within `range`, if one is given.
    public mutating func optionalNumber(
        _ key: String, in range: ClosedRange<Float>, _ meaning: String
    ) throws(TrainingError) -> Float? {
        try value(key, nil, meaning, "a number between \(range.lowerBound) and \(range.upperBound)") { text in
            Float(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A whole number within `range`.
    public mutating func integer(
        _ key: String, default usual: Int, in range: ClosedRange<Int>, _ meaning: String
    ) throws(TrainingError) -> Int {
        try value(key, "\(usual)", meaning, "a whole number between \(range.lowerBound) and \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        } ?? usual
    }

    /// One of the cases of an enumeration.
    public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, default usual: Choice, _ meaning: String
    ) throws(TrainingError) -> Choice {
        let names = Choice.allCases.map(\.rawValue).joined(separator: " or ")
        return try value(key, usual.rawValue, "\(meaning): \(names)", names, Choice.init(rawValue:)) ?? usual
    }

    /// Yes or no.
    public mutating func flag(_ key: String, default usual: Bool, _ meaning: String) throws(TrainingError) -> Bool {
        try value(key, "\(usual)", meaning, "true or false") { Bool($0) } ?? usual
    }

    private mutating func value<Value>(
        _ key: String, _ usual: String?, _ meaning: String, _ expectation: String, _ parse: (String) -> Value?
    ) throws(TrainingError) -> Value? {
        entries.append(Entry(key: key, usual: usual, meaning: meaning))
        guard let text = given[key] else { return nil }
        guard let value = parse(text) else {
            throw TrainingError("\(key) is \(text), and must be \(expectation): \(meaning)")
        }
        return value
    }

    /// The keys given that nothing asked for.
    var unknownKeys: [String] { given.keys.filter { key in !entries.contains { $0.key == key } }.sorted() }
}
