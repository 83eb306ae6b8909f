import Foundation
import SuretyAttacks
import SuretyBounds
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretyReports
import SuretySmoothing
import SuretyTraining

/// A directory of any kind of run, verified as an outsider would do it: what it states, what is wrong with it, and what was
/// checked.
public struct VerifiedDirectory: CustomStringConvertible {
    /// The path of the directory, as it was given.
    public let directory: String
    /// What its figures rest on; nil if the record cannot be read, and for trainings.
    public private(set) var statement: Premises?
    /// Everything that is wrong; empty if nothing is.
    public private(set) var findings: [Finding] = []
    /// The certificates with their images, to compare pairs of certificates; nil if there are none, or no data.
    public private(set) var certificates: Contradictions.NamedRun?
    /// What was found to be right, the most important first.
    private var checked: [String] = []
    private var unchecked: [String] = []
    /// What to bear in mind when findings come from a replay.
    private var caution: String?
    private var remark = ""

    private let material: VerificationMaterial
    private let execution: Execution
    private var url: URL { URL(fileURLWithPath: directory) }

    /// - Throws: An error for a model or data that cannot be read. Anything wrong with the run is a finding.
    public init(_ directory: String, against material: VerificationMaterial, _ execution: Execution = Execution()) throws {
        (self.directory, self.material, self.execution) = (directory, material, execution)
        guard !RunFile.isShared(url) else {
            throw SuretyError("\(directory) is shared by workers: make a run of what they did with `surety merge`, and verify that")
        }
        switch try? RunFile.method(in: url) {
        case let method? where BoundsSettings.methods.contains(method): try verifyBounds()
        case let method? where AttackSettings.methods.contains(method): try verifyAttacks()
        case TrainingRecord.method: try verifyTraining()
        default: try verifyCertificates()
        }
    }

    /// What was verified and found, as `surety verify` prints it.
    public var description: String {
        var lines: [String] = []
        if let statement {
            lines.append("\(directory) states")
            lines += statement.description.split(separator: "\n").map { "  \($0)" }
            lines += statement.warnings.map { "  WARNING: \($0)" }
        }
        lines += findings.map(\.description)
        if findings.isEmpty {
            lines += checked.enumerated().map { $0.offset == 0 ? $0.element : "  \($0.element)" }
            if !unchecked.isEmpty { lines.append("  NOT checked: \(unchecked.joined(separator: "; "))") }
        } else {
            if let caution { lines.append(caution) }
            lines.append("\(directory): \(findings.count) finding\(findings.count == 1 ? "" : "s")\(remark)")
        }
        return lines.joined(separator: "\n")
    }

    // MARK: certificates

    private mutating func verifyCertificates() throws {
        let contents = try? SmoothingRun(of: url)
        let record = contents?.record ?? readable(SmoothingRecord.self)
        statement = record.map { Premises($0) }
        let images = try material.images?(record?.data.split ?? .test)
        let model = try model(for: record, images)
        findings = Verification<SmoothingSettings>.findings(in: url, modelSHA256: model?.sha256, images: images)
        if let contents, let images, contents.record.data.sha256 == images.sha256 { certificates = (directory, contents, images) }
        let count = record?.progress.completed ?? 0
        checked = ["\(directory): \(count) certificates verified from their votes"]
        noteMaterial(model, images, record?.model, unchecked: "images, labels, pairs of certificates (--data)")
        if findings.isEmpty, let replay = material.replay, let images, let model {
            try verifyVotes(replay, of: count, record, model, images)
        } else {
            if material.replay != nil, !findings.isEmpty { remark = "; nothing was replayed" }
            checked.append("""
                votes NOT replayed: whether they come from the model is not checked (--replay, with --model and --data)
                """)
        }
        if findings.isEmpty, let fresh = material.fresh, let images, let model { try verifyFresh(fresh, of: count, model, images) }
    }

    private mutating func verifyVotes(
        _ replay: VerificationMaterial.Replayed, of count: Int, _ record: SmoothingRecord?, _ model: Model, _ images: LabelledImages
    ) throws {
        let again = try Replay(of: url, model.network, images)
        let positions = again.chosen(replay.count)
        let monitor = execution.monitor
        findings = try again.findings(on: positions, threads: execution.threads) {
            monitor.progress(.init(done: $0, total: positions.count, unit: "certificates", remark: "replayed"))
        }
        noteReplayed(positions.count, of: count, "replayed with equal votes", record?.environment)
        if material.fresh == nil {
            checked.append("only noise of your own can show that the noise was not chosen for its votes (--fresh)")
        }
    }

    /// Votes under the verifier's own noise.
    private mutating func verifyFresh(
        _ fresh: VerificationMaterial.Fresh, of count: Int, _ model: Model, _ images: LabelledImages
    ) throws {
        let again = try FreshVotes(of: url, model.network, images, seed: fresh.seed)
        let positions = again.chosen(fresh.number.count)
        let monitor = execution.monitor
        findings = try again.findings(on: positions, threads: execution.threads) {
            monitor.progress(.init(done: $0, total: positions.count, unit: "certificates", remark: "made anew"))
        }
        checked.append("""
            \(positions.count) of \(count) made anew with the seed \(fresh.seed): the recorded votes fit, in a test that an honest run \
            fails with a probability of at most \(FreshVotes.error)
            """)
    }

    // MARK: bounds

    private mutating func verifyBounds() throws {
        let record = readable(BoundsRecord.self)
        statement = record.map { Premises($0, images: $0.progress.completed) }
        let images = try material.images?(record?.data.split ?? .test)
        let model = try model(for: record, images)
        findings = Verification<BoundsSettings>.findings(in: url, modelSHA256: model?.sha256, images: images)
        let count = record.map { $0.isSealed ? $0.progress.completed : (try? BoundsRun(of: url))?.lines.count ?? 0 } ?? 0
        checked = ["\(directory): \(count) bounds, \(seal(record?.isSealed))"]
        noteMaterial(model, images, record?.model, unchecked: "images and labels (--data)")
        guard findings.isEmpty, let record, let replay = material.replay, let images, let model else {
            if material.replay != nil, !findings.isEmpty { remark = "; nothing was computed again" }
            checked.append("""
                bounds NOT computed again: whether they come from the model is not checked (--replay, with --model and --data)
                """)
            return
        }
        let sample = try sample(of: record)
        let again = try BoundsVerification(
            of: url, model.network, images, sample: sample, environment: execution.environment(), threads: execution.threads)
        let positions = again.chosen(replay.count)
        let monitor = execution.monitor
        findings = try again.findings(on: positions) {
            monitor.progress(.init(done: $0, total: positions.count, unit: "bounds", remark: "computed again"))
        }
        let exactly = again.isExact ? "with equal numbers" : "with numbers equal to a thousandth, on another processor, or with another version or other libraries"
        noteReplayed(positions.count, of: count, "computed again \(exactly)", record.environment)
        guard record.settings.scores != nil else { return }
        if sample == nil {
            unchecked.append("""
                the estimates of L and ω, because \(record.settings.sampleData?.name ?? "what was sampled") is missing
                """)
        } else {
            checked.append("the estimates of L and ω were reproduced from their seeds")
        }
    }

    /// What the estimates were made from, if it is a part of the given data set.
    private func sample(of record: BoundsRecord) throws -> LabelledImages? {
        guard let wanted = record.settings.sampleData, let images = try material.images?(wanted.split) else { return nil }
        return images.sha256 == wanted.sha256 ? images : nil
    }

    // MARK: attacks

    private mutating func verifyAttacks() throws {
        let run = try? AttackRun(of: url)
        let record = run?.record ?? readable(AttackRecord.self)
        statement = run.map { Premises($0) }
        let images = try material.images?(record?.data.split ?? .test)
        let model = try model(for: record, images)
        findings = Verification<AttackSettings>.findings(in: url, modelSHA256: model?.sha256, images: images)
        checked = ["\(directory): \(run?.images.count ?? 0) images attacked, \(seal(record?.isSealed))"]
        noteMaterial(model, images, record?.model, unchecked: "images, labels and distances (--data)")
        guard findings.isEmpty, let record, let images else { return }
        let judge = try model.map { try record.settings.judge(of: $0.network, record.model, record.data, record.environment) }
        do {
            let again = try AttackVerification(of: url, images)
            let monitor = execution.monitor
            findings = try again.findings(judgedBy: judge) {
                monitor.progress(.init(done: $0, total: again.count, unit: "images", remark: "judged again"))
            }
        } catch let error where error is RunError || error is DatasetError {
            findings.append(Finding(file: "adversarial.npz", message: "\(error)"))
        }
        checked.append("every adversarial image lies in [0, 1], and as far from the data's as its line says")
        if model == nil {
            unchecked.append("that the adversarial images are misclassified (--model)")
        } else {
            checked.append("every one is classified as its line says")
            caution = caution(record.environment)
        }
    }

    // MARK: training

    private mutating func verifyTraining() throws {
        let images = try material.images?(.train)
        findings = TrainingVerification.findings(in: url, data: images)
        checked = ["\(directory): checkpoint, history and model are those that the training left, and agree with each other"]
        if images == nil { unchecked.append("the training images (--data)") }
        unchecked.append("that training again gives this model")
    }

    // MARK: what they share

    /// The record, if it can be read at all, even if altered.
    private func readable<Record: Decodable>(_ type: Record.Type) -> Record? {
        (try? Data(contentsOf: RunFile.record(in: url))).flatMap { try? JSONDecoder().decode(type, from: $0) }
    }

    private func model<Settings>(for record: RunRecord<Settings>?, _ images: LabelledImages?) throws -> Model? {
        // The record says which normalisation to use.
        try material.model.map {
            try Model(
                contentsOf: $0, imageShape: images?.shape ?? record?.data.shape, mean: record?.model.mean,
                standardDeviation: record?.model.std)
        }
    }

    private func seal(_ isSealed: Bool?) -> String {
        isSealed == false
            ? "unsealed, as older versions wrote them: alterations would not be noticed"
            : "each with the digest it was written with"
    }

    private mutating func noteMaterial(
        _ model: Model?, _ images: LabelledImages?, _ record: ModelRecord?, unchecked what: String
    ) {
        if model != nil, let normalisation = statement?.normalisation, record != nil {
            checked.append("the model is the run's, \(normalisation == "none" ? "without normalisation" : "seen through \(normalisation)")")
        }
        if images != nil { checked.append("labels and images are the data set's") }
        unchecked += (model == nil ? ["the model (--model)"] : []) + (images == nil ? [what] : [])
    }

    private mutating func noteReplayed(_ count: Int, of all: Int, _ what: String, _ environment: RunEnvironment?) {
        checked.append("""
            \(count) of \(all) \(what): a single forged line would have been caught with probability \
            \((Double(count) / Double(max(1, all))).decimalRoundedDown(digits: 4))
            """)
        caution = caution(environment)
    }

    /// What to bear in mind about a replay on this machine; nil if the run was made on a similar machine.
    private func caution(_ there: RunEnvironment?) -> String? {
        let here = execution.environment()
        guard let there, (there.processor, there.libraries) != (here.processor, here.libraries) else { return nil }
        return """
            The run was made on \(there.processor) (\(there.libraries)), this is \(here.processor) \
            (\(here.libraries)): where two logits are almost equal, a vote may differ between processors \
            and between libraries. Only a replay on that processor with those libraries is conclusive.
            """
    }
}
