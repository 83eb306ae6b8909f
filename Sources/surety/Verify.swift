import ArgumentParser
import Certification
import Datasets
import Foundation
import Reports

/// `surety verify`: checks a run as a stranger would.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check runs: every digest, and from the votes alone every bound and radius by an independent route.",
        discussion: """
            With --model it also checks that the model is the run's; with --data labels and images, and that no two certificates \
            of different classes lie closer than the sum of their radii, in one run or in several of one classifier; and with \
            --replay that the seeds give the recorded votes. What is not checked is said. Everything wrong is named, and the exit \
            code is then 1.

            Examples:
              surety verify run
              surety verify run --model model.onnx --data mnist --replay 20
              surety verify seed-0 seed-1 seed-2 --data mnist
            """)

    @Argument(help: "The directories of the runs.", completion: .directory)
    var directories: [String]

    @Option(help: "The model of the runs, an ONNX file.", completion: .file(extensions: ["onnx"]))
    var model: String?

    @Option(help: "The data set of the runs: mnist, cifar10, synthetic, or an .npz file.")
    var data: String?

    @Option(help: "The folder of data sets (default: $SURETY_DATA, else ~/.cache/surety).")
    var dataRoot: String?

    @Option(
        parsing: .unconditional,
        help: "Draw the noise of this many certificates again, chosen at random, or of all: needs --model and --data.")
    var replay: ReplayCount?

    @OptionGroup var threadOptions: ThreadOptions

    func validate() throws {
        if replay != nil && (model == nil || data == nil) {
            throw ValidationError("--replay needs the model and the data: give --model and --data.")
        }
    }

    func run() throws {
        var sets: [Split: LabelledImages] = [:]
        var (passed, compared): (Bool, [Contradictions.Run]) = (true, [])
        for directory in directories {
            // The record says which split and which normalisation to use; if it cannot be read, verification says so.
            let url = URL(fileURLWithPath: directory)
            let contents = try? RunContents(of: url)
            let record = contents?.record
                ?? (try? RunFiles.decode(RunRecord.self, from: url.appendingPathComponent("run.json")))
            let split = record?.data.split ?? .test
            if let data, sets[split] == nil { sets[split] = try DatasetSource(data).load(split, under: DatasetRoot(dataRoot)) }
            let run = try VerifiedRun(
                directory, record, model: model, images: sets[split], replay: replay, threads: threadOptions.threads)
            run.show()
            passed = passed && run.findings.isEmpty
            if let contents, let images = sets[split], contents.record.data.sha256 == images.sha256 {
                compared.append((directory, contents, images))
            }
        }
        if try data != nil && !comparePairs(of: compared) { passed = false }
        guard passed else { throw ExitCode.failure }
    }

    /// Whether no two certificates contradict each other.
    private func comparePairs(of runs: [Contradictions.Run]) throws -> Bool {
        guard runs.contains(where: { if case .certify = $0.contents.record.settings.procedure { true } else { false } }) else {
            return true
        }
        let found = try Contradictions(among: runs, threads: threadOptions.threads)
        for finding in found.findings { print(finding) }
        if found.count > found.findings.count { print("and \(found.count - found.findings.count) further pairs") }
        let verdict = found.count == 0
            ? "no two contradict each other" : "\(found.count) pair\(found.count == 1 ? "" : "s") contradict each other"
        print("""
            \(found.certificates) certificates with a radius: \(verdict); honest runs have such a pair with a probability of at \
            most \(found.chance.decimal(digits: 4)), the sum of all α
            """)
        return found.count == 0
    }
}

extension Double {
    /// The number with this many digits, rounded up.
    fileprivate func decimal(digits: Int) -> String {
        let scale = pow(10, Double(digits))
        return String(format: "%g", (self * scale * (1 - 1e-9)).rounded(.up) / scale)
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
