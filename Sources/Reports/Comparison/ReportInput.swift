import Foundation
import SuretyAttacks
import SuretyBounds
import SuretyDatasets
import SuretyRecords
import SuretySmoothing
import SuretyTensors

/// A directory that a report can join: of `surety certify`, `predict`, `attack` or `bounds`.
enum ReportInput {
    case certificates(SmoothingRecord, [Certificate])
    case attack(AttackRun)
    case bounds(BoundsRecord, [ImageBounds], FitReport?)

    /// - Throws: `ReportError` that names the invalid file or line.
    init(contentsOf path: String) throws(ReportError) {
        let directory = URL(fileURLWithPath: path, isDirectory: true)
        do {
            guard let method = try RunFile.method(in: directory) else {
                throw ReportError("\(path): there is no run.json in it. Give directories of surety certify, attack or bounds.")
            }
            if SmoothingSettings.methods.contains(method) {
                let run = try SmoothingRun(of: directory)
                self = .certificates(run.record, run.certificates)
            } else if AttackSettings.methods.contains(method) {
                let run = try AttackRun(of: directory)
                guard !run.images.isEmpty else {
                    throw ReportError("\(path)/\(AttackSettings.linesFile): there are no images in it.")
                }
                self = .attack(run)
            } else if BoundsSettings.methods.contains(method) {
                let run = try BoundsRun(of: directory)
                let hasFits = run.record.settings.scores != nil
                self = .bounds(run.record, run.lines, hasFits ? try FitReport(of: directory) : nil)
            } else {
                throw ReportError("\(RunFile.record(in: directory).path): \"\(method)\" is not a run that a report can show.")
            }
        } catch let error as ReportError {
            throw error
        } catch {
            throw ReportError("\(error)")
        }
    }

    var model: ModelRecord {
        switch self {
        case .certificates(let record, _): record.model
        case .attack(let run): run.record.model
        case .bounds(let record, _, _): record.model
        }
    }

    var data: DataRecord {
        switch self {
        case .certificates(let record, _): record.data
        case .attack(let run): run.record.data
        case .bounds(let record, _, _): record.data
        }
    }

    /// What the run's figures rest on.
    var statement: Premises {
        switch self {
        case .certificates(let record, _): Premises(record)
        case .attack(let run): Premises(run)
        case .bounds(let record, let bounds, _): Premises(record, images: bounds.count)
        }
    }

    /// Whether its guarantees may be wrong with some probability: one must not choose between two such statements about an
    /// image.
    var isProbable: Bool {
        if case .certificates(let record, _) = self, case .certify = record.settings.procedure { true } else { false }
    }

    /// What the run is about: an attack's images are counterexamples in every norm, but it searched in its own norm.
    var subjects: [Subject] {
        switch self {
        case .certificates(let record, _):
            let norm: Norm
            if case .certify(let certifier) = record.settings.procedure { norm = certifier.norm } else { norm = .l2 }
            return [subject(.smoothed(record.settings.noise), norm)]
        case .attack(let run):
            return Norm(rawValue: run.record.settings.norm).map { [run.subject(in: $0)] } ?? []
        case .bounds(let record, _, _): return [subject(.base, record.settings.norm)]
        }
    }

    private func subject(_ classifier: Subject.Classifier, _ norm: Norm) -> Subject {
        Subject(model: model, data: data, classifier: classifier, norm: norm)
    }
}

extension AttackRun {
    /// The classifier attacked, in a norm.
    func subject(in norm: Norm) -> Subject {
        let classifier: Subject.Classifier = switch record.settings.classifier {
        case .base: .base
        case .smoothed: record.settings.noise.map(Subject.Classifier.smoothed) ?? .base
        }
        return Subject(model: record.model, data: record.data, classifier: classifier, norm: norm)
    }
}
