/// A parameter of a method: a property, and how it is written, read and explained.
///
///     static var settings: [Setting<Self>] {
///         [.integer("steps", \.steps, in: 0...10_000, "steps of the attack")]
///     }
///
/// Reading, help, range check and record follow from the table that a method has of them (`Configurable`).
/// Invariant: if a property is within its range, `read` accepts what `text` gives, and sets the property to the same value.
public struct Setting<Method>: Sendable {
    /// Its name, as in `--set steps=40` and in what is recorded.
    public let key: String
    /// The values it can have: "a whole number between 0 and 10000".
    public let expectation: String
    /// What it does, in a few words.
    public let meaning: String
    /// Gives the property the value that a text stands for; false if it stands for none.
    let read: @Sendable (inout Method, String) -> Bool
    /// The property's value as a text; nil if it has no value, or one that cannot be set.
    let text: @Sendable (Method) -> String?
    /// The default value, for people; nil if it follows from other settings.
    let usual: @Sendable (Method) -> String?

    private init(
        key: String, expectation: String, meaning: String, read: @escaping @Sendable (inout Method, String) -> Bool,
        text: @escaping @Sendable (Method) -> String?, usual: (@Sendable (Method) -> String?)? = nil
    ) {
        (self.key, self.expectation, self.meaning) = (key, expectation, meaning)
        (self.read, self.text, self.usual) = (read, text, usual ?? text)
    }

    /// A parameter of any kind.
    ///
    /// - Parameters:
    ///   - text: A value as a text; nil for one that cannot be set.
    ///   - parse: The value of a text; nil if the text is not as expected.
    public static func value<Value>(
        _ key: String, _ path: WritableKeyPath<Method, Value> & Sendable, _ expectation: String, _ meaning: String,
        text: @escaping @Sendable (Value) -> String? = { "\($0)" }, parse: @escaping @Sendable (String) -> Value?
    ) -> Self {
        Self(
            key: key, expectation: expectation, meaning: meaning,
            read: { method, text in
                guard let value = parse(text) else { return false }
                method[keyPath: path] = value
                return true
            },
            text: { text($0[keyPath: path]) })
    }

    /// A text that some methods record and that changes nothing: giving it back is allowed, giving another is not.
    public static func remark(
        _ key: String, _ meaning: String, text: @escaping @Sendable (Method) -> String?, expectation: String
    ) -> Self {
        Self(key: key, expectation: expectation, meaning: meaning, read: { text($0) == $1 }, text: text)
    }

    /// The parameter of a part, as a parameter of the whole.
    public func within<Whole>(_ part: WritableKeyPath<Whole, Method> & Sendable) -> Setting<Whole> {
        Setting<Whole>(
            key: key, expectation: expectation, meaning: meaning, read: { read(&$0[keyPath: part], $1) },
            text: { text($0[keyPath: part]) }, usual: { usual($0[keyPath: part]) })
    }

    /// The parameter, without a usual value and left out of records: another way to write one that is recorded.
    public func unrecorded() -> Self {
        Self(key: key, expectation: expectation, meaning: meaning, read: read, text: { _ in nil })
    }
}

extension Setting {
    /// The types as which numbers can be read.
    public typealias Number = BinaryFloatingPoint & LosslessStringConvertible & Sendable

    /// A number within `range`.
    public static func number<Value: Number>(
        _ key: String, _ path: WritableKeyPath<Method, Value> & Sendable, in range: ClosedRange<Value>, _ meaning: String
    ) -> Self {
        value(key, path, "a number \(between(range))", meaning) { within(range, $0) }
    }

    /// A number within `range`, or none.
    ///
    /// - Parameter rule: The rule that applies without a number, such as "2.5·radius/steps"; it is then recorded and can also
    ///   be given.
    public static func number<Value: Number>(
        _ key: String, _ path: WritableKeyPath<Method, Value?> & Sendable, in range: ClosedRange<Value>,
        otherwise rule: String? = nil, _ meaning: String
    ) -> Self {
        value(
            key, path, "a number \(between(range))\(rule.map { ", or \($0)" } ?? "")", meaning,
            text: { $0.map { "\($0)" } ?? rule }
        ) { $0 == rule ? .some(nil) : within(range, $0).map { .some($0) } }
    }

    /// A number within `range`; if none is given, the value that follows from other settings is used and recorded.
    public static func number<Value: Number>(
        _ key: String, _ path: WritableKeyPath<Method, Value?> & Sendable, or resolved: KeyPath<Method, Value> & Sendable,
        in range: ClosedRange<Value>, _ meaning: String
    ) -> Self {
        number(key, path, in: range, meaning).resolved { "\($0[keyPath: resolved])" }
    }

    /// Numbers within `range`, or none.
    public static func numbers<Value: Number>(
        _ key: String, _ path: WritableKeyPath<Method, [Value]> & Sendable, in range: ClosedRange<Value>, _ meaning: String
    ) -> Self {
        value(
            key, path, "numbers \(between(range)), separated by commas", meaning,
            text: { $0.isEmpty ? nil : $0.map { "\($0)" }.joined(separator: ",") }
        ) { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { within(range, String($0)) }
            return numbers.count == parts.count ? numbers : nil
        }
    }

    /// A whole number within `range`.
    public static func integer(
        _ key: String, _ path: WritableKeyPath<Method, Int> & Sendable, in range: ClosedRange<Int>, _ meaning: String
    ) -> Self {
        value(key, path, "a whole number \(between(range))", meaning) { Int($0).flatMap { range.contains($0) ? $0 : nil } }
    }

    /// Yes or no.
    public static func flag(_ key: String, _ path: WritableKeyPath<Method, Bool> & Sendable, _ meaning: String) -> Self {
        value(key, path, "true or false", meaning) { Bool($0) }
    }

    /// One of some named values. Any other value, which only a program can set, is not recorded.
    public static func choice<Choice: RawRepresentable<String> & Equatable & Sendable>(
        _ key: String, _ path: WritableKeyPath<Method, Choice> & Sendable, among choices: [Choice], _ meaning: String
    ) -> Self {
        value(
            key, path, choices.map(\.rawValue).joined(separator: " or "), meaning,
            text: { choices.contains($0) ? $0.rawValue : nil }
        ) { text in choices.first { $0.rawValue == text } }
    }

    /// One of the cases of an enumeration.
    public static func choice<Choice: RawRepresentable<String> & Equatable & Sendable & CaseIterable>(
        _ key: String, _ path: WritableKeyPath<Method, Choice> & Sendable, _ meaning: String
    ) -> Self {
        choice(key, path, among: Array(Choice.allCases), meaning)
    }

    /// One of the cases of an enumeration; if none is given, the one that follows from other settings is used and recorded.
    public static func choice<Choice: RawRepresentable<String> & Equatable & Sendable & CaseIterable>(
        _ key: String, _ path: WritableKeyPath<Method, Choice?> & Sendable, or resolved: KeyPath<Method, Choice> & Sendable,
        _ meaning: String
    ) -> Self {
        value(
            key, path, Choice.allCases.map(\.rawValue).joined(separator: " or "), meaning, text: { $0?.rawValue }
        ) { Choice(rawValue: $0).map { .some($0) } }.resolved { $0[keyPath: resolved].rawValue }
    }

    private func resolved(_ text: @escaping @Sendable (Method) -> String?) -> Self {
        Self(key: key, expectation: expectation, meaning: meaning, read: read, text: text, usual: usual)
    }

    private static func between<Value>(_ range: ClosedRange<Value>) -> String {
        "between \(range.lowerBound) and \(range.upperBound)"
    }

    private static func within<Value: Number>(_ range: ClosedRange<Value>, _ text: String) -> Value? {
        Value(text).flatMap { range.contains($0) ? $0 : nil }
    }
}
