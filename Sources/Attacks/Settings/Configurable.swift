/// A method with parameters that have names: an attack, a defense.
///
/// A parameter is a property and a line of `settings`. That determines how it is read, explained, checked and recorded. A
/// record can also be given back: `set(record)` turns a method with usual settings into the one that was recorded.
public protocol Configurable {
    /// The settings, in the order in which they are explained.
    static var settings: [Setting<Self>] { get }

    /// What is wrong with a combination of values that are each within their range; nil if nothing is.
    ///
    /// - Parameter given: What was asked for, by key; nothing where the method was made by a program.
    func conflict(given: [String: String]) -> String?
}

extension Configurable {
    /// nil: settings that do not depend on one another.
    public func conflict(given: [String: String]) -> String? { nil }

    /// The method with another value of a property.
    public func with<Value>(_ property: WritableKeyPath<Self, Value>, _ value: Value) -> Self {
        var changed = self
        changed[keyPath: property] = value
        return changed
    }

    /// Sets the given values and leaves the rest unchanged.
    ///
    /// - Parameters:
    ///   - values: By key.
    ///   - name: Whose settings they are, for messages.
    /// - Throws: `Failure` for a key that does not exist, with those that do, a value that is not of its kind or out of its
    ///   range, or values that do not go together.
    public mutating func set<Failure: DescribedError>(
        _ values: [String: String], of name: String, failing: Failure.Type = Failure.self
    ) throws(Failure) {
        for setting in Self.settings {
            if let text = values[setting.key], !setting.read(&self, text) {
                throw Failure("\(name): \(setting.refusal(of: text))")
            }
        }
        let known = Self.settings.map(\.key)
        if let unknown = values.keys.filter({ !known.contains($0) }).min() {
            let others = known.isEmpty ? ": it has none" : ". It has \(known.joined(separator: ", "))"
            throw Failure("\(name) has no setting '\(unknown)'\(others)")
        }
        if let conflict = conflict(given: values) { throw Failure("\(name): \(conflict)") }
    }

    /// The value of each setting that has one, by key. Given to `set`, they give the same method.
    public var record: [String: String] {
        Dictionary(uniqueKeysWithValues: Self.settings.compactMap { setting in setting.text(self).map { (setting.key, $0) } })
    }

    /// What is wrong with a method made by a program; nil if nothing is. A value that cannot be given back counts as wrong.
    public var refusal: String? {
        for setting in Self.settings {
            var copy = self
            if let text = setting.text(self), !setting.read(&copy, text) { return setting.refusal(of: text) }
        }
        return conflict(given: [:])
    }

    /// Its settings, whose usual values are those of this method.
    public var explained: [MethodSetting] {
        Self.settings.map {
            MethodSetting(key: $0.key, usual: $0.usual(self), expectation: $0.expectation, meaning: $0.meaning)
        }
    }
}

extension Setting {
    fileprivate func refusal(of text: String) -> String { "\(key) is \(text), and must be \(expectation): \(meaning)" }
}

/// A description, for people, of a setting of a method.
public struct MethodSetting: Sendable, Equatable {
    /// Its name.
    public let key: String
    /// The default value; nil if none is needed, or it follows from other settings.
    public let usual: String?
    /// The values it can have.
    public let expectation: String
    /// What it does.
    public let meaning: String

    /// A title, and a line for each setting with its usual value, its meaning and its range.
    public static func help(_ title: String, _ settings: [Self]) -> String {
        let rows = settings.map { ("\($0.key)\($0.usual.map { "=" + $0 } ?? "")", "\($0.meaning): \($0.expectation)") }
        let width = rows.map(\.0.count).max() ?? 0
        let lines = rows.map { name, meaning in
            "  \(name)\(String(repeating: " ", count: width - name.count))  \(meaning)"
        }
        return ([title] + lines).joined(separator: "\n")
    }
}

/// An error that consists of its message.
public protocol DescribedError: Error, CustomStringConvertible {
    /// An error with these words.
    init(_ description: String)
}
