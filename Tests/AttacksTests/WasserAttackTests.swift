import Attacks
import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

struct WasserAttackTests {
    private let size = LinearClassifier.size

    private func distance(_ x: [Float], _ z: [Float]) throws -> WassersteinDistance.Transport {
        try x.withUnsafeBufferPointer { x in
            try z.withUnsafeBufferPointer { z in
                try WassersteinDistance().between(x, z, shape: LinearClassifier.shape)
            }
        }
    }

    /// On a linear classifier the worst plan from one pixel is a linear programme with two constraints: its optimum sends
    /// the mass to at most two places, which are found by trying all pairs.
    @Test(arguments: [0.1, 0.5, 1, 3])
    func onePixelMatchesTheLinearProgramme(_ radius: Double) throws {
        let classifier = try LinearClassifier(bias: -100)
        let (source, mass) = (5, 0.5)
        let clean: [Float] = (0..<size).map { $0 == source ? Float(mass) : 0 }
        let gains = (0..<size).map { mass * Double(classifier.weights[$0]) }
        let costs = (0..<size).map { GroundCost()($0 % 4 - source % 4, $0 / 4 - source / 4) }
        var best = -Double.infinity
        for i in 0..<size {
            for j in 0..<size {
                // The largest part that may go to j with the rest at i.
                let part = costs[j] > costs[i] ? min(1, (radius - costs[i]) / (costs[j] - costs[i])) : 1
                if costs[i] <= radius, part >= 0 { best = max(best, gains[i] + part * (gains[j] - gains[i])) }
            }
        }
        let found = try WasserAttack(growth: .fixed(radius), iterations: 400)
            .run(on: classifier.network, images: clean, labels: [0])
        let reached = Double(classifier.margin(found)) + 100
        #expect(abs(reached - best) < 0.02 * abs(best) + 1e-3, "\(reached) instead of \(best)")
        let transport = try distance(clean, found)
        #expect(transport.cost <= radius + 1e-2)
        #expect(transport.massError < 1e-3)
    }

    /// All constraints hold at the end: mass, pixels up to 1, radius.
    @Test func whatItMakesLiesInTheBall() throws {
        let classifier = try LinearClassifier(bias: -100)
        let clean = LinearClassifier.images(4, in: 0...0.9)
        let found = try WasserAttack(growth: .fixed(0.3), iterations: 300)
            .run(on: classifier.network, images: clean, labels: [0, 0, 0, 0])
        #expect(found.allSatisfy { 0...1 ~= $0 })
        for place in 0..<4 {
            let range = place * size..<(place + 1) * size
            let transport = try distance(Array(clean[range]), Array(found[range]))
            #expect(transport.cost <= 0.3 * 1.02)
            #expect(transport.massError < 5e-3)
            #expect(classifier.margin(found, at: place) > classifier.margin(clean, at: place))
        }
    }

    @Test func imagesAlreadyMisclassifiedOrWithoutMassStay() throws {
        let clean = LinearClassifier.images(2)
        let eager = try LinearClassifier(bias: 100)
        #expect(try WasserAttack().run(on: eager.network, images: clean, labels: [0, 0]) == clean)
        let black = [Float](repeating: 0, count: size)
        let stubborn = try LinearClassifier(bias: -100)
        #expect(try WasserAttack().run(on: stubborn.network, images: black, labels: [0]) == black)
    }

    /// Zero pixels beside full ones, and an image that is nothing but one full pixel.
    @Test func sparseImagesGiveNumbers() throws {
        let classifier = try LinearClassifier(bias: -100)
        let images: [Float] = (0..<2 * size).map { $0 == 5 || $0 >= size && $0 % 3 == 0 ? 1 : 0 }
        let found = try WasserAttack(iterations: 100).run(on: classifier.network, images: images, labels: [0, 0])
        #expect(found.allSatisfy { $0.isFinite && 0...1 ~= $0 })
    }

    @Test func nonsenseIsRefused() throws {
        let network = try LinearClassifier().network
        let attacks = [
            WasserAttack(growth: .fixed(.nan)), WasserAttack(iterations: -1), WasserAttack(windowSize: 2),
            WasserAttack(multipliers: .init(alpha: -1)), WasserAttack(multipliers: .init(beta: .infinity)),
            WasserAttack(rate: 0), WasserAttack(groundCost: GroundCost(exponent: 0)), WasserAttack(tolerance: -1),
        ]
        for attack in attacks {
            #expect(throws: AttackError.self) { _ = try attack.makeExecutor(on: network, batchSize: 1, copies: 0) }
        }
    }

    /// ℓ₀ of two images and three classes, and of the mean of two copies.
    @Test(arguments: [1, 2])
    func theMarginIsThatOfTheHighestOtherLogit(_ copies: Int) throws {
        let values: [Double] = [0.3, -1.2, 2.5, 4, 1.5, -3, 1.1, 0.2, -0.7, 2, 6, 0.5]
        let logits = Node.input("logits", shape: [2 * copies, 3])
        let labels = Node.input("labels", shape: [2, 3])
        let loss = try AdversarialLoss.margin.node(logits: logits, labels: labels, reference: nil, copies: copies)
        let slopes = try gradient(of: loss, with: [logits])
        let results = try ReferenceEvaluator().evaluate(
            [loss] + slopes, inputs: [logits: Array(values.prefix(6 * copies)), labels: [0, 1, 0, 1, 0, 0]])
        let expected = copies == 1 ? (2.5 + 1.2) + (1.5 - 4) : (0.9 + 0.5) + (3.75 - 3)
        #expect(abs(results[0][0] - expected) < 1e-6)
        // Images' largest other logit rises, the label's falls.
        let slope = copies == 1 ? [0, -1, 1, -1, 1, 0] : [0, 0, 0, -0.5, 0.5, 0]
        for (i, value) in slope.enumerated() where copies == 1 || i >= 3 {
            #expect(abs(results[1][i] - value) < 1e-6, "element \(i)")
        }
    }
}
