import SuretyAttacks
import SuretyTensors
import Testing
import TestSupport

struct FastGradientSignTests {
    @Test func stepsToTheCornerOfTheCube() throws {
        let classifier = try LinearClassifier()
        let clean = LinearClassifier.images(2)
        let labels = [0, 1].map { classifier.margin(clean, at: $0) > 0 ? 1 : 0 }
        let found = try FastGradientSign(ball: Ball(.linf, radius: 0.3)).run(
            on: classifier.network, images: clean, labels: labels)
        for i in clean.indices {
            // Away from label 0 is along w, away from label 1 against it.
            let w = classifier.weights[i % LinearClassifier.size] * (labels[i / LinearClassifier.size] == 0 ? 1 : -1)
            #expect(abs(found[i] - min(max(clean[i] + (w > 0 ? 0.3 : -0.3), 0), 1)) < 1e-6, "pixel \(i)")
        }
    }

    @Test func stepsToTheEdgeOfTheEuclideanBall() throws {
        let classifier = try LinearClassifier(bias: -10)
        let clean = LinearClassifier.images(1, in: 0.4...0.6)
        let found = try FastGradientSign(ball: Ball(.l2, radius: 0.3)).run(
            on: classifier.network, images: clean, labels: [0])
        let length = classifier.weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for i in clean.indices { #expect(abs(found[i] - (clean[i] + 0.3 * classifier.weights[i] / length)) < 1e-5) }
    }

    /// For a linear classifier, every noisy copy has the same gradient apart from its length.
    @Test func noiseDoesNotTurnTheStepOfALinearClassifier() throws {
        let classifier = try LinearClassifier()
        let clean = LinearClassifier.images(2)
        let labels = [0, 1].map { classifier.margin(clean, at: $0) > 0 ? 1 : 0 }
        let attack = FastGradientSign(ball: Ball(.linf, radius: 0.1))
        let noise = LinearClassifier.images(6, in: -0.05...0.05, seed: 3)
        let plain = try attack.run(on: classifier.network, images: clean, labels: labels)
        #expect(try attack.run(on: classifier.network, images: clean, labels: labels, noise: noise) == plain)
    }

    @Test func aNegativeRadiusIsAnError() throws {
        let classifier = try LinearClassifier()
        #expect(throws: AttackError.self) {
            try FastGradientSign(ball: Ball(.l2, radius: -1)).run(
                on: classifier.network, images: LinearClassifier.images(1), labels: [0])
        }
    }
}
