import Foundation
import Surety
import Testing
import TestSupport

struct TradesBoundTests {
    /// A training on two of the synthetic digits, and both sides of the bound of what came of it.
    @Test func boundsATrainedModel() throws {
        let folder = try TemporaryFolder()
        let train = try Command([
            "train", "--defense", "trades-binary", "--set", "steps=2", "--set", "step=0.05", "--set", "lambda=10", "--arch",
            "wong", "--data", "synthetic:1,3", "--split", "test", "--epochs", "15", "--batch", "20",
            "--output", folder("run"),
        ])
        #expect(train.status == 0, "\(train)")
        // In the other order the classes change their numbers, and other digits are other classes.
        for data in ["synthetic:3,1", "synthetic:1,5"] {
            let other = try Command(["evaluate", "\(folder("run"))/model.onnx", "--data", data])
            #expect(other.refused(naming: "the model was trained on synthetic:1,3"), "\(other)")
        }
        #expect(try Command(["evaluate", "\(folder("run"))/model.onnx", "--data", "synthetic:1,3"]).status == 0)
        let bound = try Command(["trades-bound", "\(folder("run"))/model.onnx", "--data", "synthetic:1,3", "--steps", "5"])
        #expect(bound.status == 0, "\(bound)")
        #expect(bound.output.contains("λ 10.0, ℓ∞ radius 0.1, 5 steps"))
        func value(_ name: String) throws -> Double {
            let line = try #require(bound.output.split(separator: "\n").first { $0.hasPrefix(name) })
            return try #require(line.dropFirst(name.count).split(separator: " ").compactMap { Double($0) }.first)
        }
        let (natural, robust) = try (value("natural accuracy"), value("robust accuracy"))
        #expect(natural > 90 && robust <= natural)
        let (left, right) = try (value("robust error, Δ_LHS"), value("its bound, Δ_RHS"))
        #expect(abs(left - (1 - robust / 100)) < 1e-4)
        #expect(abs(right - (try value("R_φ(f)") + value("E max φ(f(x′)·f(x)/λ)"))) < 1e-6)
        #expect(abs(try value("Δ = Δ_RHS − Δ_LHS") - (right - left)) < 1e-6)
    }

    /// The bundled model has ten classes, and no λ.
    @Test func otherModelsAreErrors() throws {
        let without = try Command("trades-bound", DigitsRun.model, "--data", "synthetic")
        #expect(without.status != 0 && without.errors.contains("give --lambda"), "\(without)")
        let many = try Command("trades-bound", DigitsRun.model, "--data", "synthetic", "--lambda", "1", "--epsilon", "0.1")
        #expect(many.status != 0 && many.errors.contains("two classes"), "\(many)")
    }
}
