import Certification
import Datasets
import Foundation
import Records
import Reports
import Testing

@Suite struct AttackDirectoryTests {
    private func record(_ attack: String) throws -> AttackRun.Record {
        let images = try LabelledImages(
            name: "made", split: .test, pixels: .uint8([1, 2]), count: 2, shape: [1, 1, 1], labels: [0, 1], source: "made")
        return AttackRun.Record(
            model: ModelRecord(file: "m.onnx", sha256: String(repeating: "0", count: 64)), data: DataRecord(images),
            selection: .all, settings: .init(attacks: [attack], norm: "l2", epsilon: [1], parameters: [:], seed: 0))
    }

    private func entry(_ image: Int) -> AttackDirectory.Entry {
        .init(
            finding: .init(
                image: image, label: image, cleanClass: image, class: image, attack: nil, success: false, l2: 0, linf: 0, queries: 1,
                seed: 0),
            adversarial: nil)
    }

    /// An attack that was refused before its first image does not keep the directory from another; one that found something does.
    @Test func aRunThatCameToNothingIsBegunAnew() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        func open(_ attack: String) throws -> AttackDirectory { try AttackDirectory(at: url, for: record(attack), images: [0, 1]) }
        _ = try open("first")
        do {
            let directory = try open("second")
            #expect(directory.remaining == [0, 1])
            #expect(throws: RunError.self, "it is in use") { try open("third") }
            try directory.append(entry(0))
        }
        #expect(throws: RunError.self) { try open("third") }
        do {
            let directory = try open("second")
            #expect(directory.remaining == [1])
            try directory.append(entry(1))
            try directory.finish()
        }
        #expect(throws: RunError.self) { try open("third") }
        #expect(try AttackRun(contentsOf: url).record.settings.attacks == ["second"])
    }
}
