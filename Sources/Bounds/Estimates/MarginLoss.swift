import SuretyNetworks

/// What f is in the loss max_{i≠c} f_i(x) − f_c(x).
public enum LossScores: String, Sendable, CaseIterable, Codable {
    /// The network's output, or the input of a final softmax.
    case logits
    /// Softmax of the logits, as in the paper: "label probabilities".
    case probabilities
}

extension LossScores {
    /// The network compiled for the loss of the gradient-regularisation paper's section 2.2 (Finlay and Oberman 2020, after
    /// Carlini and Wagner 2017), with its gradient by the image:
    ///
    ///     ℓ(x) = max_{i≠c} f_i(x) − f_c(x)
    ///
    /// where c is the label: `classifier.logits` are f, and their margin is ℓ. It is negative exactly if the network answers
    /// c, so ℓ₀ = 0.
    func marginLoss(of network: Network, batchSize: Int) throws -> Classifier.Compiled {
        guard network.classCount > 1 else { throw BoundsError.tooFewClasses(network.classCount) }
        let scored = self == .logits ? network.withoutFinalSoftmax : network.withoutFinalSoftmax.withSoftmax
        return try Classifier.Compiled(scored, batchSize: batchSize, answering: .gradient(of: .margin))
    }
}
