import SuretyDatasets
import SuretyRecords
import SuretySmoothing
import SuretyTensors

/// Certificates, bounds and attacks of one or several models, joined by image: what is guaranteed, what is estimated, and how
/// far an attacker got.
///
///     let report = try RobustnessReport(["certificates", "bounds", "attack"])
///     try report.text(.html).write(to: file, atomically: true, encoding: .utf8)
public struct RobustnessReport: Sendable {
    /// A model, with a report for each of its classifiers and norms.
    public struct Model: Sendable {
        /// The name of the file without `.onnx`.
        public let name: String
        /// The model's file and digest; its normalisation is that of the first run given.
        public let record: ModelRecord
        /// The data set on which the model was tested.
        public let data: DataRecord
        /// A report for each classifier of the model and each norm.
        public let classifiers: [ClassifierReport]
    }

    /// The models, in the order in which their first directories were given.
    public let models: [Model]
    /// What each run states, by the end of its path.
    public let statements: [(name: String, statement: Premises)]

    /// - Parameter paths: Directories of `surety certify`, `predict`, `attack` and `bounds`, in the order in which models are
    ///   to be shown.
    /// - Throws: `ReportError` that names what cannot be read, or two runs of certificates of one classifier in one norm.
    public init(_ paths: [String]) throws(ReportError) {
        var runs: [ReportInput] = []
        for path in paths { runs.append(try ReportInput(contentsOf: path)) }
        guard !runs.isEmpty else { throw ReportError("There are no runs to report on. Name at least one directory.") }
        try Self.requireOneCertification(paths, runs)
        statements = zip(ReportedRun.names(for: paths), runs).map { ($0, $1.statement) }
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
                Attacks that move mass measure a distance other than \(Norm.allCases.map(\.symbol).joined(separator: " and ")), so \
                there is nothing to compare them with. Name runs of certify, bounds, or other attacks too.
                """)
        }
        self.models = models
    }

    /// Each certificate is true with probability 1 − α. The largest of several for an image holds with a lower probability,
    /// and each further run makes it worse: with enough seeds every image has a false one.
    private static func requireOneCertification(_ paths: [String], _ runs: [ReportInput]) throws(ReportError) {
        var owners: [Subject: String] = [:]
        for (path, run) in zip(paths, runs) where run.isProbable {
            for subject in run.subjects {
                guard let owner = owners.updateValue(path, forKey: subject) else { continue }
                throw ReportError("""
                    \(owner) and \(path) both certify one classifier (\(subject.label)) on the same data in \
                    \(subject.norm.symbol): the larger of two certificates for an image is false with a probability above \
                    α. Give one of the runs; parts of a run are joined by 'surety merge'.
                    """)
            }
        }
    }

    /// What contradicts a guarantee; empty if nothing does.
    public var alarms: [SoundnessAlarm] { models.flatMap(\.classifiers).flatMap(SoundnessAlarm.all) }

    func name(of subject: Subject) -> String {
        models.first { $0.classifiers.contains { $0.subject == subject } }?.name ?? subject.model
    }
}
