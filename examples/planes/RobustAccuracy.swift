import Surety

/// Accuracy under attacks of rising radii, image by image: an image counts as lost from the smallest radius on at which any
/// attack made the network misclassify it.
struct RobustAccuracy {
    /// From 0, in the units of the data set.
    let radii: [Double]
    /// What a radius of 1 is in pixels.
    let pixelsPerUnit: Float
    let steps: Int

    /// The fraction of the images that stay classified as labelled at each radius.
    func measure(_ network: Network, on images: LabelledImages) throws -> [Double] {
        let indices = Array(0..<images.count)
        let clean = Images(images.images(at: indices))
        let judge = try Classifier(network, batchSize: images.count)

        var isRight = verdicts(judge, clean, images)
        var accuracies = [fraction(isRight)]
        for radius in radii.dropFirst() {
            let ball = Ball(.l2, radius: Float(radius) * pixelsPerUnit)
            for start in [ProjectedGradient.Start.image, .uniform] {
                let attack = ProjectedGradient(
                    ball: ball, stepSize: 2.5 * ball.radius / Float(steps), steps: steps, start: start)
                let executor = try attack.makeExecutor(on: network, batchSize: images.count, copies: 0)
                let batch = AttackBatch(images: clean, labels: images.labels, indices: indices, seed: 0, trial: 0)
                let moved = try executor.run(batch, parameters: network.parameters)
                for (index, verdict) in verdicts(judge, moved, images).enumerated() where !verdict {
                    isRight[index] = false
                }
            }
            accuracies.append(fraction(isRight))
        }
        return accuracies
    }

    /// Whether each image is classified as labelled; a tie is wrong.
    private func verdicts(_ judge: Classifier, _ points: Images, _ images: LabelledImages) -> [Bool] {
        judge.images.set(points)
        judge.run()
        return judge.margins(labels: images.labels).map { $0 < 0 }
    }

    private func fraction(_ verdicts: [Bool]) -> Double { Double(verdicts.count { $0 }) / Double(verdicts.count) }
}
