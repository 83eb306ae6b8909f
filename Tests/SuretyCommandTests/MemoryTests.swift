import Foundation
import TestSupport
import Testing

@Suite struct MemoryTests {
    /// Ten times the samples take no more memory: votes are counted, not kept.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status"), "needs Linux's /proc"))
    func doesNotGrowWithTheSamples() throws {
        let folder = try TemporaryFolder()
        let few = try peak(folder("few"), n: 10_000)
        let many = try peak(folder("many"), n: 100_000)
        #expect(few > 1 << 20)
        #expect(abs(many - few) < 4 << 20, "\(few) bytes with 10,000 samples, \(many) with 100,000")
    }

    /// The largest resident set of a run, in bytes.
    private func peak(_ output: String, n: Int) throws -> Int {
        let running = try RunningCommand(
            DigitsRun.arguments(output, ["--n", "\(n)", "--max", "6", "--threads", "2", "--batch", "64"]))
        var peak = 0
        while running.isRunning {
            let status = (try? String(contentsOfFile: "/proc/\(running.identifier)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            peak = max(peak, (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10)
            usleep(1000)
        }
        #expect(try running.wait().status == 0)
        return peak
    }
}
