import Foundation
import SuretyTensors
import TestSupport
import Testing

/// examples/noise: a second implementation of the noise and its key, in Python.
@Suite struct NoiseScriptTests {
    private static let script = DigitsRun.repository.appendingPathComponent("examples/noise/noise.py").path
    private static let python = ProcessInfo.processInfo.environment["SURETY_PYTHON"] ?? "python3"

    /// Whether it can run here.
    private static let isAtHand: Bool = {
        let found = (try? run(["-c", "import numpy, mpmath"]))?.status == 0
        if !found { print("SKIPPED: examples/noise/noise.py, for want of numpy and mpmath (set SURETY_PYTHON)") }
        return found
    }()

    private static func run(_ arguments: [String], input: String = "") throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python] + arguments
        let (standardInput, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (standardInput, output, FileHandle.nullDevice)
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

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
        let found = try Self.run([Self.script], input: requests)
        #expect(found.status == 0)
        #expect(found.output.split(separator: "\n").map { Int32($0) } == expected)
    }

    @Test(.enabled(if: isAtHand)) func givesTheSameKey() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        let found = try Self.run([Self.script, folder("run")])
        #expect(found.status == 0 && found.output.hasSuffix("is stated\n"))
    }
}
