import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretySmoothing
import SuretyTensors
import Testing
import TestSupport

@Suite struct ReplayTests {
    let temporary: TemporaryFolder
    let images: LabelledImages
    let network: Network

    init() throws {
        temporary = try TemporaryFolder()
        images = try LabelledImages.random(count: 10)
        network = try Network.halfSpace(weights: [1, -2, 0.5, 1.5], bias: -0.3)
    }

    /// A run of the network; `alter` may change what is written, with digests to match.
    private func run(noise: Noise? = nil, alter: @escaping @Sendable (Certificate) -> Certificate = { $0 }) throws -> URL {
        let certifier = try Certifier(noise: noise ?? .gaussian(sigma: 0.5, grid: .levels16), alpha: 0.001, n0: 20, n: 1000)
        let settings = SmoothingSettings(.certify(certifier), seed: 3)
        let record = SmoothingRecord(
            model: .init(file: "m.onnx", sha256: String(repeating: "0", count: 64)), data: .init(images), settings: settings,
            selection: .all, environment: .init(processor: "test", threads: 2, batch: 8, libraries: "test"))
        let url = temporary.url(UUID().uuidString)
        let directory = try RunDirectory(at: url, for: record)
        let classifier = try SmoothedClassifier(network, settings.noise, key: settings.key(model: record.model, data: record.data))
        try classifier.certify(directory.remaining, of: images, by: certifier, threads: 2) {
            try directory.append(alter($0))
        }
        try directory.save()
        return url
    }

    /// With noise on either grid, and with that of the first version.
    @Test func anHonestRunReplays() throws {
        for noise in [try Noise.gaussian(sigma: 0.5), try .gaussian(sigma: 0.5, grid: .levels16), Noise(try FloatGaussian(sigma: 0.5))] {
            let directory = try run(noise: noise)
            let replay = try Replay(of: directory, network, images)
            #expect(Verification<SmoothingSettings>.findings(in: directory, images: images).isEmpty)
            #expect(try replay.findings(on: replay.chosen(nil), threads: 2).isEmpty)
        }
    }

    @Test func choosesAsManyAsAsked() throws {
        let directory = try run()
        #expect(Verification<SmoothingSettings>.findings(in: directory, images: images).isEmpty)
        let replay = try Replay(of: directory, network, images)
        #expect(replay.chosen(nil) == Array(0..<10))
        #expect(replay.chosen(4).count == 4)
        #expect(replay.chosen(40).count == 10)
        #expect(try replay.findings(on: replay.chosen(nil), threads: 2).isEmpty)
    }

    /// A forger who moves one vote and recomputes everything else passes verification, but not a replay.
    @Test func aForgedVoteIsFound() throws {
        let images = images
        let directory = try run { honest in
            guard honest.image == 6 else { return honest }
            var counts = honest.counts
            let top = counts[0] > counts[1] ? 0 : 1
            (counts[top], counts[1 - top]) = (counts[top] - 1, counts[1 - top] + 1)
            let verdict = try! Certifier(noise: .gaussian(sigma: 0.5, grid: .levels16), alpha: 0.001, n0: 20, n: 1000).verdict(
                selectionCounts: honest.selectionCounts!, counts: counts, dimensions: 4, rounding: honest.rounding ?? 0)
            return Certificate(
                image: 6, imageSHA256: images.imageSHA256(at: 6), label: 1, rounding: honest.rounding, selectionCounts: honest.selectionCounts,
                counts: counts, verdict: verdict, seconds: honest.seconds)
        }
        #expect(Verification<SmoothingSettings>.findings(in: directory, images: images).isEmpty)
        let replay = try Replay(of: directory, network, images)
        let findings = try replay.findings(on: replay.chosen(nil), threads: 2)
        #expect(findings.map(\.image) == [6])
        #expect(findings.first?.line == 7)
        #expect(findings.first?.message.contains("but the seed gives") == true)
    }

    @Test func anotherModelIsFound() throws {
        let other = try Network.halfSpace(weights: [1, -2, 0.5, 1.4], bias: -0.3)
        let replay = try Replay(of: run(), other, images)
        #expect(!(try replay.findings(on: replay.chosen(nil), threads: 2)).isEmpty)
    }

    @Test func aSmallerDataSetIsAFinding() throws {
        let replay = try Replay(of: run(), network, .random(count: 5))
        let findings = try replay.findings(on: replay.chosen(nil), threads: 2)
        #expect(findings.first?.message.contains("only 5 images") == true)
    }
}
