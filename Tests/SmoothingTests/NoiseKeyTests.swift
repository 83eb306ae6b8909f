import Foundation
import SuretyRecords
import SuretySmoothing
import SuretyTensors
import Testing
import TestSupport

@Suite struct NoiseKeyTests {
    private let model = ModelRecord(file: "m.onnx", sha256: "ab", mean: [0.5], std: [0.25])
    private let data = DataRecord(name: "d", split: .test, sha256: "cd", count: 3, shape: [1, 2, 2])

    private func key(
        seed: UInt64 = 0, _ model: ModelRecord? = nil, data: String = "cd", _ noise: Noise? = nil,
        _ procedure: NoiseKey.Procedure = .certify
    ) throws -> UInt64 {
        let set = DataRecord(name: "another name", split: .train, sha256: data, count: 9, shape: [1, 2, 2])
        return NoiseKey(
            seed: seed, model: model ?? self.model, data: set, noise: try noise ?? .gaussian(sigma: 0.25), procedure: procedure).value
    }

    /// The first 16 digits of `sha256sum` of the lines.
    @Test func isTheDigestOfItsParts() throws {
        #expect(try key() == 0xde16_7cc6_1e41_2f76)
        #expect(try key(ModelRecord(file: "x", sha256: "ab")) == 0x19b3_1a64_6e59_48d3)
    }

    /// Each part changes it; what a run may be extended by does not.
    @Test func everyPartCounts() throws {
        let keys = try [
            key(), key(seed: 1), key(ModelRecord(file: "m.onnx", sha256: "ac", mean: [0.5], std: [0.25])),
            key(ModelRecord(file: "m.onnx", sha256: "ab")), key(ModelRecord(file: "m.onnx", sha256: "ab", mean: [0.5], std: [0.2])),
            key(data: "ce"), key(nil, .gaussian(sigma: 0.5)), key(nil, .gaussian(sigma: 0.25, grid: .levels16)), key(nil, nil, .predict),
            key(nil, nil, .attack), key(nil, nil, .fresh), key(nil, nil, .pilot),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(try key(ModelRecord(file: "renamed", sha256: "ab", mean: [0.5], std: [0.25], metadata: ["a": "b"])) == key())
        func settings(_ n: Int, _ alpha: Double) throws -> UInt64 {
            try SmoothingSettings(.certify(Certifier(noise: .gaussian(sigma: 0.25), alpha: alpha, n0: n, n: n)), seed: 0).key(model: model, data: data)
        }
        #expect(try settings(10, 0.001) == settings(500, 0.05))
    }

    /// The first version's key was the seed.
    @Test func theFirstVersionKeepsItsSeed() throws {
        #expect(try key(seed: 42, nil, Noise(FloatGaussian(sigma: 0.25))) == 42)
    }

    /// A record with another key, and with every digest recomputed, is refused even without the model and the data.
    @Test func verifyDerivesTheKeyAnew() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun()
        try run.write(to: folder.url("run"))
        let file = folder.url("run").appendingPathComponent("run.json")
        let honest = try #require(run.record.random).key
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(text.contains("\"key\": \(honest)"))
        let record = try JSONDecoder().decode(
            SmoothingRecord.self, from: Data(text.replacingOccurrences(of: "\"key\": \(honest)", with: "\"key\": 7").utf8))
        let directory = folder.url("forged")
        let forged = try RunDirectory(at: directory, for: record)
        for image in forged.remaining { try forged.append(run.certificate(image)) }
        try forged.save()
        let findings = Verification<SmoothingSettings>.findings(in: directory)
        #expect(findings.map(\.file) == ["run.json"])
        #expect(findings.first?.message.contains("with the key \(honest)") == true)
        #expect(Verification<SmoothingSettings>.findings(in: folder.url("run")).isEmpty)
    }
}
