import Foundation
import SuretyTensors

/// The losses that an adversary increases, or that a bound examines, as graphs. All are sums over the images, so that an
/// image's gradient does not depend on its batch.
public enum Loss: String, Sendable, Hashable {
    /// −log softmax at the label: Madry et al. (2018).
    case crossEntropy = "cross-entropy"
    /// log (1 − p)/p of the label's probability p, the log odds against it: log Σ_{j≠y} exp z_j − z_y. Cross entropy is log(1
    /// + exp) of this, so that both rise in the same direction. But as p rounds to 1, the slope of cross entropy loses its
    /// digits and then vanishes, while that of the log odds does not. For labels with a single 1.
    case logOdds = "log-odds"
    /// KL(f(x) ‖ f(x′)), the divergence of the prediction from that on the clean image: TRADES (Zhang et al. 2019).
    case divergence
    /// −log of the mean over noise of the label's probability: SmoothAdv (Salman et al. 2019, objective S with the mean of
    /// equation 6).
    case smoothedCrossEntropy = "smoothed-cross-entropy"
    /// How far the highest logit of another class is above the label's, max_{j≠y} z_j − z_y: positive where the image is
    /// misclassified. With copies, the margin of the mean logits. WasserAttack (equation 5), after Carlini and Wagner (2017).
    case margin
    /// The margin divided by how far the highest logit is above the third highest, max_{j≠y} z_j − z_y over z_π1 − z_π3, so
    /// it does not change with the logits' scale: Croce and Hein (2020), equation 6.
    case differenceOfLogitsRatio = "difference-of-logits-ratio"
    /// Σ w·z with any weights in place of labels.
    case weightedLogits = "weighted-logits"

    /// The loss of `logits` [copies·N, K] with `labels` [N, K], one 1 in each row.
    ///
    /// - Parameter reference: The probabilities [N, K] on the clean images, needed if `needsReference`.
    public func node(
        logits: Node, labels: Node, reference: Node?, copies: Int
    ) throws(GraphError) -> Node {
        switch self {
        case .crossEntropy:
            return try Node.crossEntropy(logits: logits, labels: labels.repeated(copies)).sum()
        case .logOdds:
            let label = try (logits * labels.repeated(copies)).sum(over: [1])
            return try (Node.others(of: logits, labels: labels.repeated(copies)).logSumExp(axis: 1, keepingDimensions: false) - label)
                .sum()
        case .divergence:
            guard let reference else { throw GraphError("a divergence needs the clean images' probabilities") }
            // Σ p (log p − log q), of which only the second term depends on x′.
            return try Node.crossEntropy(logits: logits, labels: reference.repeated(copies)).sum()
        case .smoothedCrossEntropy:
            // −log (1/m) Σ p = log m − log Σ exp(log p): in logarithms, because a probability may be too small for a float.
            let batch = labels.shape[0]
            let logProbabilities = try Node.crossEntropy(logits: logits, labels: labels.repeated(copies))
                .reshaped(to: [copies, batch]) * .constant(-1)
            let sums = try logProbabilities.logSumExp(axis: 0, keepingDimensions: false).sum()
            return try .constant(Float(batch) * log(Float(copies))) - sums
        case .margin:
            return try Node.margins(logits: logits.averaged(over: copies), labels: labels).sum()
        case .differenceOfLogitsRatio:
            let mean = try logits.averaged(over: copies)
            guard labels.shape[1] > 2 else { throw GraphError("a ratio of logits' differences needs at least three classes") }
            // The derivative of a maximum is 1 at its place and 0 elsewhere.
            let first = try mean.maximumOfRows()
            let second = try mean - gradient(of: first.sum(), with: [mean])[0] * .constant(.farBelow)
            let third = try second - gradient(of: second.maximumOfRows().sum(), with: [second])[0] * .constant(.farBelow)
            let spread = try first - third.maximumOfRows() + .constant(1e-12)
            return try (Node.margins(logits: mean, labels: labels) / spread).sum()
        case .weightedLogits:
            return try (logits.averaged(over: copies) * labels).sum()
        }
    }

    /// The loss for an ascent that uses only the direction of a slope. It has the direction of cross entropy's slope in its
    /// most accurate form, or of the smoothed classifier's slope if there are noisy copies to average over.
    package func ascended(over copies: Int) -> Self {
        if self != .crossEntropy { return self }
        return copies > 0 ? .smoothedCrossEntropy : .logOdds
    }

    /// Whether it compares with the prediction on the clean images.
    public var needsReference: Bool { self == .divergence }

    /// Whether it ascends cross entropy, which saturates: its slope vanishes for logits that are far apart.
    package var saturates: Bool { self == .crossEntropy || self == .smoothedCrossEntropy || self == .logOdds }
}

extension Float {
    /// The amount that puts a logit below all others, whatever their scale.
    fileprivate static let farBelow: Float = 1e30
}

extension Node {
    /// −Σ labels · log softmax(logits) per row: [N, K] and [N, K] give [N].
    public static func crossEntropy(logits: Node, labels: Node) throws(GraphError) -> Node {
        let logProbabilities = try logits - logits.logSumExp(axis: 1, keepingDimensions: true)
        return try (labels * logProbabilities).sum(over: [1]) * .constant(-1)
    }

    /// max_{j≠y} z_j − z_y per row: [N, K] and [N, K] give [N].
    fileprivate static func margins(logits: Node, labels: Node) throws(GraphError) -> Node {
        try others(of: logits, labels: labels).maximumOfRows() - (logits * labels).sum(over: [1])
    }

    /// The logits, with the label's own moved far below the others.
    fileprivate static func others(of logits: Node, labels: Node) throws(GraphError) -> Node {
        guard labels.shape[1] > 1 else { throw GraphError("a margin needs at least two classes") }
        return try logits - labels * .constant(.farBelow)
    }

    /// The largest element of each row: [N, K] gives [N].
    fileprivate func maximumOfRows() throws(GraphError) -> Node {
        try reshaped(to: [shape[0], 1, 1, shape[1]]).maximumPool(Window(size: [1, shape[1]], strides: [1, 1]))
            .reshaped(to: [shape[0]])
    }

    /// The mean over copies: [copies·N, K] gives [N, K].
    fileprivate func averaged(over copies: Int) throws(GraphError) -> Node {
        copies == 1 ? self : try reshaped(to: [copies, shape[0] / copies, shape[1]]).mean(over: [0])
    }

    /// The batch `copies` times, one after another.
    public func repeated(_ copies: Int) throws(GraphError) -> Node {
        if copies == 1 { return self }
        let stacked = try reshaped(to: [1] + shape).broadcast(to: [copies] + shape)
        return try stacked.reshaped(to: [copies * shape[0]] + shape.dropFirst())
    }
}
