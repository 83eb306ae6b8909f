import Foundation
import TestSupport
import Testing

/// A run in hand, stopped by a signal or met by another process.
@Suite struct InterruptionTests {
    /// Long enough to be interrupted: of each image's samples there are a hundred thousand.
    private func long(_ output: String) -> [String] { DigitsRun.arguments(output, ["--n", "100000", "--max", "300"]) }

    /// Starts a long run, and returns when it has its first certificates.
    private func started(_ output: String) throws -> RunningCommand {
        let running = try RunningCommand(long(output))
        while running.isRunning, try RunFiles.lines(output).isEmpty { usleep(2000) }
        return running
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func stopsInGoodOrderAndGoesOn(signal: Int32) throws {
        let folder = try TemporaryFolder()
        let running = try started(folder("run"))
        running.send(signal)
        let stopped = try running.wait()
        #expect(stopped.status == 128 + signal, "\(stopped)")
        #expect(stopped.errors.contains("stopping"))
        #expect(stopped.errors.contains("start again with the same settings to go on"))

        // What is complete is kept, the table and the record say so too, and all that verification finds is the rest
        // missing.
        let run = try RunFiles(folder("run"))
        #expect((1..<300).contains(run.lines.count))
        #expect(run.rows.count == run.lines.count + 1)
        #expect(run.group("progress")["completed"] as? Int == run.lines.count)
        #expect(run.group("progress")["finished"] as? Bool == false)
        let findings = try Command("verify", folder("run"))
        #expect(findings.status == 1 && findings.output.contains("the run is not finished"), "\(findings)")
        #expect(findings.output.contains("1 finding"))

        let again = try RunningCommand(long(folder("run")))
        while again.isRunning, try RunFiles.lines(folder("run")).count <= run.lines.count { usleep(2000) }
        again.send(SIGINT)
        #expect(try again.wait().errors.contains("going on after \(run.lines.count) of 300 images"))
        #expect(try RunFiles(folder("run")).lines.starts(with: run.lines))
    }

    @Test func twoProcessesShareNoDirectory() throws {
        let folder = try TemporaryFolder()
        let running = try started(folder("run"))
        let second = try Command(long(folder("run")))
        #expect(second.refused(naming: "another process is writing to this directory"))
        #expect(second.errors.contains(folder("run")))
        #expect(running.isRunning)
        running.send(SIGINT)
        #expect(try running.wait().status == 130)
    }
}
