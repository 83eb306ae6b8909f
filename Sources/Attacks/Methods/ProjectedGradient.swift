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
    public static let norms = Norm.allCases
    public static let seeksSmallestDistance = false

    /// Where the ascent begins.
    public enum Start: Sendable, Hashable {
        /// At the image itself.
        case image
        /// Anywhere in the cube of the ball's radius, uniformly.
        case uniform
        /// At the image plus Gaussian noise of this standard deviation: TRADES uses 0.001.
        case gaussian(Float)
    }

    public var ball: Ball
    public var stepSize: Float
    public var steps: Int
    public var start: Start
    public var loss: AdversarialLoss
    /// Whether an image rests once the network errs on it. Training goes on to the last step, and so does an attack on a
    /// smoothed classifier, which a few copies are no judge of.
    public var restsOnSuccess: Bool

    public init(
        ball: Ball, stepSize: Float, steps: Int, start: Start = .uniform, loss: AdversarialLoss = .crossEntropy,
        restsOnSuccess: Bool = false
    ) {
        self.ball = ball
        self.stepSize = stepSize
        self.steps = steps
        self.start = start
        self.loss = loss
        self.restsOnSuccess = restsOnSuccess
    }

    /// What an ascent asked for by name follows.
    enum NamedLoss: String, CaseIterable {
        case crossEntropy = "cross-entropy"
        case margin

        var loss: AdversarialLoss {
            switch self {
            case .crossEntropy: .crossEntropy
            case .margin: .margin
            }
        }
    }

    public init(norm: Norm, radius: Float?, settings: inout MethodSettings) throws(AttackError) {
        ball = try Self.ball(norm, radius: radius)
        steps = try settings.integer("steps", default: 40, in: 0...100_000, "steps of each ascent")
        stepSize = try settings.optionalNumber("step", in: 0...1000, "size of a step; 2.5·radius/steps where not given")
            ?? 2.5 * ball.radius / Float(max(1, steps))
        start = try settings.flag("random-start", default: true, "begin anywhere in the ball, not at the image")
            ? .uniform : .image
        loss = try settings.choice("loss", default: NamedLoss.crossEntropy, "what is increased").loss
        restsOnSuccess = true
    }

    public static func variants(
        norm: Norm, radius: Float?, settings: inout MethodSettings
    ) throws(AttackError) -> [Self] {
        let usual = try Self(norm: norm, radius: radius, settings: &settings)
        let sizes = try settings.numbers("step-sizes", in: 0...1000, "several sizes, of which each image's worst counts")
        return sizes.isEmpty ? [usual] : sizes.map { size in
            var variant = usual
            variant.stepSize = size
            return variant
        }
    }

    public var parameters: [String: String] {
        [
            "norm": ball.norm.rawValue, "epsilon": "\(ball.radius)", "step": "\(stepSize)", "steps": "\(steps)",
            "start": "\(start)", "loss": "\(loss)",
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        guard ball.radius >= 0, ball.radius.isFinite else {
            throw AttackError("the attack's radius is \(ball.radius): it must not be negative")
        }
        guard steps >= 0 else { throw AttackError("the attack has \(steps) steps: at least 0 make sense") }
        guard stepSize >= 0, stepSize.isFinite else {
            throw AttackError("the attack's step is \(stepSize): it must not be negative")
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
