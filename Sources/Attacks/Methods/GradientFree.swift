import SuretyNetworks
import SuretyTensors

/// SmoothAdv's attack without gradients (Salman et al. 2019, §3.1): by Stein's lemma the gradient of the smoothed
/// probability is E[δ·F(x′ + δ)_y]/σ², so the steps go along the mean over the noisy copies of −F(x′ + δ)_y·δ, each with
/// the same length, back into the ball and into [0, 1]. The lemma is about Gaussian noise: with another family's, the same mean
/// need not be the gradient.
///
/// With hard votes, F is 1 for the label's class and 0 otherwise: this attacks the smoothed classifier that is certified, and
/// networks that have no gradient. Its direction is noisy; it takes hundreds of copies to be useful. Probabilities are
/// computed from logits that are first brought to a usual scale if theirs is unusual (`LogitScale`).
public struct GradientFree: BallAttack, ClassifierAttack, Hashable {
    /// `gradient-free`.
    public static let name = "gradient-free"
    /// Its line in the list of attacks.
    public static let summary = "steps along noise weighed by probability, on a smoothed classifier (Salman 2019)"
    /// False: its direction is a mean over noisy copies.
    public static let attacksBase = false

    /// Where the perturbed images stay: ℓ2 or ℓ∞, with the radius ε in units of pixels in [0, 1].
    public var ball: Ball
    /// The size of a step, if it does not follow from the radius.
    public var givenStepSize: Float?
    /// Steps of the attack, usually 20; all noisy copies are evaluated in each.
    public var steps = 20
    /// Whether copies vote instead of giving their probabilities.
    public var usesVotes = false

    /// With the usual values: 20 steps of 2·radius/steps, by probabilities and not by votes.
    public init(ball: Ball) { self.ball = ball }

    /// The size of a step.
    public var stepSize: Float { givenStepSize ?? 2 * ball.radius / Float(max(1, steps)) }

    /// `steps`, `step` and `votes`.
    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...100_000, "steps of the attack"),
            .number("step", \.givenStepSize, in: 0...1000, otherwise: "2·radius/steps", "size of a step"),
            .flag("votes", \.usesVotes, "copies vote instead of giving their probabilities"),
        ]
    }

    /// Probabilities, or logits if copies vote.
    public func answer(copies: Int) -> Classifier.Answer { usesVotes ? .logits : .probabilities }

    /// The steps of §3.1 for each image; what it proposes is where the last one ends.
    ///
    /// - Throws: `AttackError` if the batch has no noise.
    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        guard let noise = batch.noise else { throw AttackError("gradient-free was given no noise") }
        let points = classifier.points
        let directions = Images(count: points.count, shape: points.shape)
        for step in 0..<steps {
            classifier.evaluate()
            if step == 0, !usesVotes { classifier.rescale() }
            let classes = usesVotes ? classifier.classesOfCopies : []
            // −Σ F(x′ + δ)_y·δ over the copies.
            directions.elements.fill(with: 0)
            for (row, delta) in noise.enumerated() {
                let place = row % points.count
                guard let label = batch.labels[place] else { continue }
                let weight = usesVotes ? (classes[row] == label ? 1 : 0) : classifier.probabilities[row][label]
                directions[place].add(delta, times: -Double(weight))
            }
            for place in points.indices {
                ball.ascend(points[place], along: directions[place], step: stepSize, around: batch.images[place])
            }
        }
    }
}
