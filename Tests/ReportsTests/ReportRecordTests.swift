import Foundation
import SuretyReports
import Testing

/// The report for programs holds the same figures at full precision.
@Suite struct ReportRecordTests {
    private struct Record: Decodable {
        struct Run: Decodable { let name: String }
        struct Model: Decodable {
            let name, sha256, data: String
            let metadata: [String: String]
            let classifiers: [Classifier]
        }
        struct Classifier: Decodable {
            let classifier, norm: String
            let sigma, naturalAccuracy, averageCertifiedRadius, medianAttack, meanGap, nauc: Double?
            let images: [Image]
            let beaten: [String: Beaten]
        }
        struct Beaten: Decodable, Equatable { let images, attacked: Int }
        struct Image: Decodable, Equatable {
            let image, label: Int
            let certified, proven, attackedWithin, attack: Double?
            let estimates: [String: Double]
            let attacked: Bool
            let attackedBy: String?
            let attackedAs: Int?
        }
        struct Alarm: Decodable {
            let model, classifier, norm: String
            let guaranteed, distance: Double
            let alpha: Double?
        }
        let runs: [Run]
        let models: [Model]
        let alarms: [Alarm]
    }

    private func record(_ paths: [String]) throws -> Record {
        try JSONDecoder().decode(Record.self, from: Data(RobustnessReport(paths).text(.json).utf8))
    }

    @Test func holdsEveryImagesBracket() throws {
        let runs = try HandMadeRuns(images: 4)
        let model = HandMadeRuns.model("digits", digit: 7, metadata: ["defense": "none"])
        let third = 1.0 / 3
        let paths = try [
            runs.bounds("bounds", of: model, [third, 0.2, 0.1, 0].map { .init(proven: $0, lipschitz: $0 * 3) }),
            runs.attack("near", of: model, radii: [0.5, 1], [.found(l2: third, linf: 0.1, as: 2), .nothing, .nothing]),
            runs.attack("far", of: model, first: 2, [.nothing, .found(l2: 7, linf: 0.1, as: 1)]),
        ]
        let record = try record(paths)
        #expect(record.runs.map(\.name) == ["bounds", "near", "far"] && record.models.count == 1)
        let entry = record.models[0]
        #expect(entry.name == "digits" && entry.sha256 == model.sha256 && entry.data == "made" && entry.metadata == ["defense": "none"])
        let classifier = try #require(entry.classifiers.first)
        #expect(classifier.classifier == "base" && classifier.norm == "l2" && classifier.sigma == nil)
        let name = "L-bound, logits"
        let expected: [Record.Image] = [
            .init(image: 0, label: 0, certified: nil, proven: third, attackedWithin: 1, attack: third, estimates: [name: third * 3],
                  attacked: true, attackedBy: "pgd", attackedAs: 2),
            .init(image: 1, label: 0, certified: nil, proven: 0.2, attackedWithin: 1, attack: nil, estimates: [name: 0.2 * 3],
                  attacked: true, attackedBy: nil, attackedAs: nil),
            // Looked for everywhere: no radius.
            .init(image: 2, label: 0, certified: nil, proven: 0.1, attackedWithin: nil, attack: nil, estimates: [name: 0.1 * 3],
                  attacked: true, attackedBy: nil, attackedAs: nil),
            .init(image: 3, label: 0, certified: nil, proven: 0, attackedWithin: nil, attack: 7, estimates: [name: 0],
                  attacked: true, attackedBy: "ddn", attackedAs: 1),
        ]
        #expect(classifier.images == expected)
        #expect(classifier.beaten[name] == .init(images: 1, attacked: 4))
        // The same figures as the report itself has, to the last bit.
        let report = try #require(try runs.report(paths))
        #expect(classifier.naturalAccuracy == 1 && classifier.averageCertifiedRadius == report.averageCertifiedRadius)
        #expect(classifier.meanGap == report.meanGap && classifier.nauc == report.normalisedArea)
        #expect(classifier.medianAttack == report.medianAttack && report.medianAttack == nil)
        // The proof's own edge was reached.
        #expect(record.alarms.map(\.guaranteed) == [third] && record.alarms[0].distance == third && record.alarms[0].alpha == nil)
    }

    @Test func smoothedClassifiersHaveTheirNoiseAndLevel() throws {
        let runs = try HandMadeRuns(images: 1)
        let paths = try [
            runs.certificates("certificates", [(0, 0.5)], sigma: 0.75, alpha: 0.01, norm: .linf),
            runs.attack("attack", norm: "linf", sigma: 0.75, [.found(l2: 9, linf: 0.25, as: 1)]),
        ]
        let record = try record(paths)
        let classifier = try #require(record.models.first?.classifiers.first)
        #expect(classifier.classifier == "smoothed" && classifier.sigma == 0.75 && classifier.norm == "linf")
        #expect(classifier.images.map(\.certified) == [0.5] && classifier.images.map(\.proven) == [nil])
        let alarm = try #require(record.alarms.first)
        #expect(alarm.alpha == 0.01 && alarm.distance == 0.25 && alarm.classifier == "smoothed, σ = 0.75 on 1/255" && alarm.norm == "linf")
    }
}
