import ArgumentParser
import Foundation
import Surety

/// `surety submit`: an array of equal workers on a cluster.
struct Submit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have a cluster start workers for a shared run.",
        discussion: """
            Writes a script for an array of equal jobs, each of which is the command given, and submits it. A job whose node dies is \
            queued again; one that is told to stop, or whose time is nearly over, saves what it has and leaves. Whatever becomes of \
            them, what was done stays done: submit again to go on.

            Examples:
              surety submit --slurm --workers 16 --time 2:00:00 certify model.onnx --data mnist --sigma 0.25 --share /scratch/run
              surety submit --slurm --workers 4 --cpus 8 --partition cpu bounds model.onnx --data mnist --norm linf --share bounds
            """)

    @Flag(help: "For Slurm. docs/clusters.md has Kubernetes and GNU parallel.")
    var slurm = false

    @Option(parsing: .unconditional, help: "How many workers.")
    var workers: Int = 16

    @Option(parsing: .unconditional, help: "The processors, and threads, of each.")
    var cpus: Int = 1

    @Option(help: "The time that a worker may take, as Slurm writes it: 90, 2:00:00 or 1-12.")
    var time: String?

    @Option(help: "Slurm's partition.")
    var partition: String?

    @Option(help: "The memory of each worker, as Slurm writes it: 4G.")
    var memory: String?

    @Flag(help: "Write the script and say where, but submit nothing.")
    var dryRun = false

    @Argument(parsing: .captureForPassthrough, help: "The command to share: certify, predict, bounds or attack, with --share.")
    var command: [String]

    func validate() throws {
        guard slurm else { throw ValidationError("Give --slurm: docs/clusters.md says how workers are started elsewhere.") }
        if !(1...100_000).contains(workers) { throw ValidationError("--workers is \(workers): it must lie between 1 and 100000.") }
        if !(1...1024).contains(cpus) { throw ValidationError("--cpus is \(cpus): it must lie between 1 and 1024.") }
        for (option, value) in [("--time", time), ("--partition", partition), ("--memory", memory)] {
            if let value, !value.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-:_.,".contains($0)) }) {
                throw ValidationError("\(option) is \"\(value)\": use only letters, digits and -:_.,")
            }
        }
        guard let verb = command.first, ["certify", "predict", "bounds", "attack"].contains(verb) else {
            throw ValidationError("After the options comes the command to share: certify, predict, bounds or attack.")
        }
        guard let folder, !folder.isEmpty else {
            throw ValidationError("The command needs --share with a folder that all machines can write to.")
        }
        // Refused here, rather than on every node.
        do { _ = try RootCommand.parseAsRoot(command) } catch {
            throw ValidationError("'\(verb)' would refuse this: \(RootCommand.message(for: error))")
        }
    }

    /// The folder that the command shares.
    private var folder: String? {
        if let place = command.firstIndex(of: "--share"), place + 1 < command.count { return command[place + 1] }
        return command.first { $0.hasPrefix("--share=") }.map { String($0.dropFirst("--share=".count)) }
    }

    func run() throws {
        let folder = URL(fileURLWithPath: folder ?? "")
        let logs = folder.appending(path: "logs"), file = folder.appending(path: "submit.sh")
        try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
        try Data(script(logs: logs).utf8).write(to: file)
        guard !dryRun else {
            print("\(file.path) is written; start it with: sbatch \(file.path)")
            return
        }
        let job = try Self.submit(file)
        print("""
            job \(job): \(workers) worker\(workers == 1 ? "" : "s") for \(folder.path)
            watch it:  squeue --job \(job)
                       surety status \(folder.path)
            stop it:   scancel \(job)     (nothing is lost; submit again to go on)
            in the end: surety merge \(folder.path) --output RUN
            """)
    }

    /// What each worker does.
    private func script(logs: URL) -> String {
        let settings = [
            "--job-name=surety", "--array=1-\(workers)", "--ntasks=1", "--cpus-per-task=\(cpus)", time.map { "--time=\($0)" },
            partition.map { "--partition=\($0)" }, memory.map { "--mem=\($0)" },
            "--output=\(logs.path)/%A_%a.log", "--open-mode=append",
            // A node that dies, or a job that must make room, is queued again.
            "--requeue",
            // A worker is told to stop a minute and a half before its time is over; it needs a second.
            "--signal=B:TERM@90",
        ]
        let threads = command.contains { $0 == "--threads" || $0.hasPrefix("--threads=") } ? [] : ["--threads", "\(cpus)"]
        let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return """
            #!/usr/bin/env bash
            # One of \(workers) equal workers on a shared run, written by `surety submit`.
            \(settings.compactMap { $0.map { "#SBATCH \($0)" } }.joined(separator: "\n"))
            cd \(Self.quoted(FileManager.default.currentDirectoryPath)) || exit 1
            # In place of the shell, so that signals reach it.
            exec \(([executable] + command + threads).map(Self.quoted).joined(separator: " "))

            """
    }

    private static func quoted(_ word: String) -> String { "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'" }

    /// - Returns: The job's number.
    private static func submit(_ script: URL) throws -> String {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sbatch", "--parsable", script.path]
        process.standardOutput = output
        do { try process.run() } catch { throw SuretyError("sbatch cannot be started: \(error.systemReason)") }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw SuretyError("""
                sbatch refused \(script.path) (exit code \(process.terminationStatus)): is this machine part of a Slurm cluster? The script \
                stays, to be changed and submitted by hand
                """)
        }
        return String(text.split(separator: ";").first ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
