import Networks
import Tensors

/// An attack within a radius that is worth running more than once.
public protocol RepeatableAttack: BallAttack {
    /// The attacks that are run each time: itself, unless one of its settings has several values.
    var variants: [Self] { get }
}

extension RepeatableAttack {
    public var variants: [Self] { [self] }
}

/// The worst case over several attacks and several starts of each: for each image the first proposal on which the network
/// errs and, where there is none, the one with the largest margin (Madry et al. 2018 for restarts; Khoury and Hadfield-Menell,
/// §5, for step sizes).
///
/// An image that is misclassified already stays as it is. For a smoothed classifier, which a few noisy copies cannot judge,
/// the largest margin counts throughout. Where another network's judge decides, each proposal is shown to it, and the
/// first on which that network errs is kept, else the last.
public struct RepeatedAttack<Base: RepeatableAttack>: NamedAttack {
    public static var name: String { Base.name }
    public static var summary: String { Base.summary }
    public static var norms: [Norm] { Base.norms }
    public static var aim: AttackAim { Base.aim }

    /// The attack, all variants of which are run.
    public var base: Base
    /// How often each is run, from random numbers of its own.
    public var restarts: Int

    public init(_ base: Base, restarts: Int = 1) {
        self.base = base
        self.restarts = restarts
    }

    public static func usual(norm: Norm, radius: Float?) throws(AttackError) -> Self {
        Self(try Base.usual(norm: norm, radius: radius))
    }

    public static var settings: [Setting<Self>] {
        Base.settings.map { $0.within(\.base) }
            + [.integer("restarts", \.restarts, in: 1...10_000, "starts, of which each image's worst counts")]
    }

    public var parameters: [String: String] { base.parameters.merging(record) { $1 } }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try checkSettings()
        return try RepeatedAttackExecutor(
            base.variants.map { try $0.makeExecutor(on: network, batchSize: batchSize, copies: copies) }, restarts: restarts,
            on: network, batchSize: batchSize, copies: copies)
    }
}

/// A repeated attack compiled for a network and a batch.
final class RepeatedAttackExecutor: AttackExecutor {
    private let executors: [any AttackExecutor]
    private let restarts: Int
    private let forward: ForwardPass
    /// The margin beyond which an image is found.
    private let goal: Float
    private let classCount: Int
    private var attackQueries: [Int]
    private var best: [Float] = []
    private(set) var hasVanished: [Bool]

    init(
        _ executors: [any AttackExecutor], restarts: Int, on network: Network, batchSize: Int, copies: Int
    ) throws {
        self.executors = executors
        self.restarts = restarts
        classCount = network.classCount
        goal = copies > 0 ? .infinity : 0
        attackQueries = Array(repeating: 0, count: batchSize)
        hasVanished = Array(repeating: false, count: batchSize)
        forward = try ForwardPass(on: network, batchSize: batchSize, copies: copies)
    }

    var queries: [Int] { zip(attackQueries, forward.queries).map(+) }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float> {
        attackQueries = attackQueries.map { _ in 0 }
        hasVanished = hasVanished.map { _ in false }
        forward.load(batch, parameters: parameters)
        best = Array(batch.images)
        switch batch.decision {
        case .source: try runFollowingMargins(batch, parameters: parameters, goal: goal)
        case .nobody: try runFollowingMargins(batch, parameters: parameters, goal: .infinity)
        case .judge: try runForJudge(batch, parameters: parameters)
        }
        _ = forward.images.update(fromContentsOf: best)
        return UnsafeBufferPointer(forward.images)
    }

    /// Each image's proposal with the largest margin, up to the first beyond `goal`.
    private func runFollowingMargins(_ batch: AttackBatch, parameters: [String: Tensor], goal: Float) throws {
        let margins = Margins(of: batch, classCount: classCount)
        let points = forward.images
        _ = points.update(fromContentsOf: best)
        var largest = margins(forward.evaluate())
        for restart in 0..<restarts {
            for executor in executors where !largest.allSatisfy({ $0 > goal }) {
                let isOpen = largest.map { $0 <= goal }
                _ = points.update(
                    fromContentsOf: try run(executor, on: batch, restart: restart, for: isOpen, parameters: parameters))
                for (place, margin) in margins(forward.evaluate(for: isOpen)).enumerated()
                where isOpen[place] && margin > largest[place] {
                    largest[place] = margin
                    let range = AttackBatch.range(of: place, size: forward.imageSize)
                    best.replaceSubrange(range, with: points[range])
                }
            }
        }
    }

    /// Each image's first proposal that the judge finds its network to err on, else the last.
    private func runForJudge(_ batch: AttackBatch, parameters: [String: Tensor]) throws {
        let margins = Margins(of: batch, classCount: classCount)
        _ = forward.images.update(fromContentsOf: batch.images)
        var isOpen = try forward.errs(batch, margins: margins).map { !$0 }
        for restart in 0..<restarts {
            for executor in executors where isOpen.contains(true) {
                _ = forward.images.update(
                    fromContentsOf: try run(executor, on: batch, restart: restart, for: isOpen, parameters: parameters))
                let errs = try forward.errs(batch, margins: margins, for: isOpen)
                for place in isOpen.indices where isOpen[place] {
                    let range = AttackBatch.range(of: place, size: forward.imageSize)
                    best.replaceSubrange(range, with: forward.images[range])
                    isOpen[place] = !errs[place]
                }
            }
        }
    }

    /// What an attack makes of the batch, counted for the images it is wanted for.
    private func run(
        _ executor: any AttackExecutor, on batch: AttackBatch, restart: Int, for isOpen: [Bool], parameters: [String: Tensor]
    ) throws -> UnsafeBufferPointer<Float> {
        var repeated = batch
        repeated.trial = batch.trial * restarts + restart
        let proposals = try executor.run(repeated, parameters: parameters)
        for place in isOpen.indices where isOpen[place] {
            attackQueries[place] += executor.queries[place]
            if executor.hasVanished[place] { hasVanished[place] = true }
        }
        return proposals
    }
}
