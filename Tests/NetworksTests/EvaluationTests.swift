import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyTensors
import Testing

@Suite struct EvaluationTests {
    @Test(arguments: [1, 2, 7, 64])
    func agreesWithTheClosedForm(batch: Int) throws {
        let images = try LabelledImages.random(count: 23)
        let weights: [Float] = [1, -2, 0.5, 1.5]
        let evaluation = try Evaluation(
            of: .halfSpace(weights: weights, bias: -0.3), on: images, count: 20, batchSize: batch, threads: 2)
        var (correct, loss) = (0, 0.0)
        for index in 0..<20 {
            let logit = zip(images.image(at: index), weights).reduce(-0.3) { $0 + Double($1.0) * Double($1.1) }
            #expect(evaluation.logits.values[2 * index] == 0)
            #expect(abs(Double(evaluation.logits.values[2 * index + 1]) - logit) < 1e-6)
            if logit > 0 { correct += 1 }
            loss += log(1 + exp(-logit)) / 20
        }
        #expect(evaluation.correct == correct)
        #expect(evaluation.accuracy == Double(correct) / 20)
        #expect(evaluation.correct(among: 1, labels: images.label(at:)) == correct)
        #expect(evaluation.correct(among: 2, labels: images.label(at:)) == 20)
        #expect(abs(evaluation.loss - loss) < 1e-6)
    }

    @Test func aLabelWithoutLogitIsWrong() throws {
        let images = try LabelledImages(
            name: "x", split: .test, pixels: .float32([0, 0, 0, 0]), count: 1, shape: [1, 2, 2], labels: [5], source: "x")
        let evaluation = try Evaluation(of: .halfSpace(weights: [1, 1, 1, 1], bias: 1), on: images, count: 1, threads: 1)
        #expect(evaluation.correct == 0)
        #expect(evaluation.correct(among: 5, labels: images.label(at:)) == 0)
        #expect(evaluation.loss == .infinity)
    }
}
