import Attacks
import Foundation
import Testing

struct MarginsTests {
    private func margins(_ logits: [Float], labels: [Float], classCount: Int) -> [Float] {
        let images = [Float](repeating: 0, count: labels.count / classCount)
        return images.withUnsafeBufferPointer { images in
            labels.withUnsafeBufferPointer { labels in
                logits.withUnsafeBufferPointer { logits in
                    let batch = AttackBatch(
                        images: images, labels: labels, indices: Array(images.indices), seed: 0, trial: 0)
                    return Margins(of: batch, classCount: classCount)(logits)
                }
            }
        }
    }

    @Test func isTheHighestOfTheOthersAboveTheLabel() {
        #expect(margins([1, 3, 2, 5, -1, 0], labels: [1, 0, 0, 1, 0, 0], classCount: 3) == [2, -5])
    }

    /// Two copies: the mean of the probabilities decides, not that of the logits.
    @Test func copiesAreAveragedAsProbabilities() {
        // Copy 1 is certain of class 1; copy 2 leans to class 0 a little less than completely.
        let found = margins([0, 30, 2, 0], labels: [1, 0], classCount: 2)
        let p = 1 / (1 + exp(Float(-2)))
        #expect(abs(found[0] - ((1 + (1 - p)) / 2 - p / 2)) < 1e-6)
    }

    @Test(arguments: [Float.nan, .infinity])
    func whatIsNoNumberIsNoSuccess(_ value: Float) {
        #expect(margins([1, value, 2, 3], labels: [1, 0, 1, 0], classCount: 2) == [-.infinity, 1])
        #expect(margins([1, 2], labels: [0, 0], classCount: 2) == [-.infinity])
    }
}
