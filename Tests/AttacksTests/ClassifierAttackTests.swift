import Foundation
import SuretyAttacks
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

/// Steps up the margin, each brought back into the cube around the image.
struct MarginAscent: ClassifierAttack {
    static let name = "margin-ascent"
    var ball = Ball(.linf, radius: 0.1)
    var parameters: [String: String] { ["epsilon": "\(ball.radius)"] }

    func answer(copies: Int) -> Classifier.Answer { .gradient(of: .margin) }

    func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        for _ in 0..<10 {
            let gradients = classifier.gradients()
            for i in batch.images.indices {
                ball.ascend(classifier.points[i], along: gradients[i], step: 0.02, around: batch.images[i])
            }
        }
    }
}

struct ClassifierAttackTests {
    /// On a linear classifier it ends in the corner of the cube where the other class is highest.
    @Test func theExampleReachesTheCorner() throws {
        let classifier = try LinearClassifier()
        let clean = LinearClassifier.images(2)
        let found = try MarginAscent().run(on: classifier.network, images: clean, labels: [0, 1])
        for (i, pixel) in clean.enumerated() {
            let rises = (classifier.weights[i % LinearClassifier.size] > 0) == (i < LinearClassifier.size)
            #expect(abs(found[i] - min(max(pixel + (rises ? 0.1 : -0.1), 0), 1)) < 1e-6, "pixel \(i)")
        }
    }

    /// The guide shows the attack above, line by line.
    @Test func theGuideShowsTheExample() throws {
        let file = URL(fileURLWithPath: #filePath)
        let source = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(source.range(of: "/// Steps up the margin"))
        let end = try #require(source.range(of: "\n}\n", range: start.lowerBound..<source.endIndex))
        let guide = file.deletingLastPathComponent().appendingPathComponent("../../docs/attacks.md")
        #expect(try String(contentsOf: guide, encoding: .utf8).contains(source[start.lowerBound..<end.upperBound]))
    }

    @Test func eachQuestionIsCounted() throws {
        let network = try CurvedClassifier.network()
        let executor = try MarginAscent().makeExecutor(on: network, batchSize: 2, copies: 0)
        let clean = Images(LinearClassifier.images(2), of: network)
        _ = try executor.run(
            AttackBatch(images: clean, labels: [0, 1], indices: [0, 1], seed: 0, trial: 0), parameters: network.parameters)
        #expect(executor.queries == [10, 10])
    }

    /// Under noise an image is misclassified when most copies get another class than its label, and not before: the smoothed
    /// classifier of a linear one, whose mean logits say otherwise.
    @Test func mostCopiesDecide() throws {
        struct Asking: ClassifierAttack {
            static let name = "asking"
            var parameters: [String: String] { [:] }
            func answer(copies: Int) -> Classifier.Answer { .logits }
            func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
                let answers = try classifier.decide()
                for (row, answer) in zip(classifier.points, answers) { row.fill(with: answer ? 1 : 0) }
            }
        }
        let classifier = try LinearClassifier(weights: [Float](repeating: 1, count: LinearClassifier.size))
        // w·x is −12·0.01 for two copies and far above 0 for the third.
        let noise = [-0.01, -0.01, 1].flatMap { [Float](repeating: $0, count: LinearClassifier.size) }
        let image = [Float](repeating: 0, count: LinearClassifier.size)
        let kept = try Asking().run(on: classifier.network, images: image, labels: [0], noise: noise)
        let found = try Asking().run(on: classifier.network, images: image, labels: [1], noise: noise)
        #expect(kept.allSatisfy { $0 == 0 } && found.allSatisfy { $0 == 1 })
    }
}
