import Foundation

/// The files of a run directory, as a stranger reads them.
struct RunFiles {
    /// `run.json`.
    let record: [String: Any]
    /// The lines of `certificates.jsonl`.
    let lines: [String]
    /// The lines of `certificates.tsv`, its header included.
    let rows: [String]

    init(_ directory: String) throws {
        record = try Self.object(Self.text(directory, "run.json"))
        lines = try Self.lines(directory)
        rows = try Self.text(directory, "certificates.tsv").split(separator: "\n").map(String.init)
    }

    /// The complete lines of the certificates so far; none where there is no file yet.
    static func lines(_ directory: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: "\(directory)/certificates.jsonl") else { return [] }
        return try text(directory, "certificates.jsonl").split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast().map(String.init)
    }

    /// The certificates without the time they took: the same for every batch size, thread count, shard and resume.
    var untimedLines: [String] {
        let timing = /"timing":\{"digest":"[0-9a-f]{64}","seconds":[0-9.e-]+\},/
        return lines.map { $0.replacing(timing, with: "", maxReplacements: 1) }
    }

    var untimedRows: [String] {
        rows.map { $0.split(separator: "\t").dropLast().joined(separator: "\t") }
    }

    /// What a line says.
    struct Certificate: Decodable {
        let image, label: Int
        let `class`: Int?
        let verdict: String
        let radius, pALower, pBUpper, pValue: Double?
        let counts: [Int]
        let selectionCounts: [Int]?
    }

    func certificates() throws -> [Certificate] {
        try lines.map { try JSONDecoder().decode(Certificate.self, from: Data($0.utf8)) }
    }

    /// A group of `run.json`, such as `settings`.
    func group(_ name: String) -> [String: Any] { record[name] as? [String: Any] ?? [:] }

    private static func text(_ directory: String, _ file: String) throws -> String {
        try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
    }

    private static func object(_ json: String) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
    }
}
