import Foundation

/// How far the network is from being right on each image of a batch: max_{j≠y} z_j − z_y, which is positive where it is wrong.
///
/// Over noisy copies, the same of the mean probabilities: then it is positive where the smoothed classifier is wrong. Logits
/// that are not finite give −∞, so that no attack counts them as a success.
package struct Margins {
    private let classCount: Int
    private let labels: [Int?]

    /// - Parameter labels: One 1 in each row of [N, K].
    package init(of batch: AttackBatch, classCount: Int) {
        self.classCount = classCount
        labels = batch.indices.indices.map { place in
            let row = batch.labels[AttackBatch.range(of: place, size: classCount)]
            return row.firstIndex(of: 1).map { $0 - row.startIndex }
        }
    }

    /// The margins at these logits [copies·N, K].
    package func callAsFunction(_ logits: UnsafeBufferPointer<Float>) -> [Float] {
        let size = labels.count * classCount
        return labels.enumerated().map { place, label in
            let rows = stride(from: place * classCount, to: logits.count, by: size)
            guard let label, rows.allSatisfy({ logits[$0..<$0 + classCount].allSatisfy(\.isFinite) }) else {
                return -.infinity
            }
            if logits.count == size {
                return Self.margin(Array(logits[AttackBatch.range(of: place, size: classCount)]), label)
            }
            var sums = [Float](repeating: 0, count: classCount)
            for row in rows {
                let probabilities = Self.softmax(logits[row..<row + classCount])
                for k in sums.indices { sums[k] += probabilities[k] }
            }
            return Self.margin(sums.map { $0 / Float(logits.count / size) }, label)
        }
    }

    private static func margin(_ scores: [Float], _ label: Int) -> Float {
        var highest = -Float.infinity
        for (k, score) in scores.enumerated() where k != label { highest = max(highest, score) }
        return highest - scores[label]
    }

    private static func softmax(_ logits: Slice<UnsafeBufferPointer<Float>>) -> [Float] {
        let highest = logits.max() ?? 0
        let powers = logits.map { exp($0 - highest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
