import Graphs
import Networks
import Tensors

/// Projected gradient ascent: from a start near the image, steps along the steepest direction of a loss, each brought back
/// into a ball around the image and into [0, 1] (Madry et al. 2018, §2.1; Kurakin et al. 2017).
///
/// With noisy copies, cross entropy is that of their mean probability: SmoothAdv's attack on the smoothed classifier.
public struct ProjectedGradient: RepeatableAttack, Hashable {
    public static let name = "pgd"
    public static let summary = "steps along the gradient, each brought back into the ball (Madry 2018)"

    /// Where the ascent begins.
    public enum Start: Sendable, Hashable {
        /// At the image itself.
        case image
        /// Anywhere in the cube of the ball's radius, uniformly.
        case uniform
        /// At the image plus Gaussian noise of this standard deviation: TRADES uses 0.001.
        case gaussian(Float)

        /// Whether it is not at the image itself; true sets it anywhere in the cube.
        public var isRandom: Bool {
            get { self != .image }
            set { self = newValue ? .uniform : .image }
        }
    }

    public var ball: Ball
    /// The size of a step, where it does not follow from the radius.
    public var givenStepSize: Float?
    /// Several sizes in place of one: each image's worst counts.
    public var stepSizes: [Float] = []
    public var steps = 40
    public var start = Start.uniform
    public var loss = AdversarialLoss.crossEntropy
    /// Whether an image rests once the network misclassifies it. Training goes on to the last step, and so does an attack on a
    /// smoothed classifier, which a few copies cannot judge.
    public var restsOnSuccess = true

    /// As it is asked for by name.
    public init(ball: Ball) { self.ball = ball }

    /// As defenses have it: to the last step.
    public init(
        ball: Ball, stepSize: Float, steps: Int, start: Start = .uniform, loss: AdversarialLoss = .crossEntropy,
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

    /// One for each of `stepSizes`, where there are any.
    public var variants: [Self] {
        stepSizes.isEmpty ? [self] : stepSizes.map { size in
            var variant = self
            (variant.givenStepSize, variant.stepSizes) = (size, [])
            return variant
        }
    }

    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...100_000, "steps of each ascent"),
            .number("step", \.givenStepSize, in: 0...1000, otherwise: "2.5·radius/steps", "size of a step"),
            .flag("random-start", \.start.isRandom, "begin anywhere in the ball, not at the image"),
            .choice("loss", \.loss, among: [.crossEntropy, .margin], "what is increased"),
            .numbers("step-sizes", \.stepSizes, in: 0...1000, "several sizes, of which each image's worst counts"),
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try checkSettings()
        if !stepSizes.isEmpty {
            return try RepeatedAttack(self).makeExecutor(on: network, batchSize: batchSize, copies: copies)
        }
        return try ProjectedGradientExecutor(self, on: network, batchSize: batchSize, copies: copies)
    }
}

/// A projected gradient ascent compiled for a network and a batch.
final class ProjectedGradientExecutor: AttackExecutor {
    private let attack: ProjectedGradient
    private let slope: LossSlope
    private let classCount: Int
    private let restsOnSuccess: Bool
    /// The radius of each image of the batch, where each has its own: the step then has the same part of each.
    var radii: [Float]?

    init(_ attack: ProjectedGradient, on network: Network, batchSize: Int, copies: Int) throws {
        self.attack = attack
        classCount = network.classCount
        restsOnSuccess = attack.restsOnSuccess && copies == 0
        slope = try LossSlope(
            of: attack.loss.ascended(over: copies), on: network, batchSize: batchSize, copies: copies,
            withLogits: restsOnSuccess)
    }

    var queries: [Int] { slope.queries }

    var hasVanished: [Bool] { slope.hasVanished }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) -> UnsafeBufferPointer<Float> {
        slope.load(batch, parameters: parameters)
        let points = slope.images
        _ = points.update(fromContentsOf: batch.images)
        begin(at: points, of: batch)
        let margins = Margins(of: batch, classCount: classCount)
        // What another network errs on is for its judge to say, in the end.
        let restsOnSuccess = restsOnSuccess && batch.decision.isSource
        var isResting = batch.indices.map { _ in false }
        for _ in 0..<attack.steps where isResting.contains(false) {
            let slopes = slope.evaluate(for: isResting.map { !$0 })
            if restsOnSuccess { isResting = margins(slope.logits).map { $0 > 0 } }
            forEachImage(of: batch) { range in
                if isResting[range.lowerBound / slope.imageSize] { return }
                let ball = ball(of: range)
                ball.ascend(
                    .init(rebasing: points[range]), along: .init(rebasing: slopes[range]),
                    step: radii == nil ? attack.stepSize : attack.stepSize * ball.radius / attack.ball.radius,
                    around: .init(rebasing: batch.images[range]))
            }
        }
        return UnsafeBufferPointer(points)
    }

    /// Moves the images to where the ascent begins, by random numbers keyed by image and trial.
    private func begin(at points: UnsafeMutableBufferPointer<Float>, of batch: AttackBatch) {
        if attack.start == .image { return }
        forEachImage(of: batch) { range in
            let image = UInt32(batch.indices[range.lowerBound / slope.imageSize])
            let point = UnsafeMutableBufferPointer(rebasing: points[range])
            switch attack.start {
            case .image: break
            case .uniform:
                Philox(key: batch.seed).addUniform(
                    within: ball(of: range).radius, to: point, UInt32(batch.trial), image, RandomStream.start.rawValue)
            case .gaussian(let sigma):
                GaussianNoise(key: batch.seed, sigma: sigma).add(
                    to: UnsafeBufferPointer(rebasing: batch.images[range]), sample: UInt32(batch.trial), image: image,
                    stream: .start, output: point)
            }
            ball(of: range).project(point, around: UnsafeBufferPointer(rebasing: batch.images[range]))
        }
    }

    /// The ball around the image whose elements these are.
    private func ball(of range: Range<Int>) -> Ball {
        radii.map { Ball(attack.ball.norm, radius: $0[range.lowerBound / slope.imageSize]) } ?? attack.ball
    }

    private func forEachImage(of batch: AttackBatch, _ body: (Range<Int>) -> Void) {
        for place in batch.indices.indices { body(AttackBatch.range(of: place, size: slope.imageSize)) }
    }
}
