/// The accuracy of one bundled model under attacks that follow another, in plain PyTorch, on every 40th of MNIST's test
/// images: what Benchmarks/transfer.py printed.
enum TransferFixture {
    /// For each pair, the models, the radius in ℓ∞, and the accuracy judged under each attack; `pgd` takes 40 steps of 0.01 from
    /// the image.
    static let pairs: [(source: String, judged: String, radius: Float, accuracy: [String: Double])] = [
        ("wong-standard", "wong-gradient-regularisation-l2", 0.3, ["clean": 0.984, "fgsm": 0.056, "pgd": 0.032, "mi-fgsm": 0.032]),
        ("wong-gradient-regularisation-l2", "wong-standard", 0.15, ["clean": 0.976, "fgsm": 0.792, "pgd": 0.432, "mi-fgsm": 0.492]),
        ("wong-standard", "wong-jacobian", 0.2, ["clean": 0.920, "fgsm": 0.700, "pgd": 0.684, "mi-fgsm": 0.696]),
        ("mnist-trades-0.1", "wong-standard", 0.2, ["clean": 0.976, "fgsm": 0.880, "pgd": 0.848, "mi-fgsm": 0.888]),
        ("wong-standard", "mnist-trades-0.1", 0.3, ["clean": 0.996, "fgsm": 0.516, "pgd": 0.480, "mi-fgsm": 0.468]),
        ("mnist-trades-0.1", "mnist-trades-0.3", 0.35, ["clean": 0.992, "fgsm": 0.872, "pgd": 0.796, "mi-fgsm": 0.756]),
    ]
}
