import Foundation
import Surety
import TestSupport
import Testing

@Suite struct AttackPlanSenseTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Images in [0, 1] of 28 × 28 pixels are at most 28 apart in ℓ2; and mass crosses one of 4 × 3 at a cost of 2² + 3².
    @Test(arguments: [
        ("pgd", Norm.linf, [1, 28, 28], 1, 1.01), ("pgd", .l2, [1, 28, 28], 28, 28.1), ("wasser", .l2, [1, 4, 3], 13, 13.1),
    ] as [(String, Norm, [Int], Double, Double)])
    func radiiThatReachEverythingAreRefused(attack: String, norm: Norm, shape: [Int], possible: Double, impossible: Double) throws {
        try AttackPlan(attacks: [attack], norm: norm, radii: [0.1, possible]).requireSense(shape: shape)
        let error = #expect(throws: SuretyError.self) {
            try AttackPlan(attacks: [attack], norm: norm, radii: [0.1, impossible]).requireSense(shape: shape)
        }
        #expect(error?.description.contains("--epsilon is \(impossible)") == true)
    }

    /// A model with a class for each pixel.
    private func model(_ shape: [Int]) throws -> Model {
        var builder = try NetworkBuilder(imageShape: shape)
        let pixels = try builder.append(.reshape(to: [shape.reduce(1, *)]), to: [builder.image])
        let scores = try builder.append(.relu, to: [pixels])
        let file = try folder.write(ONNXWriter.data(for: builder.network(output: scores)), to: "\(shape).onnx")
        return try Model(contentsOf: file.path, imageShape: shape)
    }

    @Test func aSourceTellsTheSameClassesOfTheSameImagesApart() throws {
        let attacked = try model([1, 4, 3])
        try attacked.requireSource(model([1, 4, 3]))
        for (shape, words) in [([1, 4, 4], "16 classes, and the model 12"), ([1, 3, 4], "[1, 3, 4], and the model [1, 4, 3]")] {
            let error = #expect(throws: SuretyError.self) { try attacked.requireSource(model(shape)) }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
    }

    /// Whoever forgets to ask is refused too, before anything is written.
    @Test func anAttackRefusesAnotherSource() throws {
        let images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        let digits = try Model(contentsOf: VerifiedDirectoryTests.model, imageShape: images.shape)
        #expect(throws: SuretyError.self) {
            try digits.attack(
                images, with: AttackPlan(attacks: ["pgd"], norm: .linf, radii: [0.1]), source: model(images.shape),
                selection: ImageSelection(max: 1), into: folder.url("run"))
        }
        #expect(!folder.has("run"))
    }
}
