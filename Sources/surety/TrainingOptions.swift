import ArgumentParser
import Training

/// How long and how fast to train.
struct TrainingOptions: ParsableArguments {
    enum OptimiserName: String, ExpressibleByArgument, CaseIterable { case sgd, adam }
    enum ScheduleName: String, ExpressibleByArgument, CaseIterable { case constant, steps, cosine }

    @Option(parsing: .unconditional, help: "How often to go through the images.")
    var epochs: Int

    @Option(parsing: .unconditional, help: "Images per step; an even number.")
    var batch: Int = 128

    @Option(parsing: .unconditional, help: "The learning rate at the beginning.")
    var learningRate: Float = 0.01

    @Option(help: "The optimiser.")
    var optimiser: OptimiserName = .sgd

    @Option(parsing: .unconditional, help: "The momentum of sgd (default: 0.9).")
    var momentum: Float?

    @Flag(help: "Nesterov's form of the momentum, with sgd.")
    var nesterov = false

    @Option(parsing: .unconditional, help: "The weight decay (default: 0.0001 with sgd, 0 with adam).")
    var weightDecay: Float?

    @Option(
        help: """
            How the learning rate falls: constant, steps (times the decay at each milestone), or cosine (to zero along half \
            a cosine).
            """)
    var schedule: ScheduleName = .constant

    @Option(
        parsing: .unconditional,
        help: "With steps, after how many epochs the rate falls, separated by commas (default: at a third and two thirds).")
    var milestones: NumberList?

    @Option(parsing: .unconditional, help: "With steps, what the rate is multiplied by at a milestone (default: 0.1).")
    var decay: Float?

    @Option(parsing: .unconditional, help: "The seed of all that is random.")
    var seed: UInt64 = 0

    func validate() throws {
        guard (1...100_000).contains(epochs) else {
            throw ValidationError("--epochs is \(epochs): it must lie between 1 and 100000.")
        }
        guard learningRate > 0, learningRate.isFinite else {
            throw ValidationError("--learning-rate is \(learningRate): it must be positive and finite.")
        }
        if let momentum, !(momentum >= 0 && momentum < 1) {
            throw ValidationError("--momentum is \(momentum): it must be at least 0 and below 1.")
        }
        if let weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
            throw ValidationError("--weight-decay is \(weightDecay): it must be at least 0.")
        }
        if let decay, !(decay > 0 && decay.isFinite) {
            throw ValidationError("--decay is \(decay): it must be positive.")
        }
        if let milestones, !milestones.values.allSatisfy({ (1...100_000).contains($0) && $0 == $0.rounded() }) {
            throw ValidationError("--milestones: they must be whole numbers of epochs, at least 1.")
        }
        guard optimiser == .sgd || momentum == nil && !nesterov else {
            throw ValidationError("--momentum and --nesterov belong to the optimiser sgd.")
        }
        guard schedule == .steps || milestones == nil && decay == nil else {
            throw ValidationError("--milestones and --decay belong to the schedule steps.")
        }
    }

    var settings: TrainingSettings {
        TrainingSettings(
            epochs: epochs, batchSize: batch, learningRate: learningRate, optimiser: chosenOptimiser,
            schedule: chosenSchedule, seed: seed)
    }

    private var chosenOptimiser: Optimiser {
        switch optimiser {
        case .sgd: .sgd(momentum: momentum ?? 0.9, weightDecay: weightDecay ?? 1e-4, isNesterov: nesterov)
        case .adam: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: weightDecay ?? 0)
        }
    }

    private var chosenSchedule: Schedule {
        switch schedule {
        case .constant: .constant
        case .steps:
            .steps(at: milestones.map { $0.values.map { Int($0) } } ?? thirds, factor: decay ?? 0.1)
        case .cosine: .cosine
        }
    }

    /// The whole epochs at one and two thirds, as far as there are any before the end.
    private var thirds: [Int] { [epochs / 3, 2 * epochs / 3].filter { $0 > 0 } }
}
