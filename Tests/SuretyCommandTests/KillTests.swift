import Foundation
import TestSupport
import Testing

/// Killed without warning at random moments, a run ends with the certificates of one that was left alone.
@Suite struct KillTests {
    private static let kills = 50
    private static let images = 800

    /// A fixed number of samples, and by columns, never given up so that there is enough to do.
    @Test(arguments: [[], ["--radii", "0.5,1,2", "--hope", "0", "--n", "2000"]])
    func fiftyKillsLeaveNoTrace(options: [String]) throws {
        func run(_ output: String) -> [String] {
            DigitsRun.arguments(output, ["--n", "1500", "--skip", "1", "--max", "\(Self.images)", "--threads", "2"] + options)
        }
        let folder = try TemporaryFolder()
        let clock = ContinuousClock()
        let start = clock.now
        let undisturbed = try Command(run(folder("undisturbed")))
        #expect(undisturbed.status == 0, "\(undisturbed)")

        var random = SeededGenerator(seed: 50)
        var latest = (clock.now - start) / .seconds(1) / 10
        var counts = [0]
        for _ in 0..<Self.kills {
            let running = try RunningCommand(run(folder("killed")))
            usleep(UInt32(1e6 * Double.random(in: 0...latest, using: &random)))
            running.send(SIGKILL)
            #expect(try running.wait().status == -SIGKILL)
            let lines = try RunFiles.lines(folder("killed"))
            let gained = lines.count - counts[counts.count - 1]
            #expect(gained >= 0)
            counts.append(lines.count)
            // However busy the machine is: some kills before a certificate and some after, none after the last.
            latest *= gained > Self.images / Self.kills ? 0.7 : gained == 0 ? 1.1 : 1
        }
        #expect(Set(counts).count > Self.kills / 5 && counts[Self.kills] < Self.images, "\(counts)")

        let finished = try Command(run(folder("killed")))
        #expect(finished.status == 0, "\(finished)")
        let (truth, killed) = (try RunFiles(folder("undisturbed")), try RunFiles(folder("killed")))
        #expect(killed.lines.count == Self.images)
        #expect(killed.untimedLines == truth.untimedLines)
        #expect(killed.untimedRows == truth.untimedRows)
        #expect(try Command("verify", folder("killed")).status == 0)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder("killed"))
        #expect(files.sorted() == ["certificates.jsonl", "certificates.tsv", "run.json"])
    }
}
