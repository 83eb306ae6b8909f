import ArgumentParser
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
        let material = VerificationMaterial(
            model: model, data: data, preparation: pictures.preparation ?? .none, under: DatasetRoot(dataRoot),
            replay: replay?.replayed, fresh: fresh.map { .init($0.replayed, seed: seed) })
        // One after the other, each with its own progress, and printed before the next begins.
        let verified = try directories.map { path in
            let (directory, _) = try Terminal.follow(threads: threadOptions.threads) {
                try VerifiedDirectory(path, against: material, $0)
            }
            print(directory)
            return directory
        }
        let together = try VerifiedDirectories(verified, threads: threadOptions.threads)
        if let contradictions = together.contradictions { print(contradictions) }
        guard together.passes else { throw ExitCode.failure }
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
