/// A noise in records: an object with its family's name and its parameters.
extension Noise: Codable {
    private struct Key: CodingKey {
        static let name = Key("name")

        let stringValue: String
        let intValue: Int? = nil

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(type(of: family).name, forKey: .name)
        for (name, value) in parameters { try container.encode(value, forKey: Key(name)) }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        try self.init(named: container.decode(String.self, forKey: .name)) { try container.decode(Double.self, forKey: Key($0)) }
    }
}
