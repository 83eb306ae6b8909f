import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// What an auto-PGD ascends.
public protocol AscentObjective: Sendable {
    /// The name of the auto-PGD that ascends it.
    static var attackName: String { get }
    /// That attack's line in the list of attacks.
    static var summary: String { get }
    /// The loss whose gradient is followed: it rises in the same direction as `value`.
    static var loss: Loss { get }

    /// The loss of one image's logits.
    static func value(logits: [Float], label: Int) -> Double
}

/// Cross entropy: APGD-CE.
public enum CrossEntropyAscent: AscentObjective {
    /// APGD-CE.
    public static let attackName = "apgd-ce"
    /// Its line in the list of attacks.
    public static let summary = "steps on cross entropy whose size follows from progress (Croce 2020)"
    /// The log odds against the label, log Σ_{j≠y} exp z_j − z_y. They rise in the same direction as cross entropy, and keep
    /// their slope where the label's probability rounds to 1.
    public static let loss = Loss.logOdds

    /// In double precision: in single precision it is 0 wherever the label's logit is 17 above the others, and no step raises it.
    public static func value(logits: [Float], label: Int) -> Double {
        let above = logits.map { Double($0) - Double(logits[label]) }
        let highest = above.max() ?? 0
        // log Σ exp, in which the label's own term is 1, and the largest one if the network is right.
        return highest > 0
            ? highest + log(above.reduce(0) { $0 + exp($1 - highest) })
            : log1p(above.enumerated().reduce(0) { $1.offset == label ? $0 : $0 + exp($1.element) })
    }
}

/// The difference of logits ratio, which does not change with the logits' scale: APGD-DLR. For three classes or more.
public enum LogitsRatioAscent: AscentObjective {
    /// APGD-DLR.
    public static let attackName = "apgd-dlr"
    /// Its line in the list of attacks.
    public static let summary = "the same on the difference of logits ratio, which no scale of the logits masks (Croce 2020)"
    /// The same ratio as a graph (equation 6); `makeExecutor` refuses networks of fewer than three classes with
    /// `GraphError`.
    public static let loss = Loss.differenceOfLogitsRatio

    /// (max_{j≠y} z_j − z_y) / (z_π1 − z_π3 + 10⁻¹²), with π the order of falling logits (equation 6): positive where the
    /// image is misclassified. Needs three logits.
    public static func value(logits: [Float], label: Int) -> Double {
        let sorted = logits.sorted(by: >)
        let other = logits[label] == sorted[0] ? sorted[1] : sorted[0]
        return Double((other - logits[label]) / (sorted[0] - sorted[2] + 1e-12))
    }
}

/// Auto-PGD (Croce and Hein 2020, algorithm 1): projected gradient ascent with momentum. Its step is halved when the loss
/// oscillates or no longer rises; each time, the ascent goes back to the best image so far.
///
/// It proposes the nearest misclassified image it tried. If there is none, or another network's judge decides, it proposes
/// the one with the highest loss. An image that is already misclassified is left unchanged.
public struct AutoProjectedGradient<Objective: AscentObjective>: RepeatableAttack, Hashable {
    /// `apgd-ce` or `apgd-dlr`.
    public static var name: String { Objective.attackName }
    /// The objective's line in the list of attacks.
    public static var summary: String { Objective.summary }
    /// ℓ2 and ℓ∞.
    public static var norms: [Norm] { [.l2, .linf] }
    /// False: it knows only the network itself.
    public static var attacksSmoothed: Bool { false }

    /// Where the perturbed images stay: ℓ2 or ℓ∞, with the radius ε in units of pixels in [0, 1].
    public var ball: Ball
    /// Steps of each ascent; 100 in the paper.
    public var steps = 100
    /// ρ: the share of the steps that must raise the loss for the step size to stay.
    public var rho: Float = 0.75

    /// With the paper's 100 steps and ρ = 0.75.
    public init(ball: Ball) { self.ball = ball }

    /// `steps` and `rho`.
    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...100_000, "steps of each ascent"),
            .number("rho", \.rho, in: 0...1, "part of the steps that must raise the loss"),
        ]
    }

    /// The steps after which the step size is checked: w_j = ⌈p_j·steps⌉ with p₀ = 0, p₁ = 0.22 and
    /// p_{j+1} = p_j + max(p_j − p_{j−1} − 0.03, 0.06), here in hundredths, where there is no rounding.
    package var checkpoints: [Int] {
        var (last, next) = (0, 22)
        var checkpoints: [Int] = []
        while next <= 100 {
            checkpoints.append((next * steps + 99) / 100)
            (last, next) = (next, next + max(next - last - 3, 6))
        }
        return checkpoints
    }

    /// The gradient of the objective's loss.
    public func answer(copies: Int) -> Classifier.Answer { .gradient(of: Objective.loss) }

    /// Algorithm 1 for each image, from a random point on the edge of the ball.
    ///
    /// - Throws: What the judge of the clean images throws.
    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        var nearest = try classifier.begin(from: batch, norm: ball.norm)
        let points = classifier.points
        // Only while the label still leads: after that, the ratio may be 1 whatever the logits are, and nothing is hidden.
        var hasVanished = classifier.vanished
        let scales = classifier.scaleCorrections
        let isMoving = nearest.isWrongAnyway.map { !$0 }
        let moving = points.indices.filter { isMoving[$0] }
        for place in moving { begin(points[place], at: place, of: batch) }
        let memory = AscentMemory(at: points)
        var ascents = points.map { _ in Ascent(stepSize: 2 * ball.radius) }
        let checkpoints = Set(checkpoints)
        for step in 0...steps where !moving.isEmpty {
            let gradients = classifier.gradients(for: isMoving)
            let margins = classifier.margins()
            if batch.decision.isSource { nearest.offer(points, where: try classifier.misclassified()) }
            for place in moving {
                if margins[place] <= 0 { hasVanished[place] = classifier.vanished[place] }
                let logits = classifier.logits[place].map { $0 * scales[place] }
                let loss = batch.labels[place].map { Objective.value(logits: logits, label: $0) }
                memory.gradients[place] = gradients[place]
                if ascents[place].take(loss ?? -.infinity) {
                    (memory.best[place], memory.bestGradients[place]) = (points[place], gradients[place])
                }
                if step == 0 { ascents[place].restart() }
                if checkpoints.contains(step), ascents[place].halves(rho: rho) {
                    (points[place], memory.gradients[place]) = (memory.best[place], memory.bestGradients[place])
                }
                if step < steps {
                    advance(points[place], memory, place, ascents[place], around: batch.images[place], isFirst: step == 0)
                }
            }
        }
        points.set(nearest.images)
        for place in moving where nearest.distances[place] == .infinity { points[place] = memory.best[place] }
        classifier.reportedVanished = hasVanished
    }

    /// Moves it to a random place on the edge of the ball, keyed by image and trial.
    private func begin(_ point: Row, at place: Int, of batch: AttackBatch) {
        let direction = Images(count: 1, shape: [point.count])[0]
        let largest: Float
        if ball.norm == .linf {
            Philox(key: batch.seed).addUniform(
                within: 1, to: direction, UInt32(truncatingIfNeeded: batch.trial), batch.key(of: place),
                RandomStream.start.rawValue)
            largest = direction.reduce(0) { max($0, abs($1)) }
        } else {
            batch.drawNormal(direction, for: place, number: batch.trial, stream: .start)
            largest = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
        point.fill { point[$0] + ball.radius * direction[$0] / largest }
        ball.project(point, around: batch.images[place])
    }

    /// z = P(x + η·∇), x⁽ᵏ⁺¹⁾ = P(x⁽ᵏ⁾ + α(z − x⁽ᵏ⁾) + (1 − α)(x⁽ᵏ⁾ − x⁽ᵏ⁻¹⁾)) with α = 0.75, and 1 in the first step.
    private func advance(
        _ point: Row, _ memory: AscentMemory, _ place: Int, _ ascent: Ascent, around center: Row, isFirst: Bool
    ) {
        let (current, previous) = (memory.current, memory.previous[place])
        current.set(point)
        ball.ascend(point, along: memory.gradients[place], step: ascent.stepSize, around: center)
        if !isFirst {
            point.fill { current[$0] + 0.75 * (point[$0] - current[$0]) + 0.25 * (current[$0] - previous[$0]) }
            ball.project(point, around: center)
        }
        previous.set(current)
    }
}

/// Points and gradients that ascents come back to.
private struct AscentMemory {
    let previous, best, gradients, bestGradients: Images
    let current: Row

    init(at points: Images) {
        (previous, best) = (Images(copying: points), Images(copying: points))
        (gradients, bestGradients) = (Images(copying: points), Images(copying: points))
        current = Images(count: 1, shape: points.shape)[0]
    }
}

/// The progress of an image's ascent.
private struct Ascent {
    private(set) var stepSize: Float
    private var bestLoss = -Double.infinity
    private var loss = -Double.infinity
    /// Since the last checkpoint.
    private var rises = 0
    private var steps = 0
    private var lossAtCheckpoint = -Double.infinity
    private var wasHalved = true

    init(stepSize: Float) { self.stepSize = stepSize }

    /// Takes the loss of a point. Returns whether it is the highest so far.
    mutating func take(_ loss: Double) -> Bool {
        if loss > self.loss { rises += 1 }
        steps += 1
        self.loss = loss
        guard loss > bestLoss else { return false }
        bestLoss = loss
        return true
    }

    mutating func restart() { (lossAtCheckpoint, rises, steps) = (bestLoss, 0, 0) }

    /// Halves the step if too few steps raised the loss, or neither the step nor the highest loss has changed since the last
    /// checkpoint: conditions 1 and 2. Returns whether the ascent must go back to its best image.
    mutating func halves(rho: Float) -> Bool {
        let isOscillating = Float(rises) < rho * Float(steps)
        let isStuck = !wasHalved && bestLoss <= lossAtCheckpoint
        wasHalved = isOscillating || isStuck
        restart()
        guard wasHalved, bestLoss > -.infinity else { return false }
        stepSize /= 2
        return true
    }
}
