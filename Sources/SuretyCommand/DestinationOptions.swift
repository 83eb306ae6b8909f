import ArgumentParser
import Foundation
import Surety

/// Where a run goes: to its own directory, or to a folder that equal workers share.
struct DestinationOptions: ParsableArguments {
    @Option(help: "The directory to write to. Given again with the same settings, the run goes on where it stopped.")
    var output: String?

    @Option(
        help: ArgumentHelp(
            """
            In place of --output: a folder in which any number of processes, on any machines, work on the run together, each \
            started with this same command. 'surety status' watches them, 'surety merge' ends it.
            """, valueName: "folder"))
    var share: String?

    @Option(
        parsing: .unconditional,
        help: """
            With --share: seconds without a sign of life after which another worker takes over a worker's piece. The first \
            worker's value counts.
            """)
    var lease: Double = 120

    @Option(
        parsing: .unconditional,
        help: "With --share: the seconds that a piece of work should take, about. The first worker's value counts.")
    var pieceSeconds: Double = 20

    func validate() throws {
        if (output == nil) == (share == nil) { throw ValidationError("Give either --output, or --share for a run with others.") }
        if !(1...86_400).contains(lease) { throw ValidationError("--lease is \(lease): it must lie between 1 and 86400 seconds.") }
        if !(0.01...3600).contains(pieceSeconds) {
            throw ValidationError("--piece-seconds is \(pieceSeconds): it must lie between 0.01 and 3600.")
        }
    }

    /// How the run is shared; nil if it has its own directory.
    var shared: SharingOptions? {
        share.map { SharingOptions(folder: URL(fileURLWithPath: $0), lease: lease, pieceSeconds: pieceSeconds) }
    }

    /// The run's own directory.
    var directory: String { output ?? share ?? "" }

    /// Takes part in a shared run, and reports its progress.
    static func work(
        _ share: SharingOptions, _ threads: Int, batch: Int? = nil, _ body: (Execution) throws -> SharedProgress?
    ) throws {
        let folder = share.folder.path
        let (progress, signal) = try Terminal.follow(finishing: "what is in hand", threads: threads, batch: batch, body)
        guard let progress else { throw ExitCode(128 + (signal ?? SIGINT)) }
        print("\(progress.pieces) pieces were done here; \(progress.done) of \(progress.images) images are decided")
        if progress.isFinished {
            print("next: surety merge \(folder) --output RUN")
        } else if let signal {
            Terminal.note("the other workers continue; start again with the same settings to take part")
            throw ExitCode(128 + signal)
        }
    }
}
