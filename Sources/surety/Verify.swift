import ArgumentParser
import Certification
import Datasets
import Foundation
import Graphs
import Networks

/// `surety verify`: checks a run as a stranger would.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a run: every digest, and from the votes alone every bound and radius by an independent route.",
        discussion: """
            With --model and --data it also checks that they are the run's, and with --replay that the seeds give the \
            recorded votes. Everything wrong is named, and the exit code is then 1.

            Examples:
              surety verify run
              surety verify run --model model.onnx --data mnist --replay 20
            """)

    @Argument(help: "The directory of the run.", completion: .directory)
    var directory: String

    @Option(help: "The model of the run, an ONNX file.", completion: .file(extensions: ["onnx"]))
    var model: String?

    @Option(help: "The data set of the run: mnist, cifar10, synthetic, or an .npz file.")
    var data: String?

    @Option(help: "The folder of data sets (default: $SURETY_DATA, else ~/.cache/surety).")
    var dataRoot: String?

    @Option(
        parsing: .unconditional,
        help: "Draw the noise of so many certificates again, chosen at random, or of all: needs --model and --data.")
    var replay: ReplayCount?

    @OptionGroup var threadOptions: ThreadOptions

    func validate() throws {
        if replay != nil && (model == nil || data == nil) {
            throw ValidationError("--replay needs the model and the data: give --model and --data.")
        }
    }

    func run() throws {
        let run = URL(fileURLWithPath: directory)
        // The record says which split and which normalisation to use; if it cannot be read, verification says so.
        let record = try? RunContents(of: run).record
        let images = try data.map {
            try DatasetSource($0).load(record?.data.split ?? .test, under: DatasetRoot(dataRoot))
        }
        let loaded = try model.map {
            try LoadedModel(
                path: $0, imageShape: images?.shape ?? record?.data.shape, mean: record?.model.mean,
                standardDeviation: record?.model.std)
        }
        var findings = Verification.findings(in: run, modelSHA256: loaded?.sha256, images: images)
        var replayed = 0
        if findings.isEmpty, let replay, let images, let loaded {
            let again = try Replay(of: run, loaded.network, images)
            let positions = again.chosen(replay.count)
            let bar = ProgressBar(total: positions.count, unit: "certificates")
            findings += try again.findings(on: positions, threads: threadOptions.threads) { bar.show($0, remark: "replayed") }
            bar.finish()
            replayed = positions.count
        }
        for finding in findings { print(finding) }
        if let there = record?.environment, replayed > 0, !findings.isEmpty,
            (there.processor, there.libraries) != (Processor.name, SmoothedClassifier.libraries) {
            print("""
                The run was made on \(there.processor) (\(there.libraries)), this is \(Processor.name) \
                (\(SmoothedClassifier.libraries)): where two logits are almost equal, a vote may differ between processors \
                and between libraries. Only a replay on that processor with those libraries is conclusive.
                """)
        }
        guard findings.isEmpty else {
            let remark = replay != nil && replayed == 0 ? "; nothing was replayed" : ""
            print("\(directory): \(findings.count) finding\(findings.count == 1 ? "" : "s")\(remark)")
            throw ExitCode.failure
        }
        print(success(record, replayed: replayed))
    }

    private func success(_ record: RunRecord?, replayed: Int) -> String {
        let count = record?.progress.completed ?? 0
        var checks = ["\(count) certificates verified from their votes"]
        if model != nil { checks.append("the model is the run's") }
        if data != nil { checks.append("labels and images are the data set's") }
        if replay != nil { checks.append("\(replayed) replayed with equal votes") }
        return "\(directory): \(checks.joined(separator: ", "))"
    }
}

/// A number of certificates, or all.
enum ReplayCount: ExpressibleByArgument {
    case some(Int)
    case all

    init?(argument: String) {
        if argument == "all" {
            self = .all
        } else if let count = Int(argument), count >= 1 {
            self = .some(count)
        } else {
            return nil
        }
    }

    /// The number; `nil` for all.
    var count: Int? {
        if case .some(let count) = self { count } else { nil }
    }
}
