import Foundation
import SuretyDatasets
import TestSupport

/// Damages a valid file in thousands of ways, and checks what a reader does with it.
struct Mutations {
    var accepted = 0
    var refused = 0
    var silentTruncations = 0
    var slowest = Duration.zero

    /// Every truncation of short files, or a thousand of longer ones, and `flips` flips of one to four bits.
    init(
        of sound: [UInt8], at name: String, in folder: TemporaryFolder, flips: Int = 2_000, read: () throws -> Void
    ) throws {
        var random = Random(state: 2_024)
        for length in stride(from: 0, to: sound.count, by: max(1, sound.count / 1_000)) {
            let refusedBefore = refused
            try folder.write(Array(sound[..<length]), to: name)
            try attempt(read)
            if refused == refusedBefore { silentTruncations += 1 }
        }
        for _ in 0..<flips {
            var bytes = sound
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8)) }
            try folder.write(bytes, to: name)
            try attempt(read)
        }
    }

    private mutating func attempt(_ read: () throws -> Void) throws {
        let start = ContinuousClock.now
        do {
            try read()
            accepted += 1
        } catch is DatasetError {
            refused += 1
        }
        slowest = max(slowest, ContinuousClock.now - start)
    }

    private struct Random {
        var state: UInt64

        mutating func below(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
    }
}

/// The most memory this process has held so far, in bytes; 0 where Linux's /proc is not there to ask.
func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
}
