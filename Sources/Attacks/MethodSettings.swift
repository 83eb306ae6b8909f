/// The settings of an attack.
public typealias MethodSettings = SettingsReader<AttackError>

/// Settings of a method as text, each read once and by name. What is read is also what can be set, so that the explanation
/// never differs from the code. Its errors are those of the module that reads.
///
///     init(_ settings: inout MethodSettings) throws(AttackError) {
///         steps = try settings.integer("steps", default: 40, in: 0...10_000, "steps of the attack")
///     }
public struct SettingsReader<Failure: DescribedError>: Sendable {
    private let given: [String: String]
    /// What was asked for, in order.
    public private(set) var entries: [MethodSetting] = []

    /// - Parameter given: Values by key.
    public init(_ given: [String: String] = [:]) { self.given = given }

    /// A number within `range`.
    public mutating func number(
        _ key: String, default usual: Float, in range: ClosedRange<Float>, _ meaning: String
    ) throws(Failure) -> Float {
        try value(key, "\(usual)", meaning, "a number between \(range.lowerBound) and \(range.upperBound)") { text in
            Float(text).flatMap { range.contains($0) ? $0 : nil }
        } ?? usual
    }

    /// A number within `range`, if one is given.
    public mutating func optionalNumber(
        _ key: String, in range: ClosedRange<Float>, _ meaning: String
    ) throws(Failure) -> Float? {
        try value(key, nil, meaning, "a number between \(range.lowerBound) and \(range.upperBound)") { text in
            Float(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number within `range`, in double precision.
    public mutating func double(
        _ key: String, default usual: Double, in range: ClosedRange<Double>, _ meaning: String
    ) throws(Failure) -> Double {
        try value(key, "\(usual)", meaning, "a number between \(range.lowerBound) and \(range.upperBound)") { text in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        } ?? usual
    }

    /// A whole number within `range`.
    public mutating func integer(
        _ key: String, default usual: Int, in range: ClosedRange<Int>, _ meaning: String
    ) throws(Failure) -> Int {
        try value(key, "\(usual)", meaning, "a whole number between \(range.lowerBound) and \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        } ?? usual
    }

    /// One of the cases of an enumeration.
    public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, default usual: Choice, _ meaning: String
    ) throws(Failure) -> Choice {
        let names = Choice.allCases.map(\.rawValue).joined(separator: " or ")
        return try value(key, usual.rawValue, "\(meaning): \(names)", names, Choice.init(rawValue:)) ?? usual
    }

    /// Yes or no.
    public mutating func flag(_ key: String, default usual: Bool, _ meaning: String) throws(Failure) -> Bool {
        try value(key, "\(usual)", meaning, "true or false") { Bool($0) } ?? usual
    }

    private mutating func value<Value>(
        _ key: String, _ usual: String?, _ meaning: String, _ expectation: String, _ parse: (String) -> Value?
    ) throws(Failure) -> Value? {
        entries.append(MethodSetting(key: key, usual: usual, meaning: meaning))
        guard let text = given[key] else { return nil }
        guard let value = parse(text) else {
            throw Failure("\(key) is \(text), and must be \(expectation): \(meaning)")
        }
        return value
    }

    /// Numbers within `range`, separated by commas; none where none are given.
    public mutating func numbers(
        _ key: String, in range: ClosedRange<Float>, _ meaning: String
    ) throws(Failure) -> [Float] {
        let expectation = "numbers between \(range.lowerBound) and \(range.upperBound), separated by commas"
        return try value(key, nil, "\(meaning): numbers separated by commas", expectation) { text in
            let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
            return numbers.allSatisfy { $0.map(range.contains) ?? false } ? numbers.compactMap(\.self) : nil
        } ?? []
    }

    /// Whether all that was given was asked for.
    ///
    /// - Parameter owner: Whose settings they are.
    /// - Throws: An error that names a key nothing asked for, and those there are.
    public func checkAllRead(by owner: String) throws(Failure) {
        guard let unknown = given.keys.filter({ key in !entries.contains { $0.key == key } }).min() else { return }
        let known = entries.map(\.key).joined(separator: ", ")
        throw Failure("\(owner) has no setting '\(unknown)'\(known.isEmpty ? ": it has none" : ". It has \(known)")")
    }
}

/// What can be set of a method.
public struct MethodSetting: Sendable, Equatable {
    public let key: String
    /// The value where none is given; nil where there need not be one.
    public let usual: String?
    public let meaning: String
}

/// An error that is what it says.
public protocol DescribedError: Error, CustomStringConvertible {
    init(_ description: String)
}
