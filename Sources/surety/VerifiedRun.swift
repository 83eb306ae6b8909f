import Certification
import Datasets
import Foundation
import Reports

/// A run that was verified: what it states, what is wrong with it, and what was not checked.
struct VerifiedRun {
    let findings: [Finding]
    private let directory: String
    private let record: RunRecord?
    private let hasModel: Bool
    private let hasData: Bool
    private let wantsReplay: Bool
    private let replayed: Int?

    /// - Parameters:
    ///   - record: What `run.json` says; nil if it cannot be read.
    ///   - replay: How many certificates are to be replayed; nil for none.
    /// - Throws: For a model that cannot be read. What is wrong with the run is a finding.
    init(
        _ directory: String, _ record: RunRecord?, model: String?, images: LabelledImages?, replay: ReplayCount?, threads: Int
    ) throws {
        let url = URL(fileURLWithPath: directory)
        let loaded = try model.map {
            try LoadedModel(
                path: $0, imageShape: images?.shape ?? record?.data.shape, mean: record?.model.mean,
                standardDeviation: record?.model.std)
        }
        var findings = Verification.findings(in: url, modelSHA256: loaded?.sha256, images: images)
        var replayed: Int?
        if findings.isEmpty, let replay, let images, let loaded {
            let again = try Replay(of: url, loaded.network, images)
            let positions = again.chosen(replay.count)
            let bar = ProgressBar(total: positions.count, unit: "certificates")
            findings += try again.findings(on: positions, threads: threads) { bar.show($0, remark: "replayed") }
            bar.finish()
            replayed = positions.count
        }
        (self.directory, self.record, self.findings, self.replayed) = (directory, record, findings, replayed)
        (hasModel, hasData, wantsReplay) = (model != nil, images != nil, replay != nil)
    }

    /// Prints it all.
    func show() {
        if let record {
            let statement = RunStatement(record)
            print("\(directory) states")
            for line in statement.description.split(separator: "\n") { print("  \(line)") }
            for warning in statement.warnings { print("  WARNING: \(warning)") }
        }
        for finding in findings { print(finding) }
        if findings.isEmpty { showChecks() } else { showFailure() }
    }

    private func showChecks() {
        let count = record?.progress.completed ?? 0
        print("\(directory): \(count) certificates verified from their votes")
        if let record {
            if hasModel {
                let normalisation = RunStatement(record).normalisation
                print("  the model is the run's, \(normalisation == "none" ? "without normalisation" : "seen through \(normalisation)")")
            }
            if hasData { print("  labels and images are the data set's") }
        }
        if let replayed {
            print("""
                  \(replayed) of \(count) replayed with equal votes: a single forged line would have been caught with \
                probability \((Double(replayed) / Double(max(1, count))).decimalRoundedDown(digits: 4))
                """)
        } else {
            print("  votes NOT replayed: that they are the model's is not checked (--replay, with --model and --data)")
        }
        let unchecked = (hasModel ? [] : ["the model (--model)"]) + (hasData ? [] : ["images, labels, pairs of certificates (--data)"])
        if !unchecked.isEmpty { print("  NOT checked: \(unchecked.joined(separator: "; "))") }
    }

    private func showFailure() {
        if let there = record?.environment, replayed != nil,
            (there.processor, there.libraries) != (Processor.name, SmoothedClassifier.libraries) {
            print("""
                The run was made on \(there.processor) (\(there.libraries)), this is \(Processor.name) \
                (\(SmoothedClassifier.libraries)): where two logits are almost equal, a vote may differ between processors \
                and between libraries. Only a replay on that processor with those libraries is conclusive.
                """)
        }
        let remark = wantsReplay && replayed == nil ? "; nothing was replayed" : ""
        print("\(directory): \(findings.count) finding\(findings.count == 1 ? "" : "s")\(remark)")
    }
}
