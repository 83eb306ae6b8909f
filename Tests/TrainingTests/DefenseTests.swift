import Foundation
import SuretyAttacks
import SuretyGraphs
import SuretyTensors
import SuretyTraining
import Testing
import TestSupport

/// Each objective against its formula in `Double`, and its gradient against central differences of the formula.
struct DefenseTests {
    private let fixture = ObjectiveFixture()
    private var network: PlainNetwork { fixture.network }
    private var labels: [Int] { fixture.labels }
    private var clean: [[Double]] { fixture.clean }
    private var moved: [[Double]] { fixture.moved }

    private func sum(_ a: [Double], _ b: [Double], times factor: Double = 1) -> [Double] { zip(a, b).map { $0 + factor * $1 } }

    @Test func standard() throws {
        try fixture.expect(StandardTraining()) { $0.loss(clean[$1], labels[$1]) }
    }

    @Test func gaussian() throws {
        try fixture.expect(GaussianTraining(sigma: 0.3)) { $0.loss(sum(clean[$1], fixture.noise[$1]), labels[$1]) }
    }

    @Test func adversarial() throws {
        let attack = ProjectedGradient(ball: Ball(.linf, radius: 0.3), stepSize: 0.1, steps: 2)
        try fixture.expect(AdversarialTraining(attack: attack)) { $0.loss(moved[$1], labels[$1]) }
    }

    @Test func trades() throws {
        let defense = TRADES(ball: Ball(.linf, radius: 0.3), stepSize: 0.1, steps: 2, beta: 6)
        #expect(defense.attack.loss == .divergence && defense.attack.start == .gaussian(0.001))
        try fixture.expect(defense) { network, i in
            let (p, q) = (network.probabilities(clean[i]), network.probabilities(moved[i]))
            return network.loss(clean[i], labels[i]) + 6 * zip(p, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
        }
    }

    @Test func doubleBackpropagationOfTheEuclideanNorm() throws {
        try fixture.expect(GradientRegularisation(norm: .l2, lambda: 0.6, method: .doubleBackpropagation)) { network, i in
            let slope = network.slope(clean[i], labels[i])
            return network.loss(clean[i], labels[i]) + 0.3 * slope.reduce(0) { $0 + $1 * $1 }
        }
    }

    @Test func doubleBackpropagationOfTheL1Norm() throws {
        try fixture.expect(GradientRegularisation(norm: .l1, lambda: 0.6, method: .doubleBackpropagation)) { network, i in
            let length = network.slope(clean[i], labels[i]).reduce(0) { $0 + abs($1) }
            return network.loss(clean[i], labels[i]) + 0.3 * length * length / 4
        }
    }

    @Test func finiteDifferenceOfTheEuclideanNorm() throws {
        try fixture.expect(GradientRegularisation(norm: .l2, lambda: 0.6, method: .finiteDifference(0.25))) { network, i in
            // The direction is held fixed: that of the unchanged network.
            let slope = self.network.slope(clean[i], labels[i])
            let length = slope.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let (near, far) = (network.loss(clean[i], labels[i]), network.loss(sum(clean[i], slope, times: 0.25 / length), labels[i]))
            return near + 0.3 * (far - near) * (far - near) / (0.25 * 0.25)
        }
    }

    @Test func finiteDifferenceOfTheL1Norm() throws {
        try fixture.expect(GradientRegularisation(norm: .l1, lambda: 0.6, method: .finiteDifference(0.25))) { network, i in
            // sign(g)/√d with d = 4 pixels.
            let signs = self.network.slope(clean[i], labels[i]).map { $0 > 0 ? 0.5 : -0.5 }
            let (near, far) = (network.loss(clean[i], labels[i]), network.loss(sum(clean[i], signs, times: 0.25), labels[i]))
            return near + 0.3 * (far - near) * (far - near) / (0.25 * 0.25)
        }
    }

    /// As h becomes small, finite differences come to the value of double backpropagation, and to its gradient by the parameters,
    /// which is what a training follows.
    @Test(arguments: GradientRegularisation.GradientNorm.allCases)
    func finiteDifferencesConverge(_ norm: GradientRegularisation.GradientNorm) throws {
        let images = Node.input("images", shape: [2, 1, 2, 2])
        let targets = Node.input("labels", shape: [2, 3])
        let parameters = zip(PlainNetwork.shapes.indices, PlainNetwork.shapes).map { Node.input("p\($0)", shape: $1) }
        func values(_ method: GradientRegularisation.Method) throws -> [Double] {
            let graph = ObjectiveGraph(images: images, labels: targets, adversarial: images, noise: nil) {
                try PlainNetwork.logits(of: $0, parameters: parameters)
            }
            var inputs = [
                images: clean.flatMap(\.self), targets: labels.flatMap { label in (0..<3).map { $0 == label ? 1.0 : 0 } },
            ]
            for (node, values) in zip(parameters, network.parameters) { inputs[node] = values }
            let objective = try GradientRegularisation(norm: norm, lambda: 1, method: method).objective(graph)
            return try ReferenceEvaluator().evaluate(
                [objective] + gradient(of: objective, with: parameters), inputs: inputs).flatMap(\.self)
        }
        let exact = try values(.doubleBackpropagation)
        let errors = try [0.1, 0.01, 0.001].map { h in
            zip(try values(.finiteDifference(h)), exact).map { abs($0 - $1) }.reduce(0, max)
        }
        #expect(errors[0] > 3 * errors[1] && errors[1] > 3 * errors[2] && errors[2] < 3e-3, "\(errors)")
    }
}
