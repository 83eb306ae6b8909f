import Foundation
import SuretyAttacks
import SuretyBounds
import SuretyDatasets
import SuretyRecords
import SuretyReports
import SuretySmoothing
import SuretyTensors
import Testing

/// The curves of a report, from runs made by hand.
@Suite struct ClassifierReportTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)")
    private let model = ModelRecord(file: "m.onnx", sha256: String(repeating: "0", count: 64))

    private func images() throws -> LabelledImages {
        try LabelledImages(
            name: "made", split: .test, pixels: .uint8(Array(0..<8)), count: 8, shape: [1, 1, 1], labels: Array(repeating: 0, count: 8),
            source: "made")
    }

    /// A run of attacks in a norm at radii: for each image its distances in ℓ2 and ℓ∞, nil where nothing was found, 0 where it is wrong
    /// as it is.
    private func attack(
        _ name: String, _ norm: String, _ radii: [Double], first: Int = 0, _ found: [(l2: Double, linf: Double)?]
    ) throws -> String {
        let lines = found.enumerated().map { place, distance in
            AttackedImage(
                image: first + place, label: 0, cleanClass: distance?.l2 == 0 ? 1 : 0, adversarialClass: distance == nil ? 0 : 1,
                isSuccess: distance != nil, attack: distance?.l2 ?? 0 > 0 ? "pgd" : nil,
                distance: { ($0 == .l2 ? distance?.l2 : distance?.linf) ?? 0 }, queries: 1, adversarial: [])
        }
        let settings = AttackSettings(
            attacks: [radii.isEmpty ? "ddn" : "pgd"], norm: norm, epsilon: radii, parameters: [:], seed: 0)
        let url = folder.appendingPathComponent(name)
        try first == 0
            ? writeRun(settings, lines, of: model, images(), to: url) : writeUnsealedRun(settings, lines, of: model, images(), to: url)
        return url.path
    }

    private func joined(_ kind: ClassifierReport.Curve.Kind, _ norm: Norm, _ runs: String...) throws -> (
        report: ClassifierReport, curve: ClassifierReport.Curve
    ) {
        let report = try #require(try RobustnessReport(runs).models.first?.classifiers.first { $0.subject.norm == norm })
        return (report, try #require(report.curves.first { $0.kind == kind }))
    }

    /// What an attack in another norm found far away does not make known what is between: the curve ends at the radius attacked.
    @Test func theCurveEndsWhereAttacksEnded() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let near = try attack("near", "l2", [0.25, 0.5], [(0.2, 0.1), (0.4, 0.1), nil, nil, (0, 0)])
        let far = try attack("far", "linf", [0.3], [(3, 0.2), (3, 0.2), (3, 0.2), nil, (0, 0)])
        let (report, curve) = try joined(.attack, .l2, near, far)
        #expect(curve.limit == 0.5 && curve.isKnown(at: 0.5) && !curve.isKnown(at: 0.500001))
        #expect(curve.corners(upTo: 10).map(\.radius).max() == 0.5)
        #expect(curve.corners(upTo: 10).map(\.accuracy) == [0.8, 0.8, 0.6, 0.6, 0.4, 0.4])
        // (0.8 + 0.6) / 2 · 0.25 + (0.6 + 0.4) / 2 · 0.25, over 0.5.
        #expect(abs(try #require(report.normalisedArea) - 0.6) < 1e-12)
        let text = try RobustnessReport([near, far]).text(.md)
        #expect(!text.contains("r = 3 ") && text.contains("| under attack |"), "\(text)")
        let json = try JSONSerialization.jsonObject(with: Data(RobustnessReport([near, far]).text(.json).utf8)) as? [String: Any]
        let classifiers = (json?["models"] as? [[String: Any]])?.first?["classifiers"] as? [[String: Any]]
        let curves = classifiers?.first { $0["norm"] as? String == "l2" }?["curves"] as? [[String: Any]]
        #expect((curves?.first?["radii"] as? [Double])?.max() == 0.5)
    }

    /// Images attacked within different radii: the curve of all is known as far as the least of them, and NAUC no farther.
    @Test func theCurveEndsWhereSomeWereNotAttacked() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let some = try attack("some", "l2", [1, 2], [(1.5, 0.1), nil])
        let others = try attack("others", "l2", [1], first: 2, [nil, (0.5, 0.1)])
        let (report, curve) = try joined(.attack, .l2, some, others)
        #expect(curve.limit == 1 && curve.corners(upTo: 10).map(\.radius).max() == 1)
        #expect(report.normalisedArea == (1 + 0.75) / 2)
        // With a second, wider attack on those they are known as far.
        let wider = try attack("wider", "l2", [2], first: 2, [nil, nil])
        #expect(try joined(.attack, .l2, some, others, wider).curve.limit == 2)
        // An attack that needs no radius looked everywhere.
        let everywhere = try attack("everywhere", "l2", [], [(1.5, 0.1), nil])
        #expect(try joined(.attack, .l2, everywhere).curve.limit == nil)
    }

    /// At r = 0 every image counts that is right as it is, also one of which nothing is proven or estimated beyond.
    @Test func atRadiusZeroAllThatIsRightCounts() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let runs = try (0..<2).map { try bounds("bounds-\($0)", scale: Double(1 + $0)) }
        for kind in [ClassifierReport.Curve.Kind.guarantee, .estimate] {
            let (report, curve) = try joined(kind, .l2, runs[0])
            #expect(report.naturalAccuracy == (3, 4))
            #expect(curve.count(at: 0) == 3 && curve.count(at: 1e-9) == 2 && curve.count(at: 0.2) == 1, "\(curve.name)")
        }
        let text = try RobustnessReport([runs[0]]).text(.md)
        #expect(text.contains(/\| proven +\| +4 \| 0\.750 \|/), "\(text)")
        // The cautious one of two estimates, and the better one of two proofs.
        let both = try joined(.estimate, .l2, runs[0], runs[1])
        #expect(both.curve.count(at: 0.3) == 0 && both.report.brackets.map(\.provenRadius) == [0, 0, 0.2, 0.4])
    }

    /// Four images: wrong, right with nothing proven, and right within 0.1 and 0.2, times a scale.
    private func bounds(_ name: String, scale: Double) throws -> String {
        let sample = BoundsSettings.Sample(
            images: try images(), scores: [.logits, .probabilities],
            sampling: try BlockSampling(of: 100, blocks: 10, grid: [0.1]))
        let settings = BoundsSettings(norm: .l2, estimates: sample, proven: .init(method: .ibp, epsilon: nil))
        let lines = [0, 0, 0.1, 0.2].enumerated().map { image, radius in
            let estimates = #"{"loss":-1,"gradientNorm":1,"lipschitz":\#(scale * radius),"modulus":\#(scale * radius)}"#
            return """
                {"image":\(image),"label":0,"class":\(image == 0 ? 1 : 0),"logits":\(estimates),"probabilities":\(estimates),\
                "proven":{"method":"ibp","radius":\(scale * radius)}}
                """
        }
        let url = folder.appendingPathComponent(name)
        let bounds = try lines.map { try JSONDecoder().decode(ImageBounds.self, from: Data($0.utf8)) }
        try writeRun(settings, bounds, of: model, images(), to: url)
        try Data(#"{"logits":[],"probabilities":[]}"#.utf8).write(to: url.appending(path: "fits.json"))
        return url.path
    }
}
