import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

struct WasserAttackTests {
    private let size = LinearClassifier.size

    private func distance(_ x: [Float], _ z: [Float]) throws -> WassersteinDistance.Transport {
        try WassersteinDistance().between(x, z, shape: LinearClassifier.shape)
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
        let found = try WasserAttack(growth: .fixed(radius)).with(\.iterations, 400)
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
        let found = try WasserAttack(growth: .fixed(0.3)).with(\.iterations, 300)
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

    /// Before the first step most of the radius is left, in a window of any size: mass that the plan keeps far away from the
    /// beginning would have to come back first, and the more the larger the window.
    @Test(arguments: [5, 7, 9, 15], [0.02, 0.1, 2])
    func theFirstPlanCostsLittle(_ window: Int, _ radius: Double) throws {
        let side = 21
        let network = try Self.brightness(side: side)
        let clean: [Float] = (0..<side * side).map { $0 == side * side / 2 ? 0.8 : 0 }
        for exponent in [1, 2.0] {
            let attack = WasserAttack(growth: .fixed(radius)).with(\.iterations, 0).with(\.windowSize, window)
                .with(\.groundCost.exponent, exponent)
            let found = try attack.run(on: network, images: clean, labels: [0])
            // From a single pixel there is one plan only, so that its cost is the distance.
            let cost = try WassersteinDistance(groundCost: attack.groundCost).between(clean, found, shape: [1, side, side]).cost
            #expect(cost > 0 && cost <= 0.1 * radius * 1.001, "\(cost)")
        }
    }

    /// A larger window allows whatever a smaller one does, at a small radius too, up to a few of 100 images of MNIST that it
    /// converges on later. With a first plan that cost more than the radius, windows of 5, 7 and 9 succeeded on 48, 39 and 37
    /// images; while an image counted only when its whole plan was within the radius, on 45, 42 and 43; now on 59, 57 and 57.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func aLargerWindowIsNoWeaker() throws {
        let model = try #require(SharedData.url("models/sinkhorn_mnist_adv_training.onnx"))
        let network = try ONNXReader.model(from: Data(contentsOf: model), imageShape: [1, 28, 28]).network
        let test = try DatasetSource.mnist.load(.test, under: DatasetRoot(try #require(SharedData.url("data")).path))
        let rates = try [5, 7, 9].map { window in
            try WassersteinEvaluation(
                of: WasserAttack().with(\.iterations, 100).with(\.windowSize, window), on: network, images: test,
                indices: (0..<100).map { $0 * 100 }, radii: [0.02], batchSize: 25
            ).successRate(at: 0.02)
        }
        #expect(rates.allSatisfy { $0 >= 0.52 }, "\(rates)")
        #expect(rates[1] >= rates[0] - 0.045 && rates[2] >= rates[0] - 0.045, "\(rates)")
    }

    /// Logits 0 and the mean, of square images.
    private static func brightness(side: Int) throws -> Network {
        var builder = try NetworkBuilder(imageShape: [1, side, side])
        let count = side * side
        try builder.add(
            Tensor(shape: [2, count], values: (0..<2 * count).map { $0 < count ? 0 : -1 }), as: "w")
        let flat = try builder.append(.reshape(to: [count]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "w", bias: nil), to: [flat])
        return try builder.network(output: logits)
    }

    /// With its whole budget the attack goes on beyond the first error, and stays within radius and tolerance.
    @Test func goesOnToTheLastIteration() throws {
        let clean = LinearClassifier.images(4, in: 0.1...0.9)
        // Wrong after a third of the way that a radius of 0.3 allows, so that both attacks succeed.
        let probe = try LinearClassifier(bias: -100)
        let reached = try WasserAttack(growth: .fixed(0.3)).with(\.iterations, 300).run(
            on: probe.network, images: clean, labels: [0, 0, 0, 0])
        for place in 0..<4 {
            let image = Array(clean[place * size..<(place + 1) * size])
            let (start, end) = (probe.margin(clean, at: place), probe.margin(reached, at: place))
            let classifier = try LinearClassifier(bias: -100 - start - (end - start) / 3)
            func attack(rests: Bool) throws -> (image: [Float], queries: Int) {
                let attack = WasserAttack(growth: .fixed(0.3)).with(\.iterations, 120).with(\.restsOnSuccess, rests)
                let executor = try attack.makeExecutor(on: classifier.network, batchSize: 1, copies: 0)
                let batch = AttackBatch(
                    images: Images(image, of: classifier.network), labels: [0], indices: [0], seed: 0, trial: 0)
                let found = try executor.run(batch, parameters: classifier.network.parameters)
                return (Array(found[0]), executor.queries[0])
            }
            let (rested, whole) = try (attack(rests: true), attack(rests: false))
            #expect(rested.queries < 121 && whole.queries == 121)
            #expect(classifier.margin(rested.image) > 0)
            #expect(classifier.margin(whole.image) > 1.5 * classifier.margin(rested.image))
            let transport = try distance(image, whole.image)
            #expect(transport.cost <= 0.3 && transport.massError <= 1e-3)
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

    /// Zero pixels beside full ones, and an image that is zero except for one full pixel.
    @Test func sparseImagesGiveNumbers() throws {
        let classifier = try LinearClassifier(bias: -100)
        let images: [Float] = (0..<2 * size).map { $0 == 5 || $0 >= size && $0 % 3 == 0 ? 1 : 0 }
        let found = try WasserAttack().with(\.iterations, 100).run(on: classifier.network, images: images, labels: [0, 0])
        #expect(found.allSatisfy { $0.isFinite && 0...1 ~= $0 })
    }

    @Test func nonsenseIsRefused() throws {
        let network = try LinearClassifier().network
        let attacks = [
            WasserAttack(growth: .fixed(.nan)), WasserAttack().with(\.iterations, -1), WasserAttack().with(\.windowSize, 2),
            WasserAttack().with(\.multipliers, .init(alpha: -1)), WasserAttack().with(\.multipliers, .init(beta: .infinity)),
            WasserAttack().with(\.rate, 0), WasserAttack().with(\.groundCost, GroundCost(exponent: 0)), WasserAttack().with(\.tolerance, -1),
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
        let loss = try Loss.margin.node(logits: logits, labels: labels, reference: nil, copies: copies)
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
