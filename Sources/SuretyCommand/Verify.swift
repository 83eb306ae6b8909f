import ArgumentParser
import Foundation
import Surety

/// `surety verify`: checks a run as a stranger would.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check runs of every kind: each digest, and all that follows from what is written, by an independent route.",
        discussion: """
            Certificates: every bound and radius from the votes alone. With --model also that the model is the run's; with --data \
            labels and images, and that no two certificates of different classes lie closer than the sum of their radii, in one \
            run or in several of one classifier; with --replay that the recorded votes are those of the run's noise; and with \
            --fresh that noise of your own gives votes which fit them: that of the run may have been chosen.

            Bounds: with --replay, proofs are made again, and estimates from their seeds. Attacks: with --data, that every \
            adversarial image lies in [0, 1] and as far away as its line says; with --model, that it is classified so. \
            Trainings: that checkpoint, history and model are those of the record, and the model has the checkpoint's parameters.

            It reports what it does not check. It lists every problem, and the exit code is then 1.

            Examples:
              surety verify run
              surety verify run --model model.onnx --data mnist --replay 20 --fresh 5
              surety verify seed-0 seed-1 seed-2 --data mnist
            """)

    @Argument(help: "The directories of the runs.", completion: .directory)
    var directories: [String]

    @Option(help: "The model of the runs, an ONNX file.", completion: .file(extensions: ["onnx"]))
    var model: String?

    @Option(help: "The data set of the runs: mnist, cifar10, cifar100, synthetic, an .npz or .mat file, or a folder of pictures.")
    var data: String?

    @OptionGroup var pictures: PictureOptions

    @Option(help: "The folder of data sets (default: $SURETY_DATA, else ~/.cache/surety).")
    var dataRoot: String?

    @Option(
        parsing: .unconditional,
        help: "Do the work of K certificates or bounds again, chosen at random, or of all: needs --model and --data.")
    var replay: ReplayCount?

    @Option(
        parsing: .unconditional,
        help: """
            Certify K images anew, chosen at random, or all, with a seed of your own, and test whether the recorded votes fit: \
            needs --model and --data.
            """)
    var fresh: ReplayCount?

    @Option(parsing: .unconditional, help: "Your seed for --fresh (default: one drawn by the system).")
    var seed: UInt64?

    @OptionGroup var threadOptions: ThreadOptions

    func validate() throws {
        if replay != nil && (model == nil || data == nil) {
            throw ValidationError("--replay needs the model and the data: give --model and --data.")
        }
        if fresh != nil && (model == nil || data == nil) {
            throw ValidationError("--fresh needs the model and the data: give --model and --data.")
        }
        if seed != nil && fresh == nil { throw ValidationError("--seed is for --fresh: replay takes the run's own.") }
    }

    func run() throws {
        let sets = LoadedSets(data, DatasetRoot(dataRoot), pictures.preparation ?? .none)
        let material = VerificationMaterial(model: model, images: data == nil ? nil : sets.images, replay: replay?.replayed,
            fresh: fresh.map { .init($0.replayed, seed: seed ?? .random(in: 0 ... .max)) })
        var (passed, compared): (Bool, [Contradictions.Run]) = (true, [])
        for directory in directories {
            let (run, _) = try Terminal.follow(threads: threadOptions.threads) {
                try VerifiedDirectory(directory, against: material, $0)
            }
            print(run)
            passed = passed && run.findings.isEmpty
            if let certificates = run.certificates { compared.append(certificates) }
        }
        if try data != nil && !comparePairs(of: compared) { passed = false }
        guard passed else { throw ExitCode.failure }
    }

    /// Checks that no two certificates contradict each other.
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
            \(found.certificates) certificates with a radius: \(verdict); the probability that honest runs have such a pair is at \
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
struct ReplayCount: ExpressibleByArgument {
    let replayed: VerificationMaterial.Replayed

    init?(argument: String) {
        if argument == "all" {
            replayed = .all
        } else if let count = Int(argument), count >= 1 {
            replayed = .atMost(count)
        } else {
            return nil
        }
    }
}

/// The parts of a data set, each loaded once. For one thread.
private final class LoadedSets {
    private let source: String?
    private let root: DatasetRoot
    private let preparation: PicturePreparation
    private var sets: [Split: LabelledImages] = [:]

    init(_ source: String?, _ root: DatasetRoot, _ preparation: PicturePreparation) {
        (self.source, self.root, self.preparation) = (source, root, preparation)
    }

    func images(_ split: Split) throws -> LabelledImages {
        if let set = sets[split] { return set }
        let set = try DatasetSource(source ?? "", preparation: preparation).load(split, under: root)
        sets[split] = set
        return set
    }
}
