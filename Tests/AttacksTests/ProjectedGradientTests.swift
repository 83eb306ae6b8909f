import Foundation
import SuretyAttacks
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

/// On a linear classifier of two classes the worst image of a ball is known.
struct ProjectedGradientTests {
    private static let count = 12
    /// The logits are 0 and w·x: at label 0, the loss log(1 + exp(w·x)) rises along w.
    private let weights: [Float]
    private let network: Network

    init() throws {
        var generator = SeededGenerator(seed: 2)
        weights = generator.distinctValues(count: Self.count)
        var builder = try NetworkBuilder(imageShape: [1, 3, 4])
        try builder.add(Tensor(shape: [2, Self.count], values: [Float](repeating: 0, count: Self.count) + weights), as: "w")
        let flat = try builder.append(.reshape(to: [Self.count]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "w", bias: nil), to: [flat])
        network = try builder.network(output: logits)
    }

    private func run(
        _ attack: ProjectedGradient, images: [Float], indices: [Int]? = nil, trial: Int = 0, noise: [Float]? = nil,
        copies: Int = 0, on network: Network? = nil
    ) throws -> [Float] {
        let batch = images.count / Self.count
        let network = network ?? self.network
        let executor = try attack.makeExecutor(on: network, batchSize: batch, copies: copies)
        let attacked = AttackBatch(
            images: Images(images, of: network), labels: (0..<batch).map { _ in 0 },
            noise: noise.map { Images($0, of: network) }, indices: indices ?? Array(0..<batch), seed: 3, trial: trial)
        return try Array(executor.run(attacked, parameters: network.parameters).elements)
    }

    private func images(_ count: Int, in range: ClosedRange<Float> = 0...1) -> [Float] {
        var generator = SeededGenerator(seed: 8)
        return (0..<count * Self.count).map { _ in .random(in: range, using: &generator) }
    }

    @Test func reachesTheCornerOfTheCube() throws {
        let attack = ProjectedGradient(ball: Ball(.linf, radius: 0.3), stepSize: 0.05, steps: 20)
        let clean = images(3)
        let found = try run(attack, images: clean)
        for i in clean.indices {
            let w = weights[i % Self.count]
            let expected = min(max(clean[i] + (w > 0 ? 0.3 : -0.3), 0), 1)
            #expect(abs(found[i] - expected) < 1e-6, "pixel \(i)")
        }
    }

    @Test func reachesTheEdgeOfTheEuclideanBall() throws {
        let clean = images(3, in: 0.4...0.6)
        let length = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for start in [.image, .uniform, .gaussian(0.1)] as [ProjectedGradient.Start] {
            let attack = ProjectedGradient(ball: Ball(.l2, radius: 0.3), stepSize: 0.05, steps: 60, start: start)
            let found = try run(attack, images: clean)
            for i in clean.indices {
                #expect(abs(found[i] - (clean[i] + 0.3 * weights[i % Self.count] / length)) < 1e-4, "pixel \(i)")
            }
        }
    }

    @Test(arguments: [Loss.crossEntropy, .divergence, .smoothedCrossEntropy], Norm.allCases)
    func anImageIsAttackedAlikeInEveryBatch(_ loss: Loss, _ norm: Norm) throws {
        let network = try Architecture.mlp.network(imageShape: [1, 3, 4], classCount: 2, seed: 3)
        let attack = ProjectedGradient(ball: Ball(norm, radius: 0.3), stepSize: 0.1, steps: 5, start: .uniform, loss: loss)
        let clean = images(4)
        let together = try run(attack, images: clean, on: network)
        #expect(together != clean)
        for image in 0..<4 {
            let range = image * Self.count..<(image + 1) * Self.count
            let alone = try run(attack, images: Array(clean[range]), indices: [image], on: network)
            #expect(zip(alone, together[range]).allSatisfy { abs($0 - $1) < 1e-5 }, "image \(image)")
        }
    }

    /// The loss is convex in x here, so that no step small against the ball lowers it.
    @Test(arguments: Norm.allCases)
    func everyStepRaisesAConvexLoss(_ norm: Norm) throws {
        let clean = images(1)
        var last = -Float.infinity
        for steps in 0..<8 {
            let attack = ProjectedGradient(ball: Ball(norm, radius: 0.3), stepSize: 0.03, steps: steps, start: .image)
            let found = try run(attack, images: clean)
            let margin = zip(found, weights).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(margin > last)
            last = margin
        }
    }

    /// Copies under noise, averaged: the ascent follows the mean of p_y's slopes, not that of one copy.
    @Test func noisyCopiesAreAveraged() throws {
        let network = try Architecture.mlp.network(imageShape: [1, 3, 4], classCount: 2, seed: 3)
        let attack = ProjectedGradient(
            ball: Ball(.l2, radius: 1), stepSize: 0.1, steps: 1, start: .image, loss: .smoothedCrossEntropy)
        let clean = images(1, in: 0.4...0.6)
        let noise = images(2, in: -0.3...0.3)
        let found = try run(attack, images: clean, noise: noise, copies: 2, on: network)

        let x = Node.input("x", shape: [1, 1, 3, 4])
        let mean = try (0..<2).map { copy in
            let moved = try x + Node.constant(Tensor(shape: x.shape, values: Array(noise[copy * 12..<copy * 12 + 12])))
            return try network.logits(of: moved).softmax(axis: 1).sliced(from: [0, 0], to: [1, 1]).sum()
        }
        let loss = try (mean[0] + mean[1]).log() * .constant(-1)
        let slope = try ReferenceEvaluator().evaluate(gradient(of: loss, with: [x]), inputs: [x: clean.map(Double.init)])[0]
        let length = slope.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for i in 0..<12 { #expect(abs(Double(found[i] - clean[i]) - 0.1 * slope[i] / length) < 1e-5) }
    }

    /// With no steps, what is left is the start: another for each image and trial, and for one of them always the same.
    @Test(arguments: [ProjectedGradient.Start.uniform, .gaussian(0.05)])
    func startsAreKeyedByImageAndTrial(_ start: ProjectedGradient.Start) throws {
        let attack = ProjectedGradient(ball: Ball(.linf, radius: 0.1), stepSize: 0.1, steps: 0, start: start)
        let clean = images(1, in: 0.3...0.7)
        func first(_ index: Int, _ trial: Int) throws -> [Float] {
            try run(attack, images: clean, indices: [index], trial: trial)
        }
        #expect(try first(5, 1) == first(5, 1))
        #expect(try first(5, 1) != first(6, 1))
        #expect(try first(5, 1) != first(5, 2))
        #expect(try zip(first(5, 1), clean).allSatisfy { abs($0 - $1) <= 0.1 + 1e-6 && $0 != $1 })
    }

    /// An image that rests on success is the one that the shortest ascent which succeeds would find.
    @Test func anImageRestsOnceTheNetworkErrs() throws {
        let clean = [Float](repeating: 0.5, count: Self.count)
        let start = zip(clean, weights).reduce(0) { $0 + $1.0 * $1.1 }
        let classifier = try LinearClassifier(weights: weights, bias: -start - 0.11 * weights.reduce(0) { $0 + abs($1) })
        func found(_ steps: Int, rests: Bool) throws -> [Float] {
            try ProjectedGradient(
                ball: Ball(.linf, radius: 0.3), stepSize: 0.02, steps: steps, start: .image, restsOnSuccess: rests
            ).run(on: classifier.network, images: clean, labels: [0])
        }
        let rested = try found(12, rests: true)
        #expect(try rested == found(6, rests: false) && rested != found(12, rests: false))
        #expect(try classifier.margin(rested) > 0 && classifier.margin(found(5, rests: true)) < 0)
    }

    @Test func zeroStepsOrRadiusLeaveTheImage() throws {
        let clean = images(2)
        let still = ProjectedGradient(ball: Ball(.linf, radius: 0.3), stepSize: 0.1, steps: 0, start: .image)
        #expect(try run(still, images: clean) == clean)
        let tight = ProjectedGradient(ball: Ball(.l2, radius: 0), stepSize: 0.1, steps: 3, start: .image)
        #expect(try run(tight, images: clean) == clean)
    }
}
