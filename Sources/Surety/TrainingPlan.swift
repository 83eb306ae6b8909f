import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyTraining

/// The plan of a training: what was asked for, completed by the usual values, and checked as far as possible without the images.
public struct TrainingPlan {
    /// The network to train.
    public let architecture: Architecture
    /// What is minimised, and the adversary in it.
    public let defense: any Defense
    /// Epochs, batches, steps and seed, with the usual value where none was given.
    public let settings: TrainingSettings
    /// The data set, as it was named.
    public let data: String
    private let recipe: TrainingRecipe

    /// - Throws: `SuretyError` or `TrainingError` that says what is missing or does not go together.
    public init(_ recipe: TrainingRecipe) throws {
        func required<Value>(_ value: Value?, _ key: String) throws(SuretyError) -> Value {
            guard let value else {
                throw SuretyError("--\(key) is missing: give it, or a recipe that has it. 'surety recipes' lists some.")
            }
            return value
        }
        self.recipe = recipe
        let name = try required(recipe.defense, "defense")
        architecture = try required(recipe.arch, "arch")
        data = try required(recipe.data, "data")
        let epochs = try required(recipe.epochs, "epochs")
        try Self.checkCompanions(recipe)
        defense = try DefenseCatalogue.defense(named: name, recipe.set)
        settings = TrainingSettings(
            epochs: epochs, batchSize: recipe.batch ?? 128, learningRate: recipe.learningRate ?? 0.01,
            optimiser: Optimiser(
                recipe.optimiser ?? .sgd, momentum: recipe.momentum, isNesterov: recipe.nesterov, weightDecay: recipe.weightDecay),
            schedule: Self.schedule(recipe, epochs: epochs),
            warmUpEpochs: recipe.warmUpEpochs ?? 0,
            augmentation: Augmentation(shift: recipe.crop ?? 0, mirrors: recipe.flip ?? false),
            accumulation: recipe.accumulation ?? 1, seed: recipe.seed ?? 0)
    }

    /// The training images, including those with pseudo-labels.
    public func images(under root: DatasetRoot) throws -> LabelledImages {
        let images = try DatasetSource(data).load(recipe.split ?? .train, under: root)
        guard let archive = recipe.unlabelled, let model = recipe.pseudoLabels else { return images }
        let further = try UnlabelledImages(archive: URL(fileURLWithPath: archive))
        let labeller = try Model(contentsOf: model, imageShape: further.shape)
        return try images.joined(with: further.pseudoLabelled(by: labeller.network))
    }

    /// The network for those images, before the training.
    public func network(for images: LabelledImages) throws -> Network {
        let fresh = try architecture.network(
            imageShape: images.shape, classCount: images.classCount ?? (images.labels.max() ?? 0) + 1, seed: settings.seed)
        let network =
            if let mean = recipe.mean, let std = recipe.std {
                try fresh.normalised(mean: mean, standardDeviation: std)
            } else {
                fresh
            }
        guard let start = recipe.start else { return network }
        let model = try Model(contentsOf: start, imageShape: images.shape)
        return try network.pretrained(from: model.network)
    }

    /// What pixels are normalised with in the network's first layer; nil for nothing.
    public var normalisation: (mean: [Double], std: [Double])? {
        guard let mean = recipe.mean, let std = recipe.std else { return nil }
        return (mean.map(Double.init), std.map(Double.init))
    }

    /// How the model was made, for its metadata, from which certificates copy it.
    public func metadata(_ images: LabelledImages) throws -> [String: String] {
        try TrainingMetadata(self, recipe, images).properties
    }

    /// Refuses settings that mean nothing without another one.
    private static func checkCompanions(_ recipe: TrainingRecipe) throws(SuretyError) {
        let optimiser = recipe.optimiser ?? .sgd
        guard optimiser == .sgd || recipe.momentum == nil && recipe.nesterov != true else {
            throw SuretyError("--momentum and --nesterov belong to the optimiser sgd, and this one is \(optimiser.rawValue).")
        }
        guard recipe.schedule == .steps || recipe.milestones == nil && recipe.decay == nil else {
            throw SuretyError("--milestones and --decay belong to the schedule steps: give --schedule steps, too.")
        }
        guard (recipe.mean == nil) == (recipe.std == nil) else {
            throw SuretyError("--mean and --std belong together: give both, or neither.")
        }
        guard (recipe.unlabelled == nil) == (recipe.pseudoLabels == nil) else {
            throw SuretyError("--unlabelled and --pseudo-labels belong together: give both, or neither.")
        }
    }

    private static func schedule(_ recipe: TrainingRecipe, epochs: Int) -> Schedule {
        switch recipe.schedule ?? .constant {
        case .constant: .constant
        case .steps:
            // The usual milestones: the whole epochs at one and two thirds, if they come before the end.
            .steps(at: recipe.milestones ?? [epochs / 3, 2 * epochs / 3].filter { $0 > 0 }, factor: recipe.decay ?? 0.1)
        case .cosine: .cosine
        }
    }
}
