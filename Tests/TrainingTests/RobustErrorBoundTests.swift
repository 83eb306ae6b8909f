import SuretyAttacks
import SuretyDatasets
import SuretyNetworks
import SuretyTensors
import SuretyTraining
import Testing
import TestSupport

struct RobustErrorBoundTests {
    private static let size = 16

    /// Logits 0 and w·x − b.
    private static func linear(_ weights: [Float], _ b: Float) throws -> Network {
        var builder = try NetworkBuilder(imageShape: TinyTraining.shape)
        try builder.add(Tensor(shape: [2, size], values: [Float](repeating: 0, count: size) + weights), as: "w")
        try builder.add(Tensor(shape: [2], values: [0, -b]), as: "b")
        let flat = try builder.append(.reshape(to: [size]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "w", bias: "b"), to: [flat])
        return try builder.network(output: logits)
    }

    private static func images(_ count: Int, classCount: Int = 2) throws -> LabelledImages {
        var generator = SeededGenerator(seed: 5)
        let pixels = (0..<count * size).map { _ in Float.random(in: 0.3...0.7, using: &generator) }
        return try LabelledImages(
            name: "greys", split: .test, pixels: .float32(pixels), count: count, shape: TinyTraining.shape,
            labels: (0..<count).map { $0 % classCount }, source: "greys")
    }

    /// For f = w·x − b the worst image of the cube is known: f moves by ε‖w‖₁ towards the other sign.
    @Test(arguments: [0.02, 0.1] as [Float], [0.3, 2])
    func linearClassifier(_ epsilon: Float, _ lambda: Double) throws {
        var generator = SeededGenerator(seed: 6)
        let weights = generator.distinctValues(count: Self.size)
        let images = try Self.images(37)
        let b = weights.reduce(0, +) * 0.5
        let attack = RobustErrorBound.attack(radius: epsilon, stepSize: epsilon / 4, steps: 12)
        let bound = try RobustErrorBound(
            of: Self.linear(weights, b), on: images, attack: attack, lambda: lambda, batchSize: 8)

        let reach = Double(epsilon) * weights.reduce(0) { $0 + Double(abs($1)) }
        var (natural, robust, risk, regularisation) = (0.0, 0.0, 0.0, 0.0)
        for index in 0..<37 {
            let f = zip(weights, images.image(at: index)).reduce(-Double(b)) { $0 + Double($1.0) * Double($1.1) }
            let y: Double = images.label(at: index) == 1 ? 1 : -1
            if f * y > 0 { natural += 1 / 37 }
            if f * y > reach { robust += 1 / 37 }
            risk += max(1 - f * y, 0) / 37
            regularisation += max(1 - f * (f - (f > 0 ? reach : -reach)) / lambda, 0) / 37
        }
        #expect(robust < natural && natural < 1)
        #expect(abs(bound.naturalAccuracy - natural) < 1e-9 && abs(bound.robustAccuracy - robust) < 1e-9)
        #expect(abs(bound.surrogateRisk - risk) < 1e-5 && abs(bound.regularisation - regularisation) < 1e-4)
        #expect(bound.gap == bound.right - bound.left && bound.gap >= 0)
        #expect(abs(bound.right - (risk + regularisation)) < 1e-4 && abs(bound.left - (1 - robust)) < 1e-9)
    }

    /// The theorem holds for every network.
    @Test(arguments: 0..<6 as Range<UInt64>)
    func theGapIsNeverNegative(_ seed: UInt64) throws {
        let network = try Architecture.mlp.network(imageShape: TinyTraining.shape, classCount: 2, seed: seed)
        let attack = ProjectedGradient(ball: Ball(.linf, radius: 0.1), stepSize: 0.05, steps: 5)
        let bound = try RobustErrorBound(
            of: network, on: Self.images(20), attack: attack, lambda: 0.001 + 0.01 * Double(seed))
        #expect(bound.gap >= 0 && bound.robustAccuracy <= bound.naturalAccuracy)
    }

    /// As in the paper: 20 steps of 0.01 from beside the image.
    @Test func theAttackIsThePapers() {
        let expected = ProjectedGradient(
            ball: Ball(.linf, radius: 0.1), stepSize: 0.01, steps: 20, start: .gaussian(0.001), loss: .margin)
        #expect(RobustErrorBound.attack(radius: 0.1) == expected)
    }

    @Test func refusesOtherTasks() throws {
        let attack = ProjectedGradient(ball: Ball(.linf, radius: 0.1), stepSize: 0.05, steps: 5)
        let two = try Self.linear(Array(repeating: 1, count: Self.size), 0)
        let error = #expect(throws: TrainingError.self) {
            try RobustErrorBound(of: two, on: Self.images(6, classCount: 3), attack: attack, lambda: 1)
        }
        #expect(error?.description.contains("two classes") == true)
        #expect(throws: TrainingError.self) {
            try RobustErrorBound(of: TinyTraining.network(), on: Self.images(6), attack: attack, lambda: 1)
        }
        #expect(throws: TrainingError.self) {
            try RobustErrorBound(of: two, on: Self.images(6), attack: attack, lambda: 0)
        }
    }
}
