import Foundation
import SuretyAttacks
import SuretyRecords
import SuretySmoothing
import SuretyTensors

/// A report for programs: every figure at full precision, every image's bracket.
struct ReportRecord: Encodable {
    struct Model: Encodable {
        let name, sha256, data: String
        let metadata: [String: String]
        let classifiers: [Classifier]
    }

    struct Classifier: Encodable {
        let classifier: String
        let sigma: Double?
        let norm: Norm
        let naturalAccuracy, averageCertifiedRadius, medianAttack, meanGap, nauc: Double?
        let attacks: [Attack]
        /// By estimate, the attacked images on which an attack beat it.
        let beaten: [String: Beaten]
        let regularity: [Regularity]
        let curves: [Curve]
        let images: [Image]
    }

    /// A run of attacks; `copies` is m_test.
    struct Attack: Encodable {
        let attacks: [String]
        let images: Int
        let copies, n: Int?
        let alpha: Double?
        let source: String?
        let epsilon, accuracies: [Double]
    }

    struct Beaten: Encodable {
        let images, attacked: Int
    }

    struct Curve: Encodable {
        let name, kind: String
        let images: Int
        let radii, accuracies: [Double]
    }

    struct Image: Encodable {
        let image, label: Int
        let certified, proven: Double?
        let estimates: [String: Double]
        let attacked: Bool
        /// The largest radius within which attacks looked; nil if they looked at any distance, or there were none.
        let attackedWithin: Double?
        let attack: Double?
        let attackedBy: String?
        let attackedAs: Int?
    }

    struct Alarm: Encodable {
        let model, classifier: String
        let norm: Norm
        let image: Int
        let guaranteed, distance: Double
        let answer, attackedAs: Int?
        let attack: String?
        /// The certificate's confidence; nil for a proof.
        let alpha: Double?
    }

    /// A directory given, and what it states.
    struct Directory: Encodable {
        let name: String
        let statement: Premises
    }

    let runs: [Directory]
    let alarms: [Alarm]
    let models: [Model]

    init(_ report: RobustnessReport) {
        runs = report.statements.map { Directory(name: $0.name, statement: $0.statement) }
        alarms = report.alarms.map {
            Alarm(
                model: report.name(of: $0.subject), classifier: $0.subject.label, norm: $0.subject.norm,
                image: $0.image, guaranteed: $0.guarantee.radius, distance: $0.attack.distance,
                answer: $0.guarantee.answer, attackedAs: $0.attack.answer, attack: $0.attack.name,
                alpha: $0.guarantee.standing.alpha)
        }
        models = report.models.map { model in
            Model(
                name: model.name, sha256: model.record.sha256, data: model.data.name, metadata: model.record.metadata,
                classifiers: model.classifiers.map(Classifier.init))
        }
    }

    func json() throws(ReportError) -> String {
        do {
            return String(decoding: CanonicalJSON.indented(try CanonicalJSON.data(self)), as: UTF8.self)
        } catch {
            throw ReportError("The figures cannot be written as JSON: \(error).")
        }
    }
}

extension ReportRecord.Classifier {
    init(_ report: ClassifierReport) {
        let noise = report.subject.classifier.noise
        sigma = noise?.parameters["sigma"]
        classifier = noise == nil ? "base" : "smoothed"
        norm = report.subject.norm
        let (right, all) = report.naturalAccuracy
        naturalAccuracy = all > 0 ? Double(right) / Double(all) : nil
        averageCertifiedRadius = report.averageCertifiedRadius
        (medianAttack, meanGap, nauc) = (report.medianAttack, report.meanGap, report.normalisedArea)
        attacks = report.attacks.map { run in
            let settings = run.record.settings
            return .init(
                attacks: settings.attacks, images: run.images.count, copies: settings.copies, n: settings.n,
                alpha: settings.alpha, source: settings.source?.file, epsilon: settings.epsilon,
                accuracies: settings.epsilon.map(run.robustAccuracy))
        }
        beaten = Dictionary(uniqueKeysWithValues: Bracket.Estimate.allCases.map { estimate in
            let (count, all) = report.beaten(estimate)
            return (estimate.rawValue, .init(images: count, attacked: all))
        })
        regularity = report.regularities
        let radii = ClassifierTables(classifier: report).radii
        curves = report.curves.map { curve in
            let known = radii.filter(curve.isKnown)
            return .init(
                name: curve.name, kind: "\(curve.kind)", images: curve.radii.count, radii: known,
                accuracies: known.map(curve.accuracy))
        }
        images = report.brackets.map { bracket in
            .init(
                image: bracket.image, label: bracket.label, certified: bracket.probableRadius, proven: bracket.provenRadius,
                estimates: Dictionary(uniqueKeysWithValues: bracket.estimates.map { ($0.key.rawValue, $0.value) }),
                attacked: bracket.isAttacked,
                attackedWithin: bracket.searchedRadius.flatMap { $0.isFinite ? $0 : nil }, attack: bracket.attack?.distance, attackedBy: bracket.attack?.name,
                attackedAs: bracket.attack?.answer)
        }
    }
}
