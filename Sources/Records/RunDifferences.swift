import Foundation

extension RunRecord {
    /// What keeps two runs from being the same, each in words such as `settings.sigma: 0.25 there, 0.5 here`.
    ///
    /// - Parameter comparesSelection: whether the images must be the same as well.
    package func differences(from other: RunRecord, comparesSelection: Bool) throws -> [String] {
        let here = try Self.leaves(of: self, comparesSelection), there = try Self.leaves(of: other, comparesSelection)
        let differing = Set(here.keys).union(there.keys).filter { here[$0] != there[$0] }.sorted()
        // The generator and its key follow from the rest: they are named only if nothing else differs.
        let causes = differing.filter { !$0.hasPrefix("random.") }
        return (causes.isEmpty ? differing : causes).map { name in
            "\(name): \(there[name] ?? "nothing") there, \(here[name] ?? "nothing") here"
        }
    }

    /// What keeps this run from extending an earlier one, likewise. The images may be others.
    ///
    /// - Parameter settings: Those to compare with the earlier ones, in place of this run's own.
    package func differences(extending earlier: RunRecord, as settings: Settings) throws -> [String] {
        let before = RunRecord(
            model: model, data: data, settings: settings, selection: selection,
            environment: environment ?? .init(processor: "", threads: 1, libraries: ""))
        return try before.differences(from: earlier, comparesSelection: false)
    }

    private static func leaves(of record: RunRecord, _ includesSelection: Bool) throws -> [String: String] {
        var leaves: [String: String] = [:]
        func walk(_ value: JSONValue, _ path: String) {
            if case .object(let members) = value {
                for (key, member) in members { walk(member, path.isEmpty ? key : "\(path).\(key)") }
            } else {
                leaves[path] = value.description
            }
        }
        walk(try JSONValue(encoding: Identity(record: record)), "")
        if includesSelection { walk(try JSONValue(encoding: record.selection), "selection") }
        return leaves
    }
}

/// Any JSON, for comparing two records member by member.
private enum JSONValue: Decodable {
    case object([String: JSONValue])
    case list([JSONValue])
    case string(String)
    case natural(UInt64)
    case number(Double)
    case flag(Bool)
    case null

    init(encoding value: some Encodable) throws {
        self = try JSONDecoder().decode(JSONValue.self, from: CanonicalJSON.data(value))
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let members = try? container.decode([String: JSONValue].self) {
            self = .object(members)
        } else if let items = try? container.decode([JSONValue].self) {
            self = .list(items)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let natural = try? container.decode(UInt64.self) {
            self = .natural(natural)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }

    var description: String {
        switch self {
        case .object(let members): "\(members.keys.sorted())"
        case .list(let items): "[" + items.map(\.description).joined(separator: ", ") + "]"
        case .string(let text): text
        case .natural(let number): "\(number)"
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .null: "none"
        }
    }
}
