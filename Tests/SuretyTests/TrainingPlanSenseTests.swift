import Surety
import Testing

/// What makes no sense of a training on images in [0, 1] of 28 × 28 pixels, which are at most 28 apart in ℓ2.
@Suite struct TrainingPlanSenseTests {
    private static func warnings(
        _ defense: String, _ settings: [String: String], mean: Float? = nil, deviation: Float? = nil
    ) throws -> [String] {
        var recipe = TrainingRecipe()
        (recipe.defense, recipe.set, recipe.arch, recipe.data, recipe.epochs) = (defense, settings, .mlp, "synthetic", 1)
        (recipe.mean, recipe.std) = (mean.map { [$0] }, deviation.map { [$0] })
        return try TrainingPlan(recipe).requireSense(shape: [1, 28, 28])
    }

    @Test(arguments: [
        ("pgd", ["epsilon": "1"]), ("pgd", ["epsilon": "28", "norm": "l2"]), ("smoothadv", ["epsilon": "28"]),
        ("gaussian", ["sigma": "4"]), ("standard", [:]),
    ] as [(String, [String: String])])
    func whatIsPossiblePasses(defense: String, settings: [String: String]) throws {
        #expect(try Self.warnings(defense, settings).isEmpty)
    }

    @Test(arguments: [
        ("pgd", ["epsilon": "1.1"], "at most 1 apart in linf"),
        ("pgd", ["epsilon": "28.1", "norm": "l2"], "at most 28 apart in l2"),
        // No norm is named: it is ℓ2.
        ("smoothadv", ["epsilon": "28.1"], "at most 28 apart in l2"),
    ] as [(String, [String: String], String)])
    func radiiThatReachEverythingAreRefused(defense: String, settings: [String: String], words: String) throws {
        let error = #expect(throws: SuretyError.self) { try Self.warnings(defense, settings) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    /// Noise first, then the normalisation.
    @Test func greyLevelsAreWarnedOf() throws {
        let warnings = try Self.warnings("gaussian", ["sigma": "64"], mean: 102, deviation: 51)
        #expect(warnings.count == 3)
        for (warning, words) in zip(warnings, ["σ = 64", "a mean of 102", "divided by 51"]) {
            #expect(warning.contains(words), "\(warning)")
        }
    }
}
