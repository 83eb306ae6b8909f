import Foundation
import SuretyAttacks
import SuretyTensors
import Testing
import TestSupport

struct GradientFreeTests {
    private let ball = Ball(.l2, radius: 0.5)

    private func noise(_ copies: Int, sigma: Float = 0.5) -> [Float] {
        let noise = Images(count: copies, shape: [LinearClassifier.size])
        GaussianNoise(key: 3, sigma: sigma).draw(noise, for: [0], firstSample: 0, stream: .attack)
        return Array(noise.elements)
    }

    /// x + step·u/‖u‖ with u = −Σ F(x + δ)_y·δ.
    @Test(arguments: [false, true])
    func stepsAlongTheWeightedMeanOfTheNoise(_ usesVotes: Bool) throws {
        let classifier = try LinearClassifier(bias: 0.2)
        let clean = LinearClassifier.images(1, in: 0.45...0.55)
        let noise = noise(5)
        let attack = GradientFree(ball: ball).with(\.givenStepSize, 0.1).with(\.steps, 1).with(\.usesVotes, usesVotes)
        let found = try attack.run(on: classifier.network, images: clean, labels: [1], noise: noise)
        var direction = [Double](repeating: 0, count: LinearClassifier.size)
        for copy in 0..<5 {
            let delta = Array(noise[copy * LinearClassifier.size..<(copy + 1) * LinearClassifier.size])
            let margin = Double(classifier.margin(zip(clean, delta).map { $0 + $1 }))
            let weight = usesVotes ? (margin > 0 ? 1 : 0) : 1 / (1 + exp(-margin))
            for i in direction.indices { direction[i] -= weight * Double(delta[i]) }
        }
        let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for i in clean.indices {
            #expect(abs(Double(found[i] - clean[i]) - 0.1 * direction[i] / length) < 1e-5, "pixel \(i)")
        }
    }

    /// With many copies the direction is that of the smoothed classifier's gradient, which here lies along w
    /// (Stein's lemma).
    @Test(arguments: [false, true])
    func manyCopiesFindTheGradient(_ usesVotes: Bool) throws {
        let classifier = try LinearClassifier()
        let clean = [Float](repeating: 0.5, count: LinearClassifier.size)
        let attack = GradientFree(ball: ball).with(\.givenStepSize, 0.1).with(\.steps, 1).with(\.usesVotes, usesVotes)
        let found = try attack.run(on: classifier.network, images: clean, labels: [0], noise: noise(4000))
        let length = classifier.weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let cosine = (0..<LinearClassifier.size).reduce(0) {
            $0 + (found[$1] - clean[$1]) / 0.1 * classifier.weights[$1] / length
        }
        #expect(cosine > 0.98, "\(cosine)")
    }

    @Test func staysInTheBallAndTheCube() throws {
        let classifier = try LinearClassifier()
        let clean = LinearClassifier.images(1)
        let attack = GradientFree(ball: Ball(.l2, radius: 0.2)).with(\.givenStepSize, 0.15).with(\.steps, 6)
        let found = try attack.run(on: classifier.network, images: clean, labels: [0], noise: noise(8))
        let distance = zip(found, clean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        #expect(distance <= 0.2001 && distance > 0.05 && found.allSatisfy { (0...1).contains($0) })
    }

    /// No copy votes for the label: there is nothing left to do.
    @Test func anImageWithoutVotesStays() throws {
        let classifier = try LinearClassifier(bias: 1000)
        let clean = LinearClassifier.images(1)
        let attack = GradientFree(ball: ball).with(\.givenStepSize, 0.1).with(\.steps, 3).with(\.usesVotes, true)
        #expect(try attack.run(on: classifier.network, images: clean, labels: [0], noise: noise(4)) == clean)
    }

    @Test func withoutCopiesThereIsNoAttack() throws {
        let classifier = try LinearClassifier()
        for (attack, noise) in [
            (GradientFree(ball: ball).with(\.givenStepSize, 0.1).with(\.steps, 3), []), 
            (.init(ball: ball).with(\.givenStepSize, -1).with(\.steps, 3), noise(2)),
        ] {
            #expect(throws: AttackError.self) {
                try attack.run(on: classifier.network, images: LinearClassifier.images(1), labels: [0], noise: noise)
            }
        }
    }
}
