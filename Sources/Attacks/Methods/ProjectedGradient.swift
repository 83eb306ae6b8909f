import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// Projected gradient ascent: from a start near the image, steps along the steepest direction of a loss, each brought back
/// into a ball around the image and into [0, 1] (Madry et al. 2018, §2.1; Kurakin et al. 2017).
///
/// With noisy copies, cross entropy is that of their mean probability: SmoothAdv's attack on the smoothed classifier.
public struct ProjectedGradient: RepeatableAttack, Hashable {
    /// `pgd`.
    public static let name = "pgd"
    /// Its line in the list of attacks.
    public static let summary = "steps along the gradient, each brought back into the ball (Madry 2018)"

    /// Where the ascent begins.
    public enum Start: Sendable, Hashable {
        /// At the image itself.
        case image
        /// Anywhere in the cube of the ball's radius, uniformly.
        case uniform
        /// At the image plus Gaussian noise of this standard deviation: TRADES uses 0.001.
        case gaussian(Float)

        /// Whether it differs from the image itself; setting true makes it anywhere in the cube.
        public var isRandom: Bool {
            get { self != .image }
            set { self = newValue ? .uniform : .image }
        }
    }

    /// Where the perturbed images stay: ℓ2 or ℓ∞, with the radius ε in units of pixels in [0, 1].
    public var ball: Ball
    /// The size of a step, if it does not follow from the radius.
    public var givenStepSize: Float?
    /// Several sizes in place of one: for each image, the worst result counts.
    public var stepSizes: [Float] = []
    /// Steps of each ascent, one gradient each; usually 40.
    public var steps = 40
    /// Where each ascent begins; usually anywhere in the cube of the ball's radius.
    public var start = Start.uniform
    /// What is increased: usually cross entropy, as in the paper, or the margin. With noisy copies, cross entropy is that of
    /// their mean probability.
    public var loss = Loss.crossEntropy
    /// Whether an image rests once it is misclassified. Training goes on to the last step, and so does an attack on a
    /// smoothed classifier, because a few copies cannot judge that.
    public var restsOnSuccess = true

    /// The attack as it runs when asked for by name.
    public init(ball: Ball) { self.ball = ball }

    /// The attack as defenses use it: it runs to the last step.
    public init(
        ball: Ball, stepSize: Float, steps: Int, start: Start = .uniform, loss: Loss = .crossEntropy,
        restsOnSuccess: Bool = false
    ) {
        self.ball = ball
        givenStepSize = stepSize
        self.steps = steps
        self.start = start
        self.loss = loss
        self.restsOnSuccess = restsOnSuccess
    }

    /// The size of a step.
    public var stepSize: Float { givenStepSize ?? 2.5 * ball.radius / Float(max(1, steps)) }

    /// One for each of `stepSizes`, if there are any.
    public var variants: [Self] {
        stepSizes.isEmpty ? [self] : stepSizes.map { size in
            var variant = self
            (variant.givenStepSize, variant.stepSizes) = (size, [])
            return variant
        }
    }

    /// `steps`, `step`, `random-start`, `loss` and `step-sizes`.
    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...100_000, "steps of each ascent"),
            .number("step", \.givenStepSize, in: 0...1000, otherwise: "2.5·radius/steps", "size of a step"),
            .flag("random-start", \.start.isRandom, "begin anywhere in the ball, not at the image"),
            .choice("loss", \.loss, among: [.crossEntropy, .margin], "what is increased"),
            .numbers("step-sizes", \.stepSizes, in: 0...1000, "several sizes; the worst for each image counts"),
        ]
    }

    /// The gradient of `loss`; for cross entropy, that of the log odds, which has the same direction, or with noisy copies
    /// that of their mean probability.
    public func answer(copies: Int) -> Classifier.Answer { .gradient(of: loss.ascended(over: copies)) }

    /// The ascent for each image; what it proposes is where the last step ends, or where an image rests.
    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        try ascend(batch, on: classifier, radii: batch.indices.map { _ in ball.radius })
    }

    /// The ascent within a separate radius for each image; the step is the same fraction of each radius.
    func ascend(_ batch: AttackBatch, on classifier: AttackedClassifier, radii: [Float]) throws {
        let points = classifier.points
        let balls = radii.map { Ball(ball.norm, radius: $0) }
        let steps = radii.map { $0 == ball.radius ? stepSize : stepSize * $0 / ball.radius }
        for place in points.indices { begin(points[place], at: place, of: batch, in: balls[place]) }
        // Whether another network misclassifies an image is for its judge to say at the end.
        let rests = restsOnSuccess && classifier.copies == 0 && batch.decision.isSource
        var moving = points.map { _ in true }
        for _ in 0..<self.steps where moving.contains(true) {
            let gradients = classifier.gradients(for: moving)
            if rests { moving = try classifier.misclassified().map { !$0 } }
            for place in points.indices where moving[place] {
                balls[place].ascend(
                    points[place], along: gradients[place], step: steps[place], around: batch.images[place])
            }
        }
    }

    /// Moves a point, at first the image, to where the ascent begins, by random numbers keyed by image and trial.
    private func begin(_ point: Row, at place: Int, of batch: AttackBatch, in ball: Ball) {
        let (trial, image) = (UInt32(batch.trial), UInt32(batch.indices[place]))
        switch start {
        case .image: return
        case .uniform:
            Philox(key: batch.seed).addUniform(within: ball.radius, to: point, trial, image, RandomStream.start.rawValue)
        case .gaussian(let sigma):
            GaussianNoise(key: batch.seed, sigma: sigma).add(to: point, sample: trial, image: image, stream: .start)
        }
        ball.project(point, around: batch.images[place])
    }

    /// Compiles the network once for each of `stepSizes`, or once where there are none.
    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try check(on: network, copies: copies)
        if !stepSizes.isEmpty {
            return try RepeatedAttack(self).makeExecutor(on: network, batchSize: batchSize, copies: copies)
        }
        return try makeClassifierExecutor(on: network, batchSize: batchSize, copies: copies)
    }
}
