import Foundation
import SuretyGraphs
import SuretyTensors
import SuretyTraining
import Testing
import TestSupport

/// The penalty against its closed form: of two classes with the logits 0 and w·x, at label 1, the loss is log(1 + e^−m) with
/// m = w·x, its gradient −w/(1 + e^m), and the loss a step along the gradient's direction that of m − hD, where D = ‖w‖₂, or
/// ‖w‖₁/√d along sign(g)/√d.
struct GradientRegularisationTests {
    private static let lambda: Float = 0.5

    /// The objective of two images of `d` pixels, and D and the m of each image.
    private func objective(
        _ norm: GradientRegularisation.GradientNorm, _ method: GradientRegularisation.Method, d: Int
    ) throws -> (value: Double, length: Double, margins: [Double]) {
        var generator = SeededGenerator(seed: 5)
        let w = generator.distinctValues(count: d).map { Double($0) / Double(d).squareRoot() }
        let x = (0..<2).map { _ in (0..<d).map { _ in Double.random(in: 0...1, using: &generator) } }
        let images = Node.input("images", shape: [2, 1, 1, d])
        let labels = Node.input("labels", shape: [2, 2])
        let weights = Node.input("weights", shape: [2, d])
        let graph = ObjectiveGraph(images: images, labels: labels, adversarial: images, noise: nil) {
            try $0.reshaped(to: [2, d]).dense(weights: weights, bias: nil)
        }
        let node = try GradientRegularisation(norm: norm, lambda: Self.lambda, method: method).objective(graph)
        let value = try ReferenceEvaluator().evaluate(
            [node], inputs: [images: x.flatMap(\.self), labels: [0, 1, 0, 1], weights: w.map { _ in 0 } + w])[0][0]
        let length =
            switch norm {
            case .l2: w.reduce(0) { $0 + $1 * $1 }.squareRoot()
            case .l1: w.reduce(0) { $0 + abs($1) } / Double(d).squareRoot()
            }
        return (value, length, x.map { zip(w, $0).reduce(0) { $0 + $1.0 * $1.1 } })
    }

    private func loss(_ margin: Double) -> Double { log1p(exp(-margin)) }

    /// Whatever the size of the images, ‖g‖₂², or ‖g‖₁² divided by that size.
    @Test(arguments: GradientRegularisation.GradientNorm.allCases, [1, 4, 784])
    func doubleBackpropagation(_ norm: GradientRegularisation.GradientNorm, d: Int) throws {
        let (value, length, margins) = try objective(norm, .doubleBackpropagation, d: d)
        let expected = margins.map { margin in
            let slope = length / (1 + exp(margin))
            return loss(margin) + Double(Self.lambda) / 2 * slope * slope
        }
        #expect(abs(value - expected.reduce(0, +) / 2) < 1e-6)
    }

    @Test(arguments: GradientRegularisation.GradientNorm.allCases, [1, 4, 784])
    func finiteDifferences(_ norm: GradientRegularisation.GradientNorm, d: Int) throws {
        for h in [0.5, 0.1] as [Float] {
            let (value, length, margins) = try objective(norm, .finiteDifference(h), d: d)
            let expected = margins.map { margin in
                let slope = (loss(margin - Double(h) * length) - loss(margin)) / Double(h)
                return loss(margin) + Double(Self.lambda) / 2 * slope * slope
            }
            #expect(abs(value - expected.reduce(0, +) / 2) < 1e-6)
        }
    }

    /// What a model's metadata say tells λ from that of models trained with the undivided norm.
    @Test func theDivisionIsRecorded() throws {
        #expect(
            GradientRegularisation(norm: .l1, lambda: 1, method: .finiteDifference(0.5)).parameters
                == ["norm": "l1", "lambda": "1.0", "h": "0.5", "penalty": "squared norm / elements"])
        #expect(
            GradientRegularisation(norm: .l2, lambda: 1, method: .doubleBackpropagation).parameters
                == ["norm": "l2", "lambda": "1.0"])
    }
}
