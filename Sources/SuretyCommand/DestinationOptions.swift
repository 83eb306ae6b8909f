import ArgumentParser
import Foundation
import Surety

/// Where a run goes: to a directory of its own, or to a folder that equal workers share.
struct DestinationOptions: ParsableArguments {
    @Option(help: "The directory to write to. Given again with the same settings, the run goes on where it stopped.")
    var output: String?

    @Option(
        help: ArgumentHelp(
            """
            In place of --output: a folder on which any number of processes, on any machines, do the run together, each started with \
            this same command. 'surety status' watches them, 'surety merge' ends it.
            """, valueName: "folder"))
    var share: String?

    @Option(
        parsing: .unconditional,
        help: "With --share: seconds without a sign of life after which a worker's piece is done by another. The first worker's counts.")
    var lease: Double = 120

    @Option(
        parsing: .unconditional,
        help: "With --share: the seconds that a piece of work should take, about. The first worker's counts.")
    var pieceSeconds: Double = 20

    func validate() throws {
        if (output == nil) == (share == nil) { throw ValidationError("Give either --output, or --share for a run with others.") }
        if !(1...86_400).contains(lease) { throw ValidationError("--lease is \(lease): it must lie between 1 and 86400 seconds.") }
        if !(0.01...3600).contains(pieceSeconds) {
            throw ValidationError("--piece-seconds is \(pieceSeconds): it must lie between 0.01 and 3600.")
        }
    }

    /// How the run is shared; nil where it has a directory of its own.
    var shared: Share? {
        share.map { Share(folder: URL(fileURLWithPath: $0), lease: lease, pieceSeconds: pieceSeconds) }
    }

    /// The run's own directory.
    var directory: String { output ?? share ?? "" }

    /// Takes part in a shared run, and says how far it is.
    static func work(_ share: Share, _ threads: Int, batch: Int? = nil, _ body: (Execution) throws -> SharedProgress?) throws {
        let folder = share.folder.path
        let (progress, signal) = try Terminal.follow(finishing: "what is in hand", threads: threads, batch: batch, body)
        guard let progress else { throw ExitCode(128 + (signal ?? SIGINT)) }
        print("\(progress.pieces) pieces were done here; \(progress.done) of \(progress.images) images are decided")
        if progress.isFinished {
            print("next: surety merge \(folder) --output RUN")
        } else if let signal {
            Terminal.note("the others go on; start again with the same settings to take part")
            throw ExitCode(128 + signal)
        }
    }
}
