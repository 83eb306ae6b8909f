import SuretyAttacks
import SuretyNetworks
import SuretyTensors
import Testing

struct RepeatedAttackTests {
    private let ball = Ball(.linf, radius: 0.2)

    /// The step that is too small never succeeds, the other does: its image is taken.
    @Test func theStepSizeThatSucceedsCounts() throws {
        let weights = try LinearClassifier().weights
        let image = [Float](repeating: 0.5, count: LinearClassifier.size)
        let bias = -weights.reduce(0) { $0 + $1 * 0.5 + abs($1) * 0.15 }
        let classifier = try LinearClassifier(weights: weights, bias: bias)
        var ascent = ProjectedGradient(ball: ball, stepSize: 0, steps: 5, start: .image)
        ascent.stepSizes = [1e-4, 0.05, 0.06]
        let found = try RepeatedAttack(ascent).run(on: classifier.network, images: image, labels: [0])
        #expect(try ascent.run(on: classifier.network, images: image, labels: [0]) == found)
        let second = try ascent.variants[1].run(on: classifier.network, images: image, labels: [0])
        #expect(classifier.margin(found) > 0 && found == second)
        // Where none succeeds, the one that comes closest.
        ascent.stepSizes = [1e-4, 0.01, 0.002]
        #expect(
            try RepeatedAttack(ascent).run(on: classifier.network, images: image, labels: [0])
                == ascent.variants[1].run(on: classifier.network, images: image, labels: [0]))
    }

    /// Each start is another, and more of them are never worse.
    @Test func moreStartsAreNeverWorse() throws {
        let network = try CurvedClassifier.network()
        let clean = LinearClassifier.images(6)
        let labels = try CurvedClassifier.labels(of: clean, by: network)
        let start = ProjectedGradient(ball: ball, stepSize: 0, steps: 0)
        func found(_ restarts: Int) throws -> [Float] {
            try RepeatedAttack(start, restarts: restarts).run(on: network, images: clean, labels: labels)
        }
        let (one, many) = try (found(1), found(30))
        #expect(one != many)
        let (before, after) = try (margins(of: one, network, labels), margins(of: many, network, labels))
        for (before, after) in zip(before, after) { #expect(after >= before || before > 0) }
    }

    private func margins(of images: [Float], _ network: Network, _ labels: [Int]) throws -> [Float] {
        let classifier = try Classifier(network, batchSize: labels.count)
        classifier.images.elements.set(images)
        classifier.run()
        return classifier.margins(labels: labels)
    }
}
