import Certification

/// Certificates, bounds and attacks of one or several models, joined by image: what is guaranteed, what is estimated, and how
/// far an attacker got.
///
///     let report = try RobustnessReport(["certificates", "bounds", "attack"])
///     try report.html().write(to: file, atomically: true, encoding: .utf8)
public struct RobustnessReport: Sendable {
    /// A model, with a report for each of its classifiers and norms.
    public struct Model: Sendable {
        /// The file's name without its ending.
        public let name: String
        public let record: RunRecord.Model
        public let data: RunRecord.Data
        public let classifiers: [ClassifierReport]
    }

    public let models: [Model]

    /// - Parameter paths: Directories of `surety certify`, `predict`, `attack` and `bounds`, in the order in which models are
    ///   to be shown.
    /// - Throws: `ReportError` that names what cannot be read.
    public init(_ paths: [String]) throws(ReportError) {
        var runs: [EvidenceRun] = []
        for path in paths { runs.append(try EvidenceRun(contentsOf: path)) }
        guard !runs.isEmpty else { throw ReportError("There are no runs to report on. Name at least one directory.") }
        var seen: Set<Subject> = []
        var models: [Model] = []
        for run in runs {
            let subjects = runs.filter { $0.model.sha256 == run.model.sha256 && $0.data.sha256 == run.data.sha256 }
                .flatMap(\.subjects).filter { seen.insert($0).inserted }
            if subjects.isEmpty { continue }
            let name = run.model.file.hasSuffix(".onnx") ? String(run.model.file.dropLast(5)) : run.model.file
            models.append(
                Model(
                    name: name, record: run.model, data: run.data,
                    classifiers: subjects.map { ClassifierReport($0, runs: runs) }))
        }
        guard !models.isEmpty else {
            throw ReportError("""
                Attacks that move mass measure another distance than ℓ₂ and ℓ∞, and nothing stands beside them. Name runs of \
                certify, bounds, or other attacks too.
                """)
        }
        self.models = models
    }

    /// What contradicts a guarantee; none, if all is well.
    public var alarms: [SoundnessAlarm] { models.flatMap(\.classifiers).flatMap(SoundnessAlarm.all) }

    func name(of subject: Subject) -> String {
        models.first { $0.classifiers.contains { $0.subject == subject } }?.name ?? subject.model
    }
}
