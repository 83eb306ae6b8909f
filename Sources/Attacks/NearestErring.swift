import Tensors

/// For each image of a batch the nearest of those tried that the network misclassifies: what a search for the smallest distance
/// proposes in the end. The clean image where there is none.
package struct NearestErring {
    private let clean: UnsafeBufferPointer<Float>
    private let ball: Ball
    private let imageSize: Int
    package private(set) var images: [Float]
    /// Infinite where there is none; 0 where the network misclassifies the clean image.
    package private(set) var distances: [Float]

    /// - Parameter batch: Its memory is read until the last offer.
    package init(of batch: AttackBatch, norm: Norm) {
        clean = batch.images
        ball = Ball(norm, radius: 0)
        imageSize = batch.images.count / batch.indices.count
        images = Array(batch.images)
        distances = Array(repeating: .infinity, count: batch.indices.count)
    }

    /// Takes an image that the network misclassifies, if it is the nearest so far.
    package mutating func offer(_ image: UnsafeBufferPointer<Float>, at place: Int) {
        let range = AttackBatch.range(of: place, size: imageSize)
        let distance = ball.distance(image, UnsafeBufferPointer(rebasing: clean[range]))
        guard distance < distances[place] else { return }
        distances[place] = distance
        images.replaceSubrange(range, with: image)
    }

    /// Takes the images that the network misclassifies, as far as they are the nearest so far.
    package mutating func offer(_ batch: UnsafeMutableBufferPointer<Float>, errs: [Bool]) {
        for place in errs.indices where errs[place] {
            offer(UnsafeBufferPointer(rebasing: batch[AttackBatch.range(of: place, size: imageSize)]), at: place)
        }
    }

    /// The clean images that the network misclassifies: there is nothing to look for.
    package var isWrongAnyway: [Bool] { distances.map { $0 == 0 } }
}

extension LossSlope {
    /// Takes a batch and looks at the clean images, which lie in `images` then: one that is misclassified as it is, is the nearest
    /// there can be. Needs the logits.
    package func begin(
        _ batch: AttackBatch, parameters: [String: Tensor], norm: Norm, margins: Margins
    ) throws -> NearestErring {
        load(batch, parameters: parameters)
        _ = images.update(fromContentsOf: batch.images)
        var nearest = NearestErring(of: batch, norm: norm)
        _ = evaluate()
        nearest.offer(images, errs: try errs(batch, margins: margins))
        return nearest
    }
}
