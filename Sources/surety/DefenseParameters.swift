/// The values of a defense's parameters: those given as `key=value`, and the usual ones.
///
/// Every error names the culprit and lists what the defense takes.
struct DefenseParameters {
    private let defense: DefenseName
    private let values: [String: String]

    /// - Throws: `CommandError` for words without `=`, for keys that the defense does not have, or has twice.
    init(of defense: DefenseName, _ assignments: [String]) throws(CommandError) {
        self.defense = defense
        var given: [String: String] = [:]
        for assignment in assignments {
            guard let sign = assignment.firstIndex(of: "=") else {
                throw CommandError("--set \(assignment): write key=value. \(defense.explanation)")
            }
            let key = String(assignment[..<sign])
            guard defense.parameters.contains(where: { $0.key == key }) else {
                throw CommandError("--set \(assignment): \(defense.rawValue) has no parameter '\(key)'. \(defense.explanation)")
            }
            guard given.updateValue(String(assignment[assignment.index(after: sign)...]), forKey: key) == nil else {
                throw CommandError("--set \(assignment): \(key) is given twice. \(defense.explanation)")
            }
        }
        values = defense.parameters.reduce(into: given) { values, parameter in
            if values[parameter.key] == nil { values[parameter.key] = parameter.value }
        }
    }

    func has(_ key: String) -> Bool { values[key] != nil }

    func positive(_ key: String) throws(CommandError) -> Float {
        try value(key, "a positive number") { Float($0).flatMap { $0 > 0 && $0.isFinite ? $0 : nil } }
    }

    func notNegative(_ key: String) throws(CommandError) -> Float {
        try value(key, "a number, at least 0") { Float($0).flatMap { $0 >= 0 && $0.isFinite ? $0 : nil } }
    }

    func count(_ key: String, in range: ClosedRange<Int>) throws(CommandError) -> Int {
        try value(key, "a whole number between \(range.lowerBound) and \(range.upperBound)") {
            Int($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, of type: Choice.Type = Choice.self
    ) throws(CommandError) -> Choice {
        try value(key, Choice.allCases.map(\.rawValue).joined(separator: " or "), Choice.init(rawValue:))
    }

    private func value<Value>(
        _ key: String, _ expectation: String, _ parse: (String) -> Value?
    ) throws(CommandError) -> Value {
        let text = values[key] ?? ""
        guard let value = parse(text) else {
            throw CommandError("--set \(key)=\(text): \(key) must be \(expectation). \(defense.explanation)")
        }
        return value
    }
}
