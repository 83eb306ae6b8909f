import Datasets
import Dispatch
import Graphs
import Networks
import Synchronization
import Tensors

/// Trains a network with a defense: epochs of shuffled batches, each shared by two workers, whose gradients are averaged.
///
/// Two workers whatever the number of processors, so that results do not depend on the machine: sums of floating-point
/// numbers depend on how they are divided.
public struct Trainer {
    /// What came of an epoch.
    public struct Epoch: Sendable, Equatable, Codable {
        /// Counted from 1.
        public let number: Int
        /// The mean objective.
        public let loss: Double
        public let learningRate: Float
        public let seconds: Double
    }

    private static let workers = 2

    private let settings: TrainingSettings
    private let imageCount: Int
    private let shards: [Shard]
    private let network: Network

    /// The network as trained so far.
    public private(set) var parameters: [String: Tensor]
    /// The epochs completed.
    public private(set) var history: [Epoch]
    private var optimiserState: OptimiserState

    private let origin: Checkpoint.Origin

    /// - Parameter checkpoint: Where an earlier training with the same arguments stopped; what follows is then what would
    ///   have followed there, to the last bit. The network's own parameters are not used.
    /// - Throws: `TrainingError` for settings out of range, images that do not fit the network, or a checkpoint of another
    ///   training, saying what differs; `NetworkError`, `GraphError`.
    public init(
        _ network: Network, _ defense: any Defense, on images: LabelledImages, _ settings: TrainingSettings,
        resuming checkpoint: Checkpoint? = nil
    ) throws {
        guard settings.epochs >= 1 else { throw TrainingError("epochs is \(settings.epochs): it must be at least 1") }
        guard settings.batchSize >= 2, settings.batchSize % Self.workers == 0 else {
            throw TrainingError("the batch size is \(settings.batchSize): two workers share a batch, so it must be even")
        }
        guard settings.batchSize <= images.count else {
            throw TrainingError("the batch size is \(settings.batchSize), and \(images.name) has only \(images.count) images")
        }
        guard settings.learningRate > 0, settings.learningRate.isFinite else {
            throw TrainingError("the learning rate is \(settings.learningRate): it must be positive and finite")
        }
        try Self.check(defense, epochs: settings.epochs)
        guard images.shape == network.imageShape else {
            throw TrainingError(
                "\(images.name) has images of shape \(images.shape), and the network takes \(network.imageShape)")
        }
        if let label = images.labels.max(), label >= network.classCount {
            throw TrainingError(
                "\(images.name) has the label \(label), and the network has \(network.classCount) classes, from 0")
        }
        origin = Checkpoint.Origin(network, defense, images, settings)
        if let checkpoint {
            if let difference = checkpoint.origin.difference(to: origin) {
                throw TrainingError("the checkpoint is of another training: \(difference)")
            }
            guard checkpoint.parameters.mapValues(\.shape) == network.parameters.mapValues(\.shape) else {
                throw TrainingError("the checkpoint's parameters do not fit the network")
            }
        }
        self.settings = settings
        self.network = network
        imageCount = images.count
        parameters = checkpoint?.parameters ?? network.parameters
        history = checkpoint?.history ?? []
        optimiserState = checkpoint?.optimiserState ?? OptimiserState()
        shards = try (0..<Self.workers).map { _ in
            try Shard(
                defense, network: network, images: images, size: settings.batchSize / Self.workers, seed: settings.seed)
        }
    }

    /// Refuses noise and adversaries that mean nothing.
    private static func check(_ defense: any Defense, epochs: Int) throws(TrainingError) {
        if let noise = defense.noise {
            guard noise.copies >= 1 else { throw TrainingError("\(noise.copies) noisy copies: there must be at least 1") }
            guard noise.sigma >= 0, noise.sigma.isFinite else {
                throw TrainingError("the noise's sigma is \(noise.sigma): it must not be negative")
            }
        }
        for epoch in [0, epochs - 1] {
            guard let attack = defense.adversary(epoch: epoch) else { continue }
            guard attack.ball.radius >= 0, attack.ball.radius.isFinite else {
                throw TrainingError("the attack's radius is \(attack.ball.radius): it must not be negative")
            }
            guard attack.steps >= 0 else { throw TrainingError("the attack has \(attack.steps) steps: at least 0 make sense") }
            guard attack.stepSize >= 0, attack.stepSize.isFinite else {
                throw TrainingError("the attack's step is \(attack.stepSize): it must not be negative")
            }
        }
    }

    /// Whether all epochs are done.
    public var isFinished: Bool { history.count >= settings.epochs }

    /// The training as it stands after the last completed epoch.
    public var checkpoint: Checkpoint {
        get throws(TrainingError) {
            try Checkpoint(origin: origin, history: history, parameters: parameters, optimiserState: optimiserState)
        }
    }

    /// The network with the parameters of now.
    public func trainedNetwork() throws -> Network { try network.withParameters(parameters) }

    /// Trains for one more epoch. Images beyond the last full batch wait for another epoch's shuffle.
    ///
    /// - Parameter report: Told after each step how many of the steps are done, and the mean loss so far. What it throws
    ///   ends the epoch, which then counts for nothing.
    /// - Throws: `TrainingError` when the loss or a parameter is no longer a number, saying at which step; the parameters
    ///   are then those of the last completed epoch.
    public mutating func runEpoch(
        report: (_ done: Int, _ of: Int, _ loss: Double) throws -> Void = { _, _, _ in }
    ) throws {
        let start = ContinuousClock.now
        let epoch = history.count
        let order = EpochOrder(count: imageCount, epoch: epoch, seed: settings.seed).indices
        let rate = settings.learningRate * settings.schedule.factor(epoch: epoch, of: settings.epochs)
        let steps = imageCount / settings.batchSize
        var (current, state, total) = (parameters, optimiserState, 0.0)
        for step in 0..<steps {
            let batch = order[step * settings.batchSize..<(step + 1) * settings.batchSize]
            let result = run(batch, epoch: epoch, parameters: current)
            guard result.loss.isFinite else {
                throw TrainingError("""
                    the loss is not finite at step \(step + 1) of epoch \(epoch + 1): try a smaller learning rate. \
                    \(epoch == 0 ? "Nothing was learned yet." : "Epoch \(epoch) is kept.")
                    """)
            }
            settings.optimiser.step(&current, against: result.gradients, rate: rate, state: &state)
            for (name, values) in result.statistics {
                if let shape = current[name]?.shape { current[name] = Tensor(shape: shape, values: values) }
            }
            total += Double(result.loss)
            try report(step + 1, steps, total / Double(step + 1))
        }
        guard current.values.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else {
            throw TrainingError("""
                a parameter is no longer a number after epoch \(epoch + 1): try a smaller learning rate. The epoch before is \
                kept.
                """)
        }
        (parameters, optimiserState) = (current, state)
        history.append(
            Epoch(
                number: epoch + 1, loss: total / Double(steps), learningRate: rate,
                seconds: (ContinuousClock.now - start) / .seconds(1)))
    }

    /// The mean of the workers' results on their parts of a batch.
    private func run(_ batch: ArraySlice<Int>, epoch: Int, parameters: [String: Tensor]) -> Shard.Result {
        let size = batch.count / Self.workers
        let results = Mutex<[Int: Shard.Result]>([:])
        DispatchQueue.concurrentPerform(iterations: Self.workers) { [shards] worker in
            let part = batch[batch.startIndex + worker * size..<batch.startIndex + (worker + 1) * size]
            let result = shards[worker].run(on: part, epoch: epoch, parameters: parameters)
            results.withLock { $0[worker] = result }
        }
        let ordered = results.withLock { results in (0..<Self.workers).compactMap { results[$0] } }
        var mean = ordered[0]
        for other in ordered.dropFirst() {
            mean.loss += other.loss
            for (name, values) in other.gradients { mean.gradients[name]?.add(values) }
            for (name, values) in other.statistics { mean.statistics[name]?.add(values) }
        }
        let scale = 1 / Float(Self.workers)
        mean.loss *= scale
        for name in mean.gradients.keys { mean.gradients[name]?.scale(by: scale) }
        for name in mean.statistics.keys { mean.statistics[name]?.scale(by: scale) }
        return mean
    }
}

extension [Float] {
    fileprivate mutating func add(_ other: [Float]) {
        for i in indices { self[i] += other[i] }
    }

    fileprivate mutating func scale(by factor: Float) {
        for i in indices { self[i] *= factor }
    }
}
