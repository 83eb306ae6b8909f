import Attacks
import Datasets
import Graphs
import Networks
import Tensors

/// Accuracy under attacks of rising radii, image by image: an image counts as lost from the smallest radius on at which any
/// attack made the network err.
struct RobustAccuracy {
    /// From 0, in the units of the data set.
    let radii: [Double]
    /// What a radius of 1 is in pixels.
    let pixelsPerUnit: Float
    let steps: Int

    /// The fraction of the images that stay classified as labelled at each radius.
    func measure(_ network: Network, on images: LabelledImages) throws -> [Double] {
        let indices = Array(0..<images.count)
        let clean = images.images(at: indices)
        let labels = (0..<images.count).flatMap { index in
            (0..<network.classCount).map { $0 == images.label(at: index) ? Float(1) : 0 }
        }
        let input = Node.input("images", shape: clean.shape)
        let judge = try Program(computing: [network.logits(of: input)], from: [input]).makeExecutor()

        var isRight = try verdicts(judge, clean.values, images)
        var accuracies = [fraction(isRight)]
        for radius in radii.dropFirst() {
            let ball = Ball(.l2, radius: Float(radius) * pixelsPerUnit)
            for start in [ProjectedGradient.Start.image, .uniform] {
                let attack = ProjectedGradient(
                    ball: ball, stepSize: 2.5 * ball.radius / Float(steps), steps: steps, start: start)
                let executor = try attack.makeExecutor(on: network, batchSize: images.count, copies: 0)
                let moved = try clean.values.withUnsafeBufferPointer { clean in
                    try labels.withUnsafeBufferPointer { labels in
                        Array(
                            try executor.run(
                                AttackBatch(images: clean, labels: labels, indices: indices, seed: 0, trial: 0),
                                parameters: network.parameters))
                    }
                }
                for (index, verdict) in try verdicts(judge, moved, images).enumerated() where !verdict {
                    isRight[index] = false
                }
            }
            accuracies.append(fraction(isRight))
        }
        return accuracies
    }

    private func verdicts(_ judge: Executor, _ pixels: [Float], _ images: LabelledImages) throws -> [Bool] {
        let logits = try judge.run([Tensor(shape: [images.count] + images.shape, values: pixels)])[0]
        let classCount = logits.shape[1]
        return (0..<images.count).map { index in
            let row = logits.values[index * classCount..<(index + 1) * classCount]
            let own = row[index * classCount + images.label(at: index)]
            return row.count { $0 >= own } == 1
        }
    }

    private func fraction(_ verdicts: [Bool]) -> Double { Double(verdicts.count { $0 }) / Double(verdicts.count) }
}
