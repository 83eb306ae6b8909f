import SuretyNetworks
import SuretyTensors

/// An attack within a radius that is worth running more than once.
public protocol RepeatableAttack: BallAttack, ClassifierAttack {
    /// The attacks that are run each time: itself, unless one of its settings has several values.
    var variants: [Self] { get }
}

extension RepeatableAttack {
    /// Itself alone.
    public var variants: [Self] { [self] }
}

/// The worst case over several attacks and several starts of each: for each image, the first proposal that is misclassified
/// or, if there is none, the one with the largest margin (Madry et al. 2018 for restarts; Khoury and Hadfield-Menell, §5, for
/// step sizes).
///
/// An image that is already misclassified is left unchanged. For a smoothed classifier, the largest margin always counts,
/// because a few noisy copies cannot judge it. If another network's judge decides, each proposal is shown to it, and the
/// first that it finds misclassified is kept, otherwise the last.
public struct RepeatedAttack<Base: RepeatableAttack>: NamedAttack {
    /// The base attack's name: restarts are a setting, not another attack.
    public static var name: String { Base.name }
    /// The base attack's line in the list of attacks.
    public static var summary: String { Base.summary }
    /// The norms that the base attack supports.
    public static var norms: [Norm] { Base.norms }
    /// What the base attack looks for: success within a radius.
    public static var aim: AttackAim { Base.aim }
    /// Whether the base attack can follow one network while another one decides.
    public static var transfers: Bool { Base.transfers }
    /// Whether the base attack can attack a smoothed classifier.
    public static var attacksSmoothed: Bool { Base.attacksSmoothed }
    /// Whether the base attack can attack the network itself.
    public static var attacksBase: Bool { Base.attacksBase }

    /// The attack, all variants of which are run.
    public var base: Base
    /// How often each is run, each time with its own random numbers.
    public var restarts: Int

    /// - Parameters:
    ///   - base: The attack, all variants of which are run.
    ///   - restarts: At least 1.
    public init(_ base: Base, restarts: Int = 1) {
        self.base = base
        self.restarts = restarts
    }

    /// The base attack with its usual settings, run once.
    ///
    /// - Throws: `AttackError` for a radius that is missing, negative or not finite.
    public static func usual(norm: Norm, radius: Float?) throws(AttackError) -> Self {
        Self(try Base.usual(norm: norm, radius: radius))
    }

    /// The base attack's settings, and `restarts`.
    public static var settings: [Setting<Self>] {
        Base.settings.map { $0.within(\.base) }
            + [.integer("restarts", \.restarts, in: 1...10_000, "starts; the worst for each image counts")]
    }

    /// The base attack's parameters, and `restarts`.
    public var parameters: [String: String] { base.parameters.merging(record) { $1 } }

    /// Compiles the network for each variant, and once more to compare what they propose.
    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try check(on: network, copies: copies)
        return try RepeatedAttackExecutor(
            base.variants.map { try $0.makeExecutor(on: network, batchSize: batchSize, copies: copies) }, restarts: restarts,
            on: network, batchSize: batchSize, copies: copies)
    }
}

/// A repeated attack compiled for a network and a batch.
final class RepeatedAttackExecutor: AttackExecutor {
    private let executors: [any AttackExecutor]
    private let restarts: Int
    private let classifier: AttackedClassifier
    private var attackQueries: [Int]
    private let best: Images
    private(set) var hasVanished: [Bool]

    init(
        _ executors: [any AttackExecutor], restarts: Int, on network: Network, batchSize: Int, copies: Int
    ) throws {
        (self.executors, self.restarts) = (executors, restarts)
        attackQueries = Array(repeating: 0, count: batchSize)
        hasVanished = Array(repeating: false, count: batchSize)
        classifier = try AttackedClassifier(network, batchSize: batchSize, copies: copies)
        best = Images(count: batchSize, shape: network.imageShape)
    }

    var queries: [Int] { zip(attackQueries, classifier.queries).map(+) }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> Images {
        for place in hasVanished.indices { (attackQueries[place], hasVanished[place]) = (0, false) }
        try classifier.load(batch, parameters: parameters)
        best.set(batch.images)
        if case .judge = batch.decision {
            try runForJudge(batch, parameters: parameters)
        } else {
            try runFollowingMargins(batch, parameters: parameters, rests: batch.decision.isSource && classifier.copies == 0)
        }
        classifier.points.set(best)
        return classifier.points
    }

    /// For each image, the proposal with the largest margin, up to the first one that is misclassified if images then rest
    /// (`rests`).
    private func runFollowingMargins(_ batch: AttackBatch, parameters: [String: Tensor], rests: Bool) throws {
        classifier.evaluate()
        var largest = classifier.margins()
        var isOpen = try classifier.misclassified().map { !rests || !$0 }
        try runEach(on: batch, parameters: parameters, isOpen: &isOpen) { isOpen in
            classifier.evaluate(for: isOpen)
            let (margins, isMisclassified) = (classifier.margins(), try classifier.misclassified())
            for place in best.indices where isOpen[place] && margins[place] > largest[place] {
                largest[place] = margins[place]
                best[place] = classifier.points[place]
                isOpen[place] = !rests || !isMisclassified[place]
            }
        }
    }

    /// For each image, the first proposal that the judge finds misclassified, otherwise the last.
    private func runForJudge(_ batch: AttackBatch, parameters: [String: Tensor]) throws {
        var isOpen = try classifier.decide().map { !$0 }
        try runEach(on: batch, parameters: parameters, isOpen: &isOpen) { isOpen in
            let isMisclassified = try classifier.decide(for: isOpen)
            for place in best.indices where isOpen[place] {
                best[place] = classifier.points[place]
                isOpen[place] = !isMisclassified[place]
            }
        }
    }

    /// Runs each start of each attack, as long as an image is still open: `look` sees the result at the classifier's points.
    private func runEach(
        on batch: AttackBatch, parameters: [String: Tensor], isOpen: inout [Bool], _ look: (inout [Bool]) throws -> Void
    ) throws {
        var repeated = batch
        for restart in 0..<restarts {
            repeated.trial = batch.trial * restarts + restart
            for executor in executors where isOpen.contains(true) {
                classifier.points.set(try executor.run(repeated, parameters: parameters))
                for place in isOpen.indices where isOpen[place] {
                    attackQueries[place] += executor.queries[place]
                    if executor.hasVanished[place] { hasVanished[place] = true }
                }
                try look(&isOpen)
            }
        }
    }
}
