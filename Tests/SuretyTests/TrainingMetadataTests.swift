import Foundation
import Surety
import TestSupport
import Testing

/// What a model's metadata say about its training.
@Suite struct TrainingMetadataTests {
    private static func model(_ metadata: [String: String], in folder: TemporaryFolder) throws -> Model {
        let network = try Network.halfSpace(weights: [1, 2, 3, 4], bias: 0)
        let file = try folder.write(ONNXWriter.data(for: network, metadata: metadata), to: "model.onnx")
        return try Model(contentsOf: file.path, imageShape: [1, 2, 2])
    }

    @Test func settingsAreRead() throws {
        let folder = try TemporaryFolder()
        let model = try Self.model(
            ["defense": "trades", "defense.lambda": "0.2", "defense.epsilon": "0.1", "epsilon": "7"], in: folder)
        let (lambda, epsilon): (Double, Float) = (try model.defenseSetting("lambda"), try model.defenseSetting("epsilon"))
        #expect(lambda == 0.2 && epsilon == 0.1)
    }

    /// The defense's settings are found under the names by which a training writes them.
    @Test func whatATrainingWritesIsRead() throws {
        let folder = try TemporaryFolder()
        var recipe = TrainingRecipe()
        (recipe.defense, recipe.set, recipe.arch, recipe.data, recipe.epochs) = (
            "trades-binary", ["lambda": "10", "epsilon": "0.25"], .mlp, "synthetic", 1
        )
        let plan = try TrainingPlan(recipe)
        let model = try Self.model(plan.metadata(LabelledImages.random(count: 2)), in: folder)
        let (lambda, epsilon): (Double, Float) = (try model.defenseSetting("lambda"), try model.defenseSetting("epsilon"))
        #expect(lambda == 10 && epsilon == 0.25)
    }

    @Test(arguments: [[:], ["lambda": "0.2"], ["defense.lambda": "large"]] as [[String: String]])
    func whatIsNotStatedIsAskedFor(metadata: [String: String]) throws {
        let folder = try TemporaryFolder()
        let model = try Self.model(metadata, in: folder)
        let error = #expect(throws: SuretyError.self) { let _: Double = try model.defenseSetting("lambda") }
        #expect(error?.description.contains("give --lambda") == true, "\(String(describing: error))")
    }
}
