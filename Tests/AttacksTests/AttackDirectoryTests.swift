import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretyTensors
import Testing
import TestSupport

@Suite struct AttackDirectoryTests {
    private let images: LabelledImages

    init() throws {
        images = try LabelledImages(
            name: "made", split: .test, pixels: .float32([0.25, 0.5]), count: 2, shape: [1, 1, 1], labels: [0, 1], source: "made")
    }

    private func record(_ attack: String, norm: String = "l2") -> AttackRecord {
        AttackRecord(
            model: ModelRecord(file: "m.onnx", sha256: String(repeating: "0", count: 64)), data: DataRecord(images),
            settings: .init(attacks: [attack], norm: norm, epsilon: [1], parameters: [:], seed: 0), selection: .all,
            environment: .init(processor: "any", threads: 1, libraries: "none"))
    }

    /// Image 0 resisted; image 1 was moved by 0.25.
    private func finding(_ image: Int, _ attack: String) -> AttackedImage {
        let isMoved = image == 1
        return AttackedImage(
            image: image, label: image, cleanClass: image, adversarialClass: isMoved ? 0 : image, isSuccess: isMoved,
            attack: isMoved ? attack : nil, radius: isMoved ? 1 : nil, distance: { _ in isMoved ? 0.25 : 0 },
            queries: 1, adversarial: [isMoved ? 0.75 : 0.25])
    }

    /// An attack that was refused before its first image does not keep the directory from another; one that found something does.
    @Test func aRunThatCameToNothingIsBegunAnew() throws {
        let folder = try TemporaryFolder()
        func open(_ attack: String) throws -> AttackDirectory {
            try AttackDirectory(at: folder.url("run"), for: record(attack), images: images)
        }
        _ = try open("first")
        do {
            let directory = try open("second")
            #expect(directory.run.remaining == [0, 1])
            #expect(throws: RunError.self, "it is in use") { try open("third") }
            try directory.append([finding(0, "second")])
        }
        #expect(throws: RunError.self) { try open("third") }
        do {
            let directory = try open("second")
            #expect(directory.run.remaining == [1] && !directory.isFinished)
            try directory.append([finding(1, "second")])
            try directory.save()
        }
        #expect(throws: RunError.self) { try open("third") }
        #expect(try open("second").isFinished)
        #expect(try AttackRun(of: folder.url("run")).record.settings.attacks == ["second"])
        #expect(Verification<AttackSettings>.findings(in: folder.url("run"), images: images).isEmpty)
        #expect(try AttackVerification(of: folder.url("run"), images).findings(judgedBy: nil).isEmpty)
    }

    /// A kill between pixels and line, or in the middle of pixels, loses nothing; missing or altered pixels are reported.
    @Test func pixelsAndLinesAgree() throws {
        let folder = try TemporaryFolder()
        do {
            let directory = try AttackDirectory(at: folder.url("run"), for: record("pgd"), images: images)
            try directory.append([finding(0, "pgd")])
        }
        let pixels = try #require(folder.contents(of: "run/adversarial.part"))
        #expect(pixels.count == 4)
        func open() throws -> AttackDirectory { try AttackDirectory(at: folder.url("run"), for: record("pgd"), images: images) }
        try folder.write(pixels + Data([1, 2, 3, 4, 5]), to: "run/adversarial.part")
        do { #expect(try open().run.remaining == [1]) }
        #expect(folder.contents(of: "run/adversarial.part") == pixels)
        try folder.write(pixels.dropLast(), to: "run/adversarial.part")
        #expect(throws: RunError.self) { try open() }
        try folder.write(Data([0, 0, 0, 0]), to: "run/adversarial.part")
        #expect(throws: RunError.self) { try open() }
    }

    /// Whatever of a finished run is altered, with or without new digests, is named.
    @Test func alteredFindingsAreNamed() throws {
        let folder = try TemporaryFolder()
        /// A run of these findings, sealed again, as a forger can make it.
        func forged(_ change: (AttackedImage) -> AttackedImage, pixels: [Float] = [0.25, 0.75]) throws -> [String] {
            let url = folder.url(UUID().uuidString)
            let directory = try AttackDirectory(at: url, for: record("pgd"), images: images)
            for image in 0...1 { try directory.append([change(self.finding(image, "pgd"))]) }
            try directory.save()
            let adversarial = try LabelledImages(
                name: "made", split: .test, pixels: .float32(pixels), count: 2, shape: [1, 1, 1], labels: [0, 1], source: "made")
            try adversarial.write(archive: url.appending(path: "adversarial.npz"))
            try directory.run.attach(fileNamed: "adversarial.npz")
            let stated = Verification<AttackSettings>.findings(in: url, images: images)
            return try (stated + AttackVerification(of: url, images).findings(judgedBy: Judge())).map(\.description)
        }
        func finding(
            _ it: AttackedImage, attack: String? = nil, at distances: [Norm: Double] = [:], found: Int? = nil,
            success: Bool? = nil, radius: Double? = nil, clean: Int? = nil, adversarial: [Float]? = nil
        ) -> AttackedImage {
            AttackedImage(
                image: it.image, label: it.label, cleanClass: clean ?? it.cleanClass, adversarialClass: found ?? it.adversarialClass,
                isSuccess: success ?? it.isSuccess, attack: attack ?? it.attack, radius: radius ?? it.radius,
                distance: { distances[$0] ?? it.distance(in: $0) ?? 0 }, queries: it.queries, adversarial: adversarial ?? it.adversarial)
        }
        #expect(try forged { $0 } == [])
        let alterations: [(String, (AttackedImage) -> AttackedImage)] = [
            ("the distances l2 0.5 and linf 0.25 cannot both be", { $0.image == 1 ? finding($0, at: [.l2: 0.5]) : $0 }),
            ("the distances linf 0.5 and l2 0.25 cannot both be", { $0.image == 1 ? finding($0, at: [.linf: 0.5]) : $0 }),
            ("l2 is 0.5, but the images are 0.25 apart", { $0.image == 1 ? finding($0, at: [.l2: 0.5, .linf: 0.5]) : $0 }),
            ("success is false", { $0.image == 1 ? finding($0, success: false) : $0 }),
            ("the adversarial image has class 0, not class 1", { $0.image == 1 ? finding($0, found: 1, success: false) : $0 }),
            ("the clean image has class 0, not class 1", { $0.image == 0 ? finding($0, clean: 1) : $0 }),
            ("the attack ddn was not made", { $0.image == 1 ? finding($0, attack: "ddn") : $0 }),
            ("the radius 0.5 is not one of the run's", { $0.image == 1 ? finding($0, radius: 0.5) : $0 }),
            ("is not the one that was found", { $0.image == 1 ? finding($0, adversarial: [0.5]) : $0 }),
        ]
        for (message, change) in alterations {
            let found = try forged(change)
            #expect(found.contains { $0.contains(message) }, "\(message): \(found)")
        }
        #expect(try forged({ $0 }, pixels: [0.25, 0.5]).contains { $0.contains("is not the one that was found") })
    }

    /// Class 0 above 0.6, and below 0.3.
    private final class Judge: AttackJudge {
        func classes(of images: [[Float]], indices: [Int]) -> [Int?] { images.map { $0[0] > 0.6 || $0[0] < 0.3 ? 0 : 1 } }
    }
}
