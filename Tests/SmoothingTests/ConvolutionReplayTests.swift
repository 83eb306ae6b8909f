import Foundation
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyRecords
import SuretySmoothing
import SuretyTensors
import TestSupport
import Testing

/// Runs of a network whose votes are decided by rounding errors alone, so that another algorithm gives others.
@Suite(.enabled(if: ConvolutionAlgorithm.winograd.isAvailable)) struct ConvolutionReplayTests {
    let temporary: TemporaryFolder
    let images: LabelledImages
    let network: Network

    init() throws {
        temporary = try TemporaryFolder()
        var generator = SeededGenerator(seed: 1)
        let pixels = (0..<3 * 64).map { _ in UInt8.random(in: 0...255, using: &generator) }
        images = try LabelledImages(
            name: "random", split: .test, pixels: .uint8(pixels), count: 3, shape: [1, 8, 8], labels: [0, 1, 0], source: "random")
        // The third channel is the sum of the first two, and the logit what is left of it when they are taken off.
        func random(_ count: Int) -> [Float] { (0..<count).map { _ in Float(Int.random(in: -8...8, using: &generator)) / 8 } }
        var second = random(32 * 32 * 9)
        let size = 32 * 9
        for i in 0..<size { second[2 * size + i] = second[i] + second[size + i] }
        var builder = try NetworkBuilder(imageShape: [1, 8, 8])
        try builder.add(Tensor(shape: [32, 1, 3, 3], values: random(32 * 9)), as: "first")
        try builder.add(Tensor(shape: [32, 32, 3, 3], values: second), as: "second")
        let positions = 16
        let difference = (0..<32 * positions).map { i in Float([-1, -1, 1][safely: i / positions] ?? 0) }
        try builder.add(
            Tensor(shape: [2, 32 * positions], values: difference + difference.map { _ in 0 }), as: "difference")
        let seen = try builder.append(.convolution(.init(), weights: "first", bias: nil), to: [builder.image])
        let mixed = try builder.append(.convolution(.init(), weights: "second", bias: nil), to: [seen])
        let flat = try builder.append(.reshape(to: [32 * positions]), to: [mixed])
        let logits = try builder.append(.dense(weights: "difference", bias: nil), to: [flat])
        network = try builder.network(output: logits)
    }

    private func run(by algorithm: ConvolutionAlgorithm, recordedAs convolution: String?) throws -> URL {
        let certifier = try Certifier(noise: .gaussian(sigma: 0.5), alpha: 0.001, n0: 20, n: 1000)
        let settings = SmoothingSettings(.certify(certifier), seed: 3)
        let record = SmoothingRecord(
            model: .init(file: "m.onnx", sha256: String(repeating: "0", count: 64)), data: .init(images), settings: settings,
            selection: .all,
            environment: .init(processor: "test", threads: 2, batch: 8, libraries: "test", convolution: convolution))
        let url = temporary.url(UUID().uuidString)
        let directory = try RunDirectory(at: url, for: record)
        let classifier = try SmoothedClassifier(
            network.convolving(by: algorithm), settings.noise, key: settings.key(model: record.model, data: record.data))
        #expect(classifier.convolution == algorithm)
        try classifier.certify(directory.remaining, of: images, by: certifier, threads: 2) { try directory.append($0) }
        try directory.save()
        return url
    }

    private func replayed(_ directory: URL) throws -> [Finding] {
        let replay = try Replay(of: directory, network, images)
        return try replay.findings(on: replay.chosen(nil), threads: 2)
    }

    /// The record decides how a replay convolves: directly if nothing is recorded, as in older certificates.
    @Test func aReplayConvolvesAsTheRunDid() throws {
        #expect(try replayed(run(by: .direct, recordedAs: nil)).isEmpty)
        #expect(try replayed(run(by: .winograd, recordedAs: "winograd")).isEmpty)
        #expect(try !replayed(run(by: .winograd, recordedAs: nil)).isEmpty)
        #expect(try !replayed(run(by: .direct, recordedAs: "winograd")).isEmpty)
    }

    @Test func anAlgorithmThatIsNotKnownIsRefused() throws {
        let directory = try run(by: .direct, recordedAs: "fourier")
        let error = #expect(throws: RunError.self) { try replayed(directory) }
        #expect(error?.description.contains("fourier convolutions") == true)
    }

    /// Under whatever batch.
    @Test func votesDoNotDependOnTheBatch() throws {
        let votes = try [1, 7, 8, 20, 64].map { batch in
            try SmoothedClassifier(network.convolving(by: .winograd), .gaussian(sigma: 0.5), key: 5, batchSize: batch)
                .votes(on: [0, 1, 2], of: images, selection: 10, estimation: 500, threads: 2).map(\.estimation)
        }
        #expect(votes.allSatisfy { $0 == votes[0] } && votes[0].joined().allSatisfy { $0 > 0 })
    }
}

extension Array {
    fileprivate subscript(safely index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
