import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretySmoothing
import SuretyTensors
import TestSupport
import Testing

@Suite struct FreshVotesTests {
    private let folder: TemporaryFolder
    private let images: LabelledImages
    private let network: Network

    init() throws {
        folder = try TemporaryFolder()
        images = try LabelledImages.random(count: 10)
        network = try Network.halfSpace(weights: [1, -2, 0.5, 1.5], bias: -0.3)
    }

    /// A run whose votes are those of the noise with `key`, or of its own key.
    private func run(key: UInt64? = nil, moving moved: Int = 0) throws -> URL {
        let certifier = try Certifier(noise: .gaussian(sigma: 0.5), alpha: 0.001, n0: 20, n: 2000)
        let record = SmoothingRecord(
            model: .init(file: "m.onnx", sha256: String(repeating: "0", count: 64)), data: .init(images),
            settings: SmoothingSettings(.certify(certifier), seed: 3), selection: .all,
            environment: .init(processor: "test", threads: 2, batch: 8, libraries: "test"))
        let url = folder.url(UUID().uuidString)
        let directory = try RunDirectory(at: url, for: record)
        let own = record.settings.key(model: record.model, data: record.data)
        let (classifier, images) = (try SmoothedClassifier(network, certifier.noise, key: key ?? own), images)
        try classifier.certify(directory.remaining, of: images, by: certifier, threads: 2) { honest in
            guard honest.image == 4, moved > 0 else { return try directory.append(honest) }
            var counts = honest.counts
            let top = counts[0] > counts[1] ? 0 : 1
            let votes = min(moved, counts[1 - top])
            (counts[top], counts[1 - top]) = (counts[top] + votes, counts[1 - top] - votes)
            try directory.append(Certificate(
                image: 4, imageSHA256: honest.imageSHA256, label: 1, rounding: honest.rounding, selectionCounts: honest.selectionCounts,
                counts: counts,
                verdict: certifier.verdict(
                    selectionCounts: honest.selectionCounts ?? [], counts: counts, dimensions: 4, rounding: honest.rounding ?? 0),
                seconds: 1))
        }
        try directory.save()
        return url
    }

    private func findings(in url: URL, seed: UInt64) throws -> [Finding] {
        let fresh = try FreshVotes(of: url, network, images, seed: seed)
        return try fresh.findings(on: fresh.chosen(nil), threads: 2)
    }

    /// With a dozen seeds: each may fail with a probability of .001.
    @Test func anHonestRunPasses() throws {
        let url = try run()
        for seed in 100..<112 as Range<UInt64> { #expect(try findings(in: url, seed: seed).isEmpty) }
    }

    /// Other noise than the record's is nothing that a fresh sample can tell from it: the probabilities are the same.
    @Test func onlyProbabilitiesAreJudged() throws {
        #expect(try findings(in: run(key: 99), seed: 5).isEmpty)
    }

    @Test func invertedVotesAreFound() throws {
        let found = try findings(in: run(moving: 500), seed: 5)
        #expect(found.map(\.image) == [4] && found[0].line == 5 && found[0].message.contains("fresh noise gives"))
    }

    @Test func theRunsOwnSeedIsRefused() throws {
        let url = try run()
        #expect(reason { _ = try FreshVotes(of: url, network, images, seed: 3) } == .invalidSettings)
    }
}
