import SuretyAttacks
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// Both sides of theorem 3.1 of TRADES (Zhang et al. 2019) on a test set, for the hinge loss φ(α) = max(1 − α, 0), whose ψ
/// is the identity:
///
///     R_rob(f) − R*_nat  ≤  R_φ(f) − R*_φ + E max_{x′ ∈ B(x, ε)} φ(f(x′)·f(x)/λ)
///
/// f is the difference of a network's two logits. Δ, the right side minus the left, shows how loose the bound is; the
/// paper's table 3 has it for MNIST's 1 and 3. The least risks R*_nat and R*_φ are taken as 0, as in that table. The maximum
/// is what an attack finds, so both the robust accuracy and the right side are estimates: the former from above, the latter
/// from below.
public struct RobustErrorBound: Sendable, Equatable {
    /// λ, by which the change of f is divided.
    public let lambda: Double
    /// The fraction of images that the network classifies correctly.
    public let naturalAccuracy: Double
    /// A_rob = 1 − R_rob: the fraction for which that still holds after the attack.
    public let robustAccuracy: Double
    /// R_φ(f), the mean of φ(f(x)·y).
    public let surrogateRisk: Double
    /// The mean of the largest φ(f(x′)·f(x)/λ) found.
    public let regularisation: Double

    /// R_rob(f) − R*_nat.
    public var left: Double { 1 - robustAccuracy }
    /// R_φ(f) − R*_φ + E max φ(f(x′)·f(x)/λ).
    public var right: Double { surrogateRisk + regularisation }
    /// Δ = right − left: not negative, by the theorem.
    public var gap: Double { right - left }

    /// - Parameters:
    ///   - clean: f(x) for each image; at least one.
    ///   - moved: f(x′) for each image attacked.
    ///   - signs: y = ±1 for each image.
    init(clean: [Double], moved: [Double], signs: [Double], lambda: Double) {
        func hinge(_ alpha: Double) -> Double { max(1 - alpha, 0) }
        let count = Double(clean.count)
        let images = clean.indices
        self.lambda = lambda
        naturalAccuracy = Double(images.count { clean[$0] * signs[$0] > 0 }) / count
        robustAccuracy = Double(images.count { clean[$0] * signs[$0] > 0 && moved[$0] * signs[$0] > 0 }) / count
        surrogateRisk = images.reduce(0) { $0 + hinge(clean[$1] * signs[$1]) } / count
        // Includes the image itself, which is in the ball too, in case the attack found nothing worse.
        regularisation = images.reduce(0) { $0 + hinge(min(clean[$1] * moved[$1], clean[$1] * clean[$1]) / lambda) } / count
    }

    /// The attack of the paper's table 3 in ℓ∞: it begins beside the image and lowers the margin, as the one that trains the
    /// network (`BinaryTRADES`) does.
    ///
    /// - Parameters:
    ///   - radius: The largest change of a pixel in [0, 1].
    ///   - stepSize: The change in a step.
    ///   - steps: The number of steps.
    public static func attack(radius: Float, stepSize: Float = 0.01, steps: Int = 20) -> ProjectedGradient {
        BinaryTRADES.attack(ball: Ball(.linf, radius: radius), stepSize: stepSize, steps: steps)
    }

    /// Attacks all images of a set with two classes.
    ///
    /// - Parameters:
    ///   - attack: An attack that moves away from the network's own prediction; where that is wrong already, no attack is needed.
    ///   - seed: The seed of the attack's random numbers.
    /// - Throws: `TrainingError` unless there are two classes and λ is positive; `NetworkError`, `GraphError`,
    ///   `AttackError`.
    public init(
        of network: Network, on images: LabelledImages, attack: some Attack, lambda: Double, seed: UInt64 = 0,
        batchSize: Int = 64
    ) throws {
        guard network.classCount == 2, images.labels.allSatisfy({ $0 < 2 }) else {
            throw TrainingError("""
                the bound is for two classes: the network has \(network.classCount), and \(images.name) \
                \((images.labels.max() ?? 0) + 1). Choose two, as in --data mnist:1,3
                """)
        }
        guard lambda > 0, lambda.isFinite else { throw TrainingError("lambda is \(lambda): it must be positive") }
        let classifier = try Classifier(network, batchSize: batchSize)
        let adversary = try PredictionAttack(attack).makeExecutor(on: network, batchSize: batchSize, copies: 0)
        func differences(_ batch: Images, _ count: Int) -> [Double] {
            classifier.images.set(batch)
            classifier.run()
            return classifier.logits.prefix(count).map { Double($0[1]) - Double($0[0]) }
        }
        var (clean, moved): ([Double], [Double]) = ([], [])
        for start in stride(from: 0, to: images.count, by: batchSize) {
            // The last batch is padded with its last image.
            let indices = (start..<start + batchSize).map { min($0, images.count - 1) }
            let count = min(batchSize, images.count - start)
            let pixels = Images(images.images(at: indices))
            clean += differences(pixels, count)
            let batch = AttackBatch(
                images: pixels, labels: indices.map { _ in nil }, indices: indices, seed: seed, trial: 0)
            moved += differences(try adversary.run(batch, parameters: network.parameters), count)
        }
        self.init(clean: clean, moved: moved, signs: images.labels.map { $0 == 1 ? 1 : -1 }, lambda: lambda)
    }
}
