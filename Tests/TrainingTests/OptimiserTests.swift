import Foundation
import SuretyTensors
import SuretyTraining
import Testing

/// Twenty steps against PyTorch's update rules, written out in `Double`.
struct OptimiserTests {
    private static let steps = 20

    /// The gradient at some step: of a bowl, with a part that changes from step to step.
    private func gradient(_ x: Double, _ index: Int, _ step: Int) -> Double {
        (x - 0.5) * Double(index + 1) / 4 + 0.3 * sin(Double(7 * index + 3 * step))
    }

    private func followed(_ optimiser: Optimiser, rate: (Int) -> Float) -> [Float] {
        var parameters = ["w": Tensor(shape: [2, 3], values: [1, -1, 0.5, 0, 2, -0.3])]
        var state = OptimiserState()
        for step in 0..<Self.steps {
            let values = parameters["w"]?.values ?? []
            let slope = values.indices.map { Float(gradient(Double(values[$0]), $0, step)) }
            optimiser.step(&parameters, against: ["w": slope], rate: rate(step), state: &state)
        }
        #expect(state.step == Self.steps)
        return parameters["w"]?.values ?? []
    }

    private func expectNear(_ found: [Float], _ expected: [Double]) {
        #expect(zip(found, expected).allSatisfy { abs(Double($0) - $1) < 2e-6 }, "\(found) ≠ \(expected)")
    }

    private let start = [1, -1, 0.5, 0, 2, -0.3]

    @Test(arguments: [(0, 0, false), (0.9, 0, false), (0.9, 0.1, false), (0.9, 0.1, true), (0.5, 0, true)] as [(Double, Double, Bool)])
    func stochasticGradientDescent(_ momentum: Double, _ weightDecay: Double, _ isNesterov: Bool) {
        let optimiser = Optimiser.sgd(momentum: Float(momentum), weightDecay: Float(weightDecay), isNesterov: isNesterov)
        let rate = { (step: Int) in step < 10 ? Float(0.05) : 0.01 }
        var (x, buffer) = (start, [Double](repeating: 0, count: 6))
        for step in 0..<Self.steps {
            for i in x.indices {
                var g = gradient(x[i], i, step) + weightDecay * x[i]
                buffer[i] = step == 0 ? g : momentum * buffer[i] + g
                g = isNesterov ? g + momentum * buffer[i] : buffer[i]
                x[i] -= Double(rate(step)) * g
            }
        }
        expectNear(followed(optimiser, rate: rate), x)
    }

    @Test(arguments: [0, 0.1])
    func adam(_ weightDecay: Double) {
        let optimiser = Optimiser.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: Float(weightDecay))
        var (x, m, v) = (start, [Double](repeating: 0, count: 6), [Double](repeating: 0, count: 6))
        for step in 0..<Self.steps {
            for i in x.indices {
                let g = gradient(x[i], i, step) + weightDecay * x[i]
                m[i] = 0.9 * m[i] + 0.1 * g
                v[i] = 0.999 * v[i] + 0.001 * g * g
                let mean = m[i] / (1 - pow(0.9, Double(step + 1)))
                let square = v[i] / (1 - pow(0.999, Double(step + 1)))
                x[i] -= 0.02 * mean / (square.squareRoot() + 1e-8)
            }
        }
        let found = followed(optimiser) { _ in 0.02 }
        #expect(zip(found, x).allSatisfy { abs(Double($0) - $1) < 2e-5 }, "\(found) ≠ \(x)")
    }

    @Test func zeroGradientsWithoutDecayMoveNothing() {
        for optimiser in [Optimiser.adam, .sgd(momentum: 0.9, weightDecay: 0, isNesterov: true)] {
            var parameters = ["a": Tensor(shape: [2], values: [1, 2]), "b": Tensor(shape: [1], values: [3])]
            let before = parameters
            var state = OptimiserState()
            optimiser.step(&parameters, against: ["a": [0, 0]], rate: 0.1, state: &state)
            #expect(parameters == before)
        }
    }

    @Test(arguments: Optimiser.Name.allCases) func isKnownByItsName(_ name: Optimiser.Name) {
        let optimiser = Optimiser(name, weightDecay: 0.25)
        #expect(optimiser.description.hasPrefix("\(name.rawValue), ") && optimiser.description.hasSuffix("weight decay 0.25"))
        #expect(Optimiser(name) != optimiser)
    }
}
