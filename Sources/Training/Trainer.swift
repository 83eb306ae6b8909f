import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// Trains a network with a defense: epochs of shuffled batches, each shared by two workers, whose gradients are averaged.
///
/// Two workers whatever the number of processors, so that results do not depend on the machine: sums of floating-point
/// numbers depend on how they are divided. They meet where batch normalisation needs the whole batch (`WorkerMean`).
public struct Trainer {
    /// The results of an epoch.
    public struct Epoch: Sendable, Equatable, Codable {
        /// Counted from 1.
        public let number: Int
        /// The mean objective.
        public let loss: Double
        /// The fraction of the images that were classified correctly while training: of the images that the network saw first
        /// in its objective, under noise or attack if it saw those.
        public let accuracy: Double
        /// The learning rate at the epoch's end.
        public let learningRate: Float
        /// How long it took, in seconds of wall time.
        public let seconds: Double
        /// The fraction of the images that the adversary would have moved further if their own region, a Voronoi cell, had
        /// not stopped them. `nil` for defenses without such regions.
        public let confinedShare: Double?
    }

    /// The progress of an epoch.
    public struct Progress: Sendable {
        /// Batches done, and batches in all.
        public let step, steps: Int
        /// The mean objective so far in this epoch.
        public let loss: Double
        /// Like `Epoch.accuracy`, so far in this epoch.
        public let accuracy: Double
    }

    private static let workers = 2

    private let settings: TrainingSettings
    private let replays: Int
    private let imageCount: Int
    private let trainingWorkers: [TrainingWorker]
    private let network: Network
    private let trainable: [String]
    private let statistics: [String]

    /// The network as trained so far.
    public private(set) var parameters: [String: Tensor]
    /// The epochs completed.
    public private(set) var history: [Epoch]
    private var optimiserState: OptimiserState

    private let origin: Checkpoint.Origin

    /// How convolutions are computed: as the checkpoint says, or as the network asks for where the processor can.
    public let convolution: ConvolutionAlgorithm

    /// - Parameter checkpoint: Where an earlier training with the same arguments stopped; the continuation is then the same
    ///   as it would have been there, to the last bit. The network's own parameters are not used.
    /// - Throws: `TrainingError` for settings out of range, images that do not fit the network, or a checkpoint of another
    ///   training, saying what differs; `AttackError`, `NetworkError`, `GraphError`.
    public init(
        _ network: Network, _ defense: any Defense, on images: LabelledImages, _ settings: TrainingSettings,
        resuming checkpoint: Checkpoint? = nil
    ) throws {
        let network = checkpoint.map { network.convolving(by: $0.origin.convolution ?? .direct) } ?? network
        if let algorithm = checkpoint?.origin.convolution, !algorithm.isAvailable {
            throw TrainingError("""
                the training was begun with \(algorithm.rawValue) convolutions, which this processor (\(Program.library)) \
                cannot compute: go on with it on a processor with AVX-512, or begin anew with direct ones
                """)
        }
        try settings.check(workers: Self.workers)
        guard settings.batchSize <= images.count else {
            throw TrainingError("the batch size is \(settings.batchSize), and \(images.name) has only \(images.count) images")
        }
        try Self.check(defense)
        guard images.shape == network.imageShape else {
            throw TrainingError(
                "\(images.name) has images of shape \(images.shape), and the network takes \(network.imageShape)")
        }
        if let label = images.labels.max(), label >= network.classCount {
            throw TrainingError(
                "\(images.name) has the label \(label), and the network has \(network.classCount) classes, from 0")
        }
        guard settings.accumulation == 1 || network.runningStatistics.isEmpty else {
            throw TrainingError("""
                the accumulation is \(settings.accumulation), and the network has batch normalisation, whose statistics are \
                those of the whole batch, which therefore cannot be worked through in parts: set the accumulation to 1, and \
                if there is not enough memory, lower the batch size
                """)
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
        replays = defense.replays?.count ?? 1
        parameters = checkpoint?.parameters ?? network.parameters
        history = checkpoint?.history ?? []
        optimiserState = checkpoint?.optimiserState ?? OptimiserState()
        let (trainable, statistics) = (network.trainableParameters, network.runningStatistics)
        (self.trainable, self.statistics) = (trainable, statistics)
        let prepared = try defense.prepared(for: images)
        let size = settings.batchSize / (Self.workers * settings.accumulation)
        let objective = try Objective(
            prepared, network: network, size: size, trainable: trainable, statistics: statistics, workers: Self.workers)
        convolution = objective.convolution
        trainingWorkers = try (0..<Self.workers).map { _ in
            try TrainingWorker(objective, prepared, network: network, images: images, size: size, settings)
        }
    }

    /// Refuses noise and replays that mean nothing.
    private static func check(_ defense: any Defense) throws(TrainingError) {
        if let noise = defense.noise {
            guard noise.copies >= 1 else { throw TrainingError("\(noise.copies) noisy copies: there must be at least 1") }
            guard noise.sigma >= 0, noise.sigma.isFinite else {
                throw TrainingError("the noise's sigma is \(noise.sigma): it must not be negative")
            }
        }
        if let replays = defense.replays {
            guard replays.count >= 1 else { throw TrainingError("\(replays.count) replays: there must be at least 1") }
            guard replays.ball.radius >= 0, replays.ball.radius.isFinite, replays.stepSize >= 0, replays.stepSize.isFinite
            else { throw TrainingError("the radius and the step of a perturbation must not be negative") }
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

    /// The network with its present parameters.
    public func trainedNetwork() throws -> Network { try network.withParameters(parameters) }

    /// Trains for one more epoch. Images beyond the last full batch are left for another epoch's shuffle.
    ///
    /// - Parameter report: Told after each batch how far the epoch has come. If it throws, the epoch ends and does not count.
    /// - Throws: `TrainingError` if the loss or a parameter is no longer a number; it names the step; the parameters
    ///   are then those of the last completed epoch.
    public mutating func runEpoch(report: (Progress) throws -> Void = { _ in }) throws {
        let start = ContinuousClock.now
        let epoch = history.count
        let order = EpochOrder(count: imageCount, epoch: epoch, seed: settings.seed).indices
        let fall = settings.schedule.factor(epoch: epoch, of: settings.epochs)
        let steps = imageCount / settings.batchSize
        var (current, state, tally) = (parameters, optimiserState, Tally())
        var rate = settings.learningRate * fall
        for worker in trainingWorkers { try worker.begin(epoch: epoch) }
        for step in 0..<steps {
            let batch = order[step * settings.batchSize..<(step + 1) * settings.batchSize]
            let progress = Double(epoch) + Double(step + 1) / Double(steps)
            rate = settings.learningRate * fall * Schedule.warmUp(progress: progress, epochs: settings.warmUpEpochs)
            for replay in 0..<replays {
                let mean = try run(batch, replay: replay, parameters: current)
                guard mean.loss.isFinite else {
                    throw TrainingError("""
                        the loss is not finite at step \(step + 1) of epoch \(epoch + 1): try a smaller learning rate. \
                        \(epoch == 0 ? "Nothing was learned yet." : "Epoch \(epoch) is kept.")
                        """)
                }
                settings.optimiser.step(&current, against: mean.gradients, rate: rate, state: &state)
                for (name, values) in mean.statistics {
                    if let shape = current[name]?.shape { current[name] = Tensor(shape: shape, values: values) }
                }
                tally.add(mean, images: batch.count)
            }
            try report(Progress(step: step + 1, steps: steps, loss: tally.loss, accuracy: tally.accuracy))
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
                number: epoch + 1, loss: tally.loss, accuracy: tally.accuracy, learningRate: rate,
                seconds: (ContinuousClock.now - start) / .seconds(1), confinedShare: tally.confinedShare))
    }

    /// The mean over the workers' parts of a batch; each worker may have several.
    private func run(_ batch: ArraySlice<Int>, replay: Int, parameters: [String: Tensor]) throws -> BatchMean {
        let parts = Self.workers * settings.accumulation
        let size = batch.count / parts
        let isLoaded = replay > 0 && settings.accumulation == 1
        var mean = BatchMean()
        for round in 0..<settings.accumulation {
            try onBothWorkers { [trainingWorkers] worker in
                let first = batch.startIndex + (round * Self.workers + worker) * size
                if !isLoaded { trainingWorkers[worker].load(batch[first..<first + size]) }
                try trainingWorkers[worker].prepare(replay: replay, parameters: parameters)
            }
            // Only when nothing can fail any more: otherwise a worker would wait for one that has given up.
            try onBothWorkers { [trainingWorkers] worker in trainingWorkers[worker].differentiate() }
            for worker in trainingWorkers { mean.add(worker, trainable, statistics, weight: 1 / Float(parts)) }
        }
        return mean
    }
}
