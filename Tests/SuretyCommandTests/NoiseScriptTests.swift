import Foundation
import SuretyTensors
import TestSupport
import Testing

/// examples/noise: a second implementation of the noise and its key, in Python.
@Suite struct NoiseScriptTests {
    private static let script = PythonScript("noise/noise.py")

    /// Whether it can run here.
    private static let isAtHand = script.isAtHand

    /// A thousand random places of random noise.
    @Test(.enabled(if: isAtHand)) func givesTheSameIntegers() throws {
        var random = SeededGenerator(seed: 12)
        var (requests, expected) = ("", [Int32]())
        let laws = try [(0.12, Grid.levels8), (0.25, .levels8), (1, .levels8), (0.25, .levels16)].map { try Gaussian(sigma: $0, grid: $1) }
        for number in 0..<1000 {
            let law = laws[number % 4]
            let key = UInt64.random(in: 0 ... .max, using: &random)
            let (sample, image) = (UInt32.random(in: 0...200_000, using: &random), UInt32.random(in: 0...60_000, using: &random))
            let (stream, value) = ([RandomStream.selection, .estimation][number % 2], Int.random(in: 0..<3072, using: &random))
            requests += "\(law.sigma) \(law.grid?.steps ?? 0) \(key) \(sample) \(image) \(stream.rawValue) \(value)\n"
            let noise = try #require(law.sampler(key: key) as? GridNoise)
            expected.append(noise.integers(count: value + 1, sample: sample, image: image, stream: stream)[value])
        }
        let found = try Self.script(input: requests)
        #expect(found.status == 0)
        #expect(found.output.split(separator: "\n").map { Int32($0) } == expected)
    }

    @Test(.enabled(if: isAtHand)) func givesTheSameKey() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        let found = try Self.script(folder("run"))
        #expect(found.status == 0 && found.output.hasSuffix("is stated\n"))
    }
}
