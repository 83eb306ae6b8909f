import ArgumentParser
import Surety

/// What to train and how: a recipe's keys as options, all of which a recipe may supply.
struct TrainingOptions: ParsableArguments {
    @Option(help: "How to train; see below.")
    var defense: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A setting of the defense; may be given several times.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(help: "The network.")
    var arch: Architecture?

    @Option(help: "A model to begin from, an ONNX file of the same network; it may have another number of classes.")
    var start: String?

    @Option(
        parsing: .unconditional,
        help: "Per channel, what is subtracted from pixels in [0, 1] by the network's first layer, separated by commas.")
    var mean: NumberList?

    @Option(
        parsing: .unconditional, help: "Per channel, what that layer then divides by, separated by commas.")
    var std: NumberList?

    @Option(
        help: """
            The data set: mnist, cifar10, cifar100, synthetic, a folder of pictures, or an .npz file with the arrays images and \
            labels; some of its classes as in mnist:1,3.
            """)
    var data: String?

    @Option(help: "Which part of the set: test or train (default: train).")
    var split: Split?

    @Option(help: "Further images, an .npz file with the array images; --pseudo-labels gives them their classes.")
    var unlabelled: String?

    @Option(help: "The model that classifies the unlabelled images, an ONNX file.")
    var pseudoLabels: String?

    @Option(
        parsing: .unconditional, help: "Shift each image at random by at most this many pixels, as a crop does (default: 0).")
    var crop: Int?

    @Flag(inversion: .prefixedNo, help: "Mirror every other image, at random.")
    var flip: Bool?

    @Option(parsing: .unconditional, help: "How often to go through the images.")
    var epochs: Int?

    @Option(parsing: .unconditional, help: "Images per step; an even number (default: 128).")
    var batch: Int?

    @Option(
        parsing: .unconditional,
        help: "Parts in which a batch is worked through, for those larger than memory (default: 1).")
    var accumulation: Int?

    @Option(parsing: .unconditional, help: "The learning rate at the beginning (default: 0.01).")
    var learningRate: Float?

    @Option(help: "The optimiser (default: sgd).")
    var optimiser: Optimiser.Name?

    @Option(parsing: .unconditional, help: "The momentum of sgd (default: 0.9).")
    var momentum: Float?

    @Flag(inversion: .prefixedNo, help: "Nesterov's form of the momentum, with sgd.")
    var nesterov: Bool?

    @Option(parsing: .unconditional, help: "The weight decay (default: 0.0001 with sgd, 0 otherwise).")
    var weightDecay: Float?

    @Option(
        help: """
            How the learning rate falls: constant, steps (times the decay at each milestone), or cosine (to zero along half \
            a cosine) (default: constant).
            """)
    var schedule: TrainingRecipe.ScheduleName?

    @Option(
        parsing: .unconditional,
        help: "With steps, after how many epochs the rate falls, separated by commas (default: at a third and two thirds).")
    var milestones: NumberList?

    @Option(parsing: .unconditional, help: "With steps, what the rate is multiplied by at a milestone (default: 0.1).")
    var decay: Float?

    @Option(parsing: .unconditional, help: "Epochs over which the learning rate first rises from nothing (default: 0).")
    var warmUpEpochs: Int?

    @Option(parsing: .unconditional, help: "The seed of all that is random (default: 0).")
    var seed: UInt64?

    func validate() throws {
        do {
            try recipe().check()
        } catch let problem as TrainingRecipe.Problem {
            throw ValidationError("--\(problem.description)")
        } catch let error as SuretyError {
            throw ValidationError(error.description)
        }
    }

    /// - Throws: `SuretyError` for settings of the defense that are not assignments, or given twice.
    func recipe() throws(SuretyError) -> TrainingRecipe {
        var recipe = TrainingRecipe()
        (recipe.defense, recipe.set) = (defense, try settings(from: assignments))
        (recipe.arch, recipe.start, recipe.data, recipe.split) = (arch, start, data, split)
        (recipe.mean, recipe.std) = (mean?.values.map { Float($0) }, std?.values.map { Float($0) })
        (recipe.unlabelled, recipe.pseudoLabels, recipe.crop, recipe.flip) = (unlabelled, pseudoLabels, crop, flip)
        (recipe.epochs, recipe.batch, recipe.accumulation, recipe.seed) = (epochs, batch, accumulation, seed)
        (recipe.learningRate, recipe.optimiser, recipe.momentum) = (learningRate, optimiser, momentum)
        (recipe.weightDecay, recipe.nesterov) = (weightDecay, nesterov)
        // A milestone that is not a whole number is out of range too.
        (recipe.schedule, recipe.milestones) = (schedule, milestones?.values.map { Int(exactly: $0) ?? 0 })
        (recipe.decay, recipe.warmUpEpochs) = (decay, warmUpEpochs)
        return recipe
    }
}

extension Architecture: ExpressibleByArgument {}
extension Optimiser.Name: ExpressibleByArgument {}
extension TrainingRecipe.ScheduleName: ExpressibleByArgument {}
