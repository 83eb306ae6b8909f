import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyNetworks
import SuretyTensors
import Synchronization
import TestSupport
import Testing

/// On a linear classifier: which images can be attacked within a radius, and by how much the nearest one differs, is known.
struct AttackEvaluationTests {
    private static let count = 20
    private let classifier: LinearClassifier
    private let images: LabelledImages

    /// Pixels away from 0 and 1, so that the cube's limits play no part, around the boundary; all have class 0.
    init() throws {
        let pixels = LinearClassifier.images(Self.count, in: 0.4...0.6)
        let weights = try LinearClassifier().weights
        let mean = (0..<Self.count).map { place in
            (0..<LinearClassifier.size).reduce(0 as Float) { $0 + weights[$1] * pixels[place * LinearClassifier.size + $1] }
        }
        let boundary = (mean.sorted()[Self.count - 5] + mean.sorted()[Self.count - 4]) / 2
        classifier = try LinearClassifier(weights: weights, bias: -boundary)
        images = try LabelledImages(
            name: "flat", split: .test, pixels: .float32(pixels), count: Self.count, shape: LinearClassifier.shape,
            labels: [Int](repeating: 0, count: Self.count), source: "flat")
    }

    private func margin(_ image: Int) -> Float { classifier.margin(images.image(at: image)) }

    private func findings(
        _ evaluation: AttackEvaluation, _ indices: [Int] = Array(0..<Self.count), threads: Int = 2
    ) throws -> [AttackedImage] {
        let found = Mutex<[AttackedImage]>([])
        try evaluation.run(on: images, indices: indices, threads: threads) { finding in found.withLock { $0.append(finding) } }
        return found.withLock { $0.sorted { $0.image < $1.image } }
    }

    private func ascent(_ radius: Float) -> ProjectedGradient {
        ProjectedGradient(ball: Ball(.linf, radius: radius), stepSize: radius, steps: 3, start: .image)
    }

    /// The smallest of the radii beyond |w·x + b| / ‖w‖₁ succeeds, and no smaller one.
    @Test func succeedsWhereItCan() throws {
        let radii: [Float] = [0.005, 0.01, 0.02, 0.04]
        let evaluation = AttackEvaluation(
            of: classifier.network, attempts: radii.map { .init(ascent($0), radius: Double($0)) }, distance: .ball(.linf),
            batchSize: 3)
        let norm = classifier.weights.reduce(0) { $0 + abs($1) }
        let found = try findings(evaluation)
        #expect(found.map(\.image) == Array(0..<Self.count))
        #expect(Set(found.map(\.radius)).count >= 4)
        for finding in found {
            let margin = margin(finding.image)
            let needed = radii.first { -margin < $0 * norm }
            #expect(finding.cleanClass == (margin > 0 ? 1 : 0))
            #expect(finding.isSuccess == (needed != nil || margin > 0))
            if margin > 0 {
                #expect(finding.distance(in: .ball(.linf)) == 0 && finding.queries == 0 && finding.attack == nil && finding.adversarialClass == 1)
            } else if let needed {
                #expect(finding.radius == Double(needed) && finding.attack == "pgd" && finding.adversarialClass == 1)
                #expect(finding.distance(in: .ball(.linf)) <= Double(needed) && finding.distance(in: .ball(.linf)) > 0.99 * Double(needed))
                #expect(classifier.margin(finding.adversarial) > 0)
            } else {
                #expect(finding.distance(in: .ball(.linf)) == 0 && finding.adversarial == images.image(at: finding.image))
            }
        }
    }

    @Test(arguments: [(1, 1), (7, 2), (64, 3)])
    func isTheSameInAnyBatch(batchSize: Int, threads: Int) throws {
        func evaluation(_ batchSize: Int) -> AttackEvaluation {
            let attack = ProjectedGradient(ball: Ball(.l2, radius: 0.1), stepSize: 0.02, steps: 5)
            return AttackEvaluation(
                of: classifier.network, attempts: [.init(attack, radius: 0.1)], distance: .ball(.l2), batchSize: batchSize)
        }
        #expect(try findings(evaluation(batchSize), threads: threads) == findings(evaluation(4)))
        #expect(try findings(evaluation(batchSize), [3, 11]) == findings(evaluation(4)).filter { [3, 11].contains($0.image) })
    }

    /// An image that is too far away, has a NaN, or is not an image is no success, and does not affect the others.
    @Test func marksWhatItIsGiven() throws {
        let far = Planted { _, clean in clean.map { $0 + 0.3 } }
        let broken = Planted { index, clean in index % 2 == 0 ? clean.map { _ in .nan } : clean.map { $0 + 0.05 } }
        let outside = Planted { _, clean in clean.map { _ in 7 } }
        let weights = [Float](repeating: 1, count: LinearClassifier.size)
        let network = try LinearClassifier(weights: weights, bias: -7.3).network  // class 1 above a mean of 0.608
        func found(_ attack: Planted, radius: Double?) throws -> [AttackedImage] {
            try findings(
                AttackEvaluation(
                    of: network, attempts: [.init(attack, radius: radius)], distance: .ball(.linf), batchSize: 4))
        }
        #expect(try found(far, radius: 0.1).allSatisfy { !$0.isSuccess })
        #expect(try found(far, radius: nil).allSatisfy { $0.isSuccess && abs($0.distance(in: .ball(.linf)) - 0.3) < 1e-6 })
        let all = try found(broken, radius: nil)
        #expect(all.allSatisfy { $0.adversarial.allSatisfy(\.isFinite) && ($0.image % 2 == 1 || !$0.isSuccess) })
        let limited = try found(outside, radius: nil)
        #expect(limited.allSatisfy { $0.isSuccess && $0.adversarial.allSatisfy { $0 == 1 } && $0.distance(in: .ball(.linf)) <= 0.6 })
    }

    /// A ball's image that is outside by a rounding error is brought in.
    @Test func aRoundingErrorIsForgiven() throws {
        let weights = [Float](repeating: 1, count: LinearClassifier.size)
        let network = try LinearClassifier(weights: weights, bias: -7.3).network
        for norm in Norm.allCases {
            let radius = 0.3 * norm.largestLength(ofUnitIn: .linf, dimensions: LinearClassifier.size)
            let step = 0.3 * (1 + 2e-6)
            let slightly = Planted { _, clean in clean.map { $0 + Float(step) } }
            let all = try findings(
                AttackEvaluation(
                    of: network, attempts: [.init(slightly, radius: radius)], distance: .ball(norm), batchSize: 4))
            #expect(all.allSatisfy { $0.isSuccess && $0.distance(in: .ball(norm)) <= radius })
        }
    }

    /// The nearest of several attacks counts.
    @Test func theNearestCounts() throws {
        let weights = [Float](repeating: 1, count: LinearClassifier.size)
        let network = try LinearClassifier(weights: weights, bias: -7.3).network
        let attempts = [0.35, 0.3, 0.32].map { step in
            AttackEvaluation.Attempt(Planted { _, clean in clean.map { $0 + Float(step) } })
        }
        let all = try findings(
            AttackEvaluation(of: network, attempts: attempts, distance: .ball(.linf), batchSize: 4))
        #expect(all.allSatisfy { abs($0.distance(in: .ball(.linf)) - 0.3) < 1e-6 && $0.queries == 3 })
    }

    /// A measured attempt is made on every image that is right, found already or not, and what came of it is recorded with the
    /// loss of the network that is measured: log(1 + exp(w·x + b)) for class 0 of two.
    @Test func measuredAttemptsAreMadeOnAll() throws {
        let radii = [0.005, 0.02, 0.3]
        func evaluation(measured: Bool) -> AttackEvaluation {
            AttackEvaluation(
                of: classifier.network,
                attempts: radii.map { .init(ascent(Float($0)), radius: $0, isMeasured: measured) }, distance: .ball(.linf),
                batchSize: 3)
        }
        let norm = classifier.weights.reduce(0) { $0 + abs($1) }
        let (usual, all) = try (findings(evaluation(measured: false)), findings(evaluation(measured: true)))
        for (usual, finding) in zip(usual, all) {
            let margin = margin(finding.image)
            #expect(usual.measurements.isEmpty)
            #expect(finding.adversarial == usual.adversarial && finding.radius == usual.radius)
            if margin > 0 {
                #expect(finding.measurements.isEmpty)
                continue
            }
            #expect(finding.measurements.map(\.radius) == radii)
            for measurement in finding.measurements {
                let reached = Double(margin) + (measurement.radius ?? 0) * Double(norm)
                #expect(abs(try #require(measurement.crossEntropy) - log1p(exp(reached))) < 1e-4)
                #expect(measurement.isSuccess == (reached > 0))
                #expect(abs(measurement.distance - (measurement.radius ?? 0)) < 1e-6)
            }
        }
        // The loss may belong to a network other than the one followed.
        let other = try LinearClassifier(weights: classifier.weights, bias: classifier.bias - 1).network
        let transferred = AttackEvaluation(
            of: classifier.network, attempts: [.init(ascent(0.02), radius: 0.02, isMeasured: true)], distance: .ball(.linf),
            batchSize: 3, measuring: other)
        for finding in try findings(transferred) where margin(finding.image) < 0 {
            let reached = Double(margin(finding.image) + 0.02 * norm)
            #expect(abs(try #require(finding.measurements[0].crossEntropy) - log1p(exp(reached - 1))) < 1e-4)
        }
    }

    /// A transfer attack follows one network and is judged by another.
    @Test func transfers() throws {
        let opposite = try LinearClassifier(weights: classifier.weights.map { -$0 }, bias: -classifier.bias)
        let judged = opposite.network
        let evaluation = AttackEvaluation(
            of: classifier.network, attempts: [.init(ascent(0.3), radius: 0.3)], distance: .ball(.linf), batchSize: 4,
            judgedBy: { try NetworkJudge(judged, batchSize: 4) })
        // Away from class 0 of the one is towards class 0 of the other.
        for finding in try findings(evaluation) {
            #expect(finding.cleanClass == (margin(finding.image) > 0 ? 0 : 1))
            #expect(finding.isSuccess == (finding.cleanClass == 1))
        }
    }

    /// An attack on a smoothed classifier averages over copies of that classifier's noise. Gaussian ones are what they always
    /// were: recorded attacks depend on them.
    @Test func theCopiesAreOfTheClassifiersNoise() throws {
        let (indices, copies) = ([4, 9], 3)
        let counting = CountingNoise(step: 0.25)
        var counted: [[Float]] = []
        for sample in 0..<copies {
            for index in indices {
                counted.append(Array(repeating: counting.value(sample: sample, index: index), count: LinearClassifier.size))
            }
        }
        #expect(try noise(of: Noise(counting), copies: copies, for: indices) == counted)

        let drawn = Images(count: copies * indices.count, shape: LinearClassifier.shape)
        GaussianNoise(key: 7, sigma: 0.3).draw(drawn, for: indices, firstSample: 0, stream: .attackedCopies)
        let float = Noise(try FloatGaussian(sigma: 0.3))
        for gaussian in [float, try .gaussian(sigma: 0.3), try .gaussian(sigma: 0.3, grid: .levels16)] {
            #expect(try noise(of: gaussian, copies: copies, for: indices) == drawn.map { Array($0) })
        }
    }

    /// What an attack is given on a classifier with this noise: copy after copy, with a row for each image.
    private func noise(of noise: Noise, copies: Int, for indices: [Int]) throws -> [[Float]] {
        let seen = Mutex<[[Float]]>([])
        let onlooker = Onlooker { rows in seen.withLock { $0 += rows } }
        let evaluation = AttackEvaluation(
            of: try LinearClassifier(bias: -100).network, attempts: [.init(onlooker)], distance: .ball(.l2),
            smoothing: .init(noise: noise, copies: copies), seed: 7, batchSize: indices.count)
        _ = try findings(evaluation, indices, threads: 1)
        return seen.withLock { $0 }
    }

    @Test func refusesOtherImages() throws {
        let network = try Architecture.mlp.network(imageShape: [1, 2, 2], classCount: 2, seed: 0)
        let evaluation = AttackEvaluation(of: network, attempts: [], distance: .ball(.l2))
        #expect(throws: AttackError.self) { try findings(evaluation) }
    }
}

/// An attack that proposes what a test wants.
private struct Planted: ClassifierAttack {
    static let name = "planted"
    let proposal: @Sendable (Int, [Float]) -> [Float]

    var parameters: [String: String] { [:] }

    func answer(copies: Int) -> Classifier.Answer { .logits }

    func run(_ batch: AttackBatch, on classifier: AttackedClassifier) {
        classifier.evaluate()
        for (place, index) in batch.indices.enumerated() {
            classifier.points[place].set(proposal(index, Array(batch.images[place])))
        }
    }
}

/// An attack that moves nothing, and tells of the noise it is given.
private struct Onlooker: ClassifierAttack {
    static let name = "onlooker"
    let look: @Sendable ([[Float]]) -> Void

    var parameters: [String: String] { [:] }

    func answer(copies: Int) -> Classifier.Answer { .logits }

    func run(_ batch: AttackBatch, on classifier: AttackedClassifier) {
        if let noise = batch.noise { look(noise.map { Array($0) }) }
    }
}
