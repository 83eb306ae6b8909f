import SuretyRecords

/// A kind of run with as little as one can have: a number for each of three images.
struct Tally: RunSettings {
    struct Line: RunLine {
        let image: Int
        var label = 1
        var share = 0.5
        var isOpen = false
        var timing: Double? = 0.25

        private enum CodingKeys: String, CodingKey { case image, isOpen, label, share }
    }

    static let schema = 2
    static let linesFile = "tallies.jsonl"
    static let lineName = "tally"
    static let methods = ["count"]

    var step = 0.1
    var seed = UInt64.max
    var radii: [Double] = []
    var names: [String: String] = [:]
    var isExact = false
    var limit: Double?
    /// The generator's key, which other settings make from their seed.
    var key: UInt64?

    private enum CodingKeys: String, CodingKey { case isExact, limit, names, radii, seed, step }

    var method: String { "count" }

    func random(model: ModelRecord, data: DataRecord) -> RandomRecord? {
        key.map { RandomRecord(generator: "counting", counter: "image", key: $0) }
    }

    /// A record of such a run.
    static func record(
        _ settings: Tally = Tally(), model: ModelRecord = .init(file: "m.onnx", sha256: "aa", metadata: ["made": "by hand"]),
        data: DataRecord = .init(name: "three", split: .test, sha256: "bb", count: 3, shape: [1, 2, 2]),
        selection: ImageSelection = .all, environment: RunEnvironment = .init(processor: "abacus", threads: 1, libraries: "none")
    ) -> RunRecord<Tally> {
        RunRecord(model: model, data: data, settings: settings, selection: selection, environment: environment)
    }
}

extension UInt8 {
    /// Ways to alter a byte of a file: several other bytes, none, and the byte twice.
    var replacements: [[UInt8]] { [1, 2, 3, 4, 0x20, 0x80].map { [self ^ $0] } + [[], [self, self]] }
}
