import SuretyAttacks
import SuretyTensors
import Testing

struct AutoProjectedGradientTests {
    /// Table-free: the paper's p_j are 0.22, 0.41, 0.57, 0.70, 0.80, 0.87, 0.93, 0.99.
    @Test func checkpointsAreThePapers() {
        let attack = AutoProjectedGradient<CrossEntropyAscent>(ball: Ball(.linf, radius: 0.1)).with(\.steps, 100)
        #expect(attack.checkpoints == [22, 41, 57, 70, 80, 87, 93, 99])
    }

    @Test func valuesAreTheDefinitions() {
        #expect(abs(CrossEntropyAscent.value(logits: [0, 0], label: 1) - 0.6931472) < 1e-6)
        #expect(CrossEntropyAscent.value(logits: [1000, 0], label: 1) == 1000)
        #expect(LogitsRatioAscent.value(logits: [5, 1, 3, 0], label: 0) == -0.5)
        #expect(LogitsRatioAscent.value(logits: [5, 1, 3, 0], label: 1) == 1)
    }

    /// For logits multiplied by a thousand, whose softmax is 0 and 1 to the last bit, cross entropy has no slope left.
    @Test func theRatioSeesThroughMaskedGradients() throws {
        let weights = try LinearClassifier().weights
        let image = [Float](repeating: 0.5, count: LinearClassifier.size)
        let middle = weights.reduce(0) { $0 + $1 * 0.5 }
        let dual = weights.reduce(0) { $0 + abs($1) }
        let scale: Float = 1e4
        let classifier = try LinearClassifier(
            weights: weights.map { $0 * scale }, bias: (-middle - 0.1 * dual) * scale,
            others: [-1e6])
        let ball = Ball(.linf, radius: 0.15)
        let ratio = try AutoProjectedGradient<LogitsRatioAscent>(ball: ball)
            .run(on: classifier.network, images: image, labels: [0])
        #expect(classifier.margin(ratio) > 0)
    }
}
