import SuretyDatasets
import Foundation
import SuretyNetworks
import SuretyRecords
import SuretyStatistics
import Synchronization
import SuretyTensors
import TestSupport
import Testing

import SuretySmoothing

extension SmoothedClassifier {
    /// All votes, in order of delivery.
    func votes(
        on indices: [Int], of images: LabelledImages, selection: Int, estimation: Int, threads: Int
    ) throws -> [Votes] {
        let all = Mutex<[Votes]>([])
        try countVotes(on: indices, of: images, selection: selection, estimation: estimation, threads: threads) { votes in
            all.withLock { $0.append(votes) }
        }
        return all.withLock { $0 }
    }

    func certificates(
        _ procedure: SmoothingSettings.Procedure, on indices: [Int], of images: LabelledImages
    ) throws -> [Certificate] {
        let all = Mutex<[Certificate]>([])
        switch procedure {
        case .certify(let certifier):
            try certify(indices, of: images, by: certifier, threads: 2) { certificate in all.withLock { $0.append(certificate) } }
        case .predict(let predictor):
            try predict(indices, of: images, by: predictor, threads: 2) { certificate in all.withLock { $0.append(certificate) } }
        }
        return all.withLock { $0 }
    }
}

@Suite struct SmoothedClassifierTests {
    let weights: [Float] = [1, -2, 0.5, 1.5]
    let bias: Float = -0.3

    private func classifier(key: UInt64 = 0, batch: Int? = nil) throws -> SmoothedClassifier {
        try SmoothedClassifier(
            .halfSpace(weights: weights, bias: bias), .gaussian(sigma: 0.5), key: key, batchSize: batch)
    }

    /// For a half-space, P[f(x + σz) = 1] = Φ((w·x + b)/(σ‖w‖)), and the true radius is |w·x + b|/‖w‖ (Cohen et al. on
    /// linear classifiers). Votes must fit the one, and no radius exceed the other.
    @Test func halfSpacesAgreeWithTheClosedForm() throws {
        let images = try LabelledImages.random(count: 60)
        let certifier = try Certifier(noise: .gaussian(sigma: 0.5), alpha: 0.001, n0: 100, n: 20_000)
        let norm = weights.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
        var certified = 0
        for certificate in try classifier().certificates(.certify(certifier), on: Array(0..<60), of: images) {
            let product = zip(images.image(at: certificate.image), weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            let margin = (product + Double(bias)) / norm
            let p = NormalDistribution.cumulative(margin / 0.5)
            let share = Double(certificate.counts[1]) / 20_000
            #expect(abs(share - p) < 5 * (p * (1 - p) / 20_000).squareRoot() + 1e-4, "image \(certificate.image)")
            guard let radius = certificate.verdict.radius else { continue }
            certified += 1
            #expect(certificate.verdict.answer == (margin > 0 ? 1 : 0))
            #expect(radius <= abs(margin))
            // Near enough to be of use: 20 000 samples cost a few hundredths.
            #expect(radius > abs(margin) - 0.1 || abs(margin) > 1.5)
        }
        #expect(certified > 40)
    }

    @Test func votesDoNotDependOnBatchOrThreads() throws {
        let images = try LabelledImages.random(count: 7)
        func counts(batch: Int?, threads: Int) throws -> [[Int]] {
            try classifier(batch: batch).votes(
                on: [5, 0, 3, 6], of: images, selection: 13, estimation: 101, threads: threads
            ).flatMap { [[$0.image], $0.selection, $0.estimation] }
        }
        let reference = try counts(batch: 1, threads: 1)
        #expect(reference.count == 12)
        for batch in [2, 7, 64, 500, nil] {
            for threads in 1...4 { #expect(try counts(batch: batch, threads: threads) == reference) }
        }
    }

    /// The votes again, sample by sample, from the noise and the half-space alone.
    @Test func votesAreThoseOfTheNoise() throws {
        let images = try LabelledImages.random(count: 3)
        let votes = try classifier(key: 11).votes(on: [2], of: images, selection: 40, estimation: 300, threads: 2)
        let noise = try #require(Gaussian(sigma: 0.5, grid: .levels8).sampler(key: 11) as? GridNoise)
        let points = Grid.levels8.points(of: images.image(at: 2))
        func count(_ samples: Int, _ stream: RandomStream) -> [Int] {
            var counts = [0, 0]
            for sample in 0..<samples {
                let drawn = noise.integers(count: 4, sample: UInt32(sample), image: 2, stream: stream)
                let noisy = zip(points, drawn).map { Double($0 + $1) / 255 }
                let value = zip(noisy, weights).reduce(Double(bias)) { $0 + $1.0 * Double($1.1) }
                counts[value > 0 ? 1 : 0] += 1
            }
            return counts
        }
        #expect(votes.map(\.selection) == [count(40, .selection)])
        #expect(votes.map(\.estimation) == [count(300, .estimation)])
    }

    /// A certificate of other noise than was drawn is refused.
    @Test func refusesOtherNoise() throws {
        let images = try LabelledImages.random(count: 1)
        let other = try Certifier(noise: .gaussian(sigma: 0.25), alpha: 0.001, n0: 10, n: 100)
        #expect(throws: RunError.self) { try classifier().certificates(.certify(other), on: [0], of: images) }
    }

    @Test func predictionsUseAllSamplesOfTheEstimationStream() throws {
        let images = try LabelledImages.random(count: 2)
        let predictor = try Predictor(noise: .gaussian(sigma: 0.1), alpha: 0.001, n: 500)
        let classifier = try SmoothedClassifier(.halfSpace(weights: [1, 1, 1, 1], bias: 0), predictor.noise, key: 0)
        let certificates = try classifier.certificates(.predict(predictor), on: [0, 1], of: images)
        #expect(certificates.allSatisfy { $0.selectionCounts == nil && $0.counts.reduce(0, +) == 500 })
        #expect(certificates.allSatisfy { $0.verdict.answer == 1 && $0.isCorrect })
    }
}
