import Foundation
import Surety

extension TrainingRecipe {
    /// Reads a recipe.
    ///
    ///     description: MNIST under Gaussian noise
    ///     defense: gaussian
    ///     set: {sigma: 0.25}
    ///     arch: lenet
    ///     epochs: 90
    ///
    /// - Parameters:
    ///   - yaml: The file's content.
    ///   - name: What messages call it.
    /// - Throws: `SuretyError` naming the line and the key of what is unknown, given twice, of the wrong kind or out of its
    ///   range, or where the file is not YAML.
    package init(yaml: String, name: String) throws(SuretyError) {
        self.init()
        var mapping = try RecipeMapping(yaml, name: name)
        description = try mapping.text("description")
        defense = try mapping.text("defense")
        set = try mapping.texts("set")
        arch = try mapping.choice("arch")
        start = try mapping.text("start")
        mean = try mapping.list("mean", "numbers") { Float($0) }
        std = try mapping.list("std", "numbers") { Float($0) }
        data = try mapping.text("data")
        split = try mapping.choice("split")
        unlabelled = try mapping.text("unlabelled")
        pseudoLabels = try mapping.text("pseudo-labels")
        crop = try mapping.integer("crop")
        flip = try mapping.flag("flip")
        epochs = try mapping.integer("epochs")
        batch = try mapping.integer("batch")
        accumulation = try mapping.integer("accumulation")
        learningRate = try mapping.number("learning-rate")
        optimiser = try mapping.choice("optimiser")
        momentum = try mapping.number("momentum")
        weightDecay = try mapping.number("weight-decay")
        nesterov = try mapping.flag("nesterov")
        schedule = try mapping.choice("schedule")
        milestones = try mapping.list("milestones", "whole numbers") { Int($0) }
        decay = try mapping.number("decay")
        warmUpEpochs = try mapping.integer("warm-up-epochs")
        seed = try mapping.scalar("seed", "a whole number, at least 0") { UInt64($0) }
        try mapping.finish()
        do throws(Problem) {
            try check()
        } catch {
            throw mapping.problem(at: [error.key], error.description)
        }
        try checkDefense(mapping)
    }

    /// Reads a recipe's file.
    package init(contentsOf file: String) throws(SuretyError) {
        let yaml: String
        do {
            yaml = try String(contentsOf: URL(fileURLWithPath: file), encoding: .utf8)
        } catch {
            throw SuretyError("cannot read the recipe \(file): \(error.systemReason)")
        }
        try self.init(yaml: yaml, name: file)
    }

    /// The defense's name and settings, if they are valid; an error names the line of the one that is wrong.
    private func checkDefense(_ mapping: RecipeMapping) throws(SuretyError) {
        guard let defense else { return }
        func check(_ settings: [String: String], at path: [String]) throws(SuretyError) {
            do throws(TrainingError) {
                _ = try DefenseCatalogue.defense(named: defense, settings)
            } catch {
                throw mapping.problem(at: path, error.description)
            }
        }
        try check([:], at: ["defense"])
        for (key, value) in set.sorted(by: { $0.key < $1.key }) { try check([key: value], at: ["set", key]) }
        try check(set, at: ["set"])
    }
}
