import Foundation
import SuretyAttacks
import SuretyTensors
import Testing

struct ProjectedSinkhornTests {
    /// With its whole budget it takes every iteration, however early the image is misclassified.
    @Test func goesOnToTheLastIteration() throws {
        let image = LinearClassifier.images(1, in: 0.1...0.9)
        let start = try LinearClassifier().margin(image)
        let classifier = try LinearClassifier(bias: -start - 1e-3)
        for rests in [true, false] {
            let executor = try ProjectedSinkhorn(growth: .fixed(0.3)).with(\.iterations, 12).with(\.restsOnSuccess, rests)
                .makeExecutor(on: classifier.network, batchSize: 1, copies: 0)
            let batch = AttackBatch(
                images: Images(image, of: classifier.network), labels: [0], indices: [0], seed: 0, trial: 0)
            _ = try executor.run(batch, parameters: classifier.network.parameters)
            #expect(rests ? executor.queries[0] < 12 : executor.queries[0] == 12)
        }
    }

    private func distance(_ x: [Float], _ z: [Float]) throws -> WassersteinDistance.Transport {
        try WassersteinDistance().between(x, z, shape: LinearClassifier.shape)
    }

    /// Mass moves to where the weights are higher, within the ball.
    @Test func movesMassUpTheWeights() throws {
        let classifier = try LinearClassifier()
        let clean = LinearClassifier.images(3, in: 0.1...0.5)
        let attack = ProjectedSinkhorn(growth: .fixed(0.2)).with(\.iterations, 30)
        // With this bias the class never changes, and cross entropy still has a slope.
        let stubborn = try LinearClassifier(weights: classifier.weights, bias: -20)
        let found = try attack.run(on: stubborn.network, images: clean, labels: [0, 0, 0])
        for place in 0..<3 {
            let range = place * LinearClassifier.size..<(place + 1) * LinearClassifier.size
            #expect(stubborn.margin(found, at: place) > stubborn.margin(clean, at: place) + 0.1)
            let transport = try distance(Array(clean[range]), Array(found[range]))
            #expect(transport.cost <= 0.2 * 1.01)
            #expect(transport.massError < 0.01)
        }
    }

    @Test func imagesAlreadyMisclassifiedStay() throws {
        let classifier = try LinearClassifier(bias: 100)
        let clean = LinearClassifier.images(2)
        #expect(try ProjectedSinkhorn().run(on: classifier.network, images: clean, labels: [0, 0]) == clean)
    }

    @Test func imagesWithoutMassStay() throws {
        let classifier = try LinearClassifier(bias: -100)
        let black = [Float](repeating: 0, count: LinearClassifier.size)
        #expect(try ProjectedSinkhorn().run(on: classifier.network, images: black, labels: [0]) == black)
    }

    /// Pixels without mass, beside others, and one with all of it.
    @Test func sparseImagesGiveNumbers() throws {
        let classifier = try LinearClassifier(bias: -100)
        let sparse: [Float] = (0..<LinearClassifier.size).map { $0 == 5 ? 1 : 0 }
        let found = try ProjectedSinkhorn(growth: .fixed(1)).with(\.iterations, 20)
            .run(on: classifier.network, images: sparse, labels: [0])
        #expect(found.allSatisfy { $0.isFinite && 0...1 ~= $0 })
        #expect(try distance(sparse, found).cost <= 1.02)
    }

    @Test func aRadiusOfZeroMovesNothing() throws {
        let classifier = try LinearClassifier(bias: -100)
        let clean = LinearClassifier.images(1, in: 0.1...0.9)
        let found = try ProjectedSinkhorn(growth: .fixed(0)).with(\.iterations, 10).with(\.projectionIterations, 2000)
            .run(on: classifier.network, images: clean, labels: [0])
        #expect(try distance(clean, found).cost < 1e-2)
    }

    @Test func nonsenseIsRefused() throws {
        let network = try LinearClassifier().network
        let attacks = [
            ProjectedSinkhorn(growth: .fixed(-1)), ProjectedSinkhorn().with(\.windowSize, 4), ProjectedSinkhorn().with(\.lambda, 0),
            ProjectedSinkhorn().with(\.stepSize, -1), ProjectedSinkhorn().with(\.iterations, -1), ProjectedSinkhorn().with(\.projectionIterations, 0),
            ProjectedSinkhorn().with(\.tolerance, 0),
            ProjectedSinkhorn(growth: RadiusGrowth(initial: 0.1, factor: 0.5, interval: 1, largest: 1)),
            ProjectedSinkhorn(growth: RadiusGrowth(initial: 0.1, factor: 1.4, interval: 0, largest: 1)),
        ]
        for attack in attacks {
            #expect(throws: AttackError.self) { _ = try attack.makeExecutor(on: network, batchSize: 1, copies: 0) }
        }
    }
}
