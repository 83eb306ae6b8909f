import Attacks
import Foundation
import Graphs
import TestSupport
import Testing
import Training

/// Each objective against its formula in `Double`, and its gradient against central differences of the formula.
struct DefenseTests {
    private static let batch = 2
    private let network = PlainNetwork()
    private let labels = [2, 0]
    private let clean = [[0.1, 0.9, 0.4, 0.6], [0.8, 0.3, 0.2, 0.7]]
    private let moved = [[0.2, 0.7, 0.5, 0.5], [0.6, 0.4, 0.3, 0.9]]
    /// Copy after copy.
    private let noise = [[0.1, -0.2, 0.3, 0], [0.2, 0.1, -0.1, 0.4], [-0.3, 0.2, 0.1, 0.1], [0, -0.1, 0.2, -0.2]]

    /// Expects value and gradient of the objective to be those of `formula`, a mean over images.
    private func expect(
        _ defense: any Defense, is formula: (PlainNetwork, _ image: Int) -> Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let copies = defense.noise?.copies ?? 0
        let images = Node.input("images", shape: [2, 1, 2, 2])
        let targets = Node.input("labels", shape: [2, 3])
        let adversarial = Node.input("adversarial", shape: [2, 1, 2, 2])
        let noiseNode = Node.input("noise", shape: [2 * max(1, copies), 1, 2, 2])
        let parameters = zip(PlainNetwork.shapes.indices, PlainNetwork.shapes).map { Node.input("p\($0)", shape: $1) }
        let graph = ObjectiveGraph(
            images: images, labels: targets, adversarial: defense.adversary(epoch: 0) == nil ? images : adversarial,
            noise: copies > 0 ? noiseNode : nil
        ) { try PlainNetwork.logits(of: $0, parameters: parameters) }
        let objective = try defense.objective(graph)

        var inputs: [Node: [Double]] = [
            images: clean.flatMap(\.self), adversarial: moved.flatMap(\.self),
            targets: labels.flatMap { label in (0..<3).map { $0 == label ? 1 : 0 } },
            noiseNode: noise.prefix(2 * max(1, copies)).flatMap(\.self),
        ]
        for (node, values) in zip(parameters, network.parameters) { inputs[node] = values }
        let results = try ReferenceEvaluator().evaluate(
            [objective] + gradient(of: objective, with: parameters), inputs: inputs)

        func mean(_ network: PlainNetwork) -> Double { (formula(network, 0) + formula(network, 1)) / 2 }
        // Constants of the graph are singles.
        #expect(abs(results[0][0] - mean(network)) < 1e-6, "\(results[0][0]) ≠ \(mean(network))", sourceLocation: sourceLocation)
        for (which, values) in network.parameters.enumerated() {
            for index in values.indices {
                var (up, down) = (network, network)
                up.parameters[which][index] += 1e-5
                down.parameters[which][index] -= 1e-5
                let difference = (mean(up) - mean(down)) / 2e-5
                #expect(
                    abs(results[1 + which][index] - difference) < 1e-6 * max(1, abs(difference)),
                    "parameter \(which), element \(index)", sourceLocation: sourceLocation)
            }
        }
    }

    private func sum(_ a: [Double], _ b: [Double], times factor: Double = 1) -> [Double] { zip(a, b).map { $0 + factor * $1 } }

    @Test func standard() throws {
        try expect(StandardTraining()) { $0.loss(clean[$1], labels[$1]) }
    }

    @Test func gaussian() throws {
        try expect(StandardTraining(sigma: 0.3)) { $0.loss(sum(clean[$1], noise[$1]), labels[$1]) }
    }

    @Test func adversarial() throws {
        let attack = ProjectedGradient(ball: Ball(.linf, radius: 0.3), stepSize: 0.1, steps: 2)
        try expect(AdversarialTraining(attack: attack)) { $0.loss(moved[$1], labels[$1]) }
    }

    @Test func trades() throws {
        let defense = TRADES(ball: Ball(.linf, radius: 0.3), stepSize: 0.1, steps: 2, beta: 6)
        #expect(defense.attack.loss == .divergence && defense.attack.start == .gaussian(0.001))
        try expect(defense) { network, i in
            let (p, q) = (network.probabilities(clean[i]), network.probabilities(moved[i]))
            return network.loss(clean[i], labels[i]) + 6 * zip(p, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
        }
    }

    @Test func smoothAdversarial() throws {
        let defense = SmoothAdversarialTraining(sigma: 0.5, copies: 2, epsilon: 1, steps: 4)
        try expect(defense) { network, i in
            (network.loss(sum(moved[i], noise[i]), labels[i]) + network.loss(sum(moved[i], noise[2 + i]), labels[i])) / 2
        }
    }

    /// The radius rises over ten epochs, and the steps with it.
    @Test(arguments: [(0, 0.1), (4, 0.5), (9, 1), (30, 1)] as [(Int, Float)])
    func smoothAdversarialWarmsUp(_ epoch: Int, _ part: Float) throws {
        let defense = SmoothAdversarialTraining(sigma: 0.5, copies: 2, epsilon: 2, steps: 4)
        let attack = try #require(defense.adversary(epoch: epoch))
        #expect(abs(attack.ball.radius - 2 * part) < 1e-6 && abs(attack.stepSize - part) < 1e-6)
        #expect(attack.ball.norm == .l2 && attack.start == .image && attack.loss == .smoothedCrossEntropy)
    }

    @Test func doubleBackpropagationOfTheEuclideanNorm() throws {
        try expect(GradientRegularisation(norm: .l2, lambda: 0.6, method: .doubleBackpropagation)) { network, i in
            let slope = network.slope(clean[i], labels[i])
            return network.loss(clean[i], labels[i]) + 0.3 * slope.reduce(0) { $0 + $1 * $1 }
        }
    }

    @Test func doubleBackpropagationOfTheL1Norm() throws {
        try expect(GradientRegularisation(norm: .l1, lambda: 0.6, method: .doubleBackpropagation)) { network, i in
            let length = network.slope(clean[i], labels[i]).reduce(0) { $0 + abs($1) }
            return network.loss(clean[i], labels[i]) + 0.3 * length * length
        }
    }

    @Test func finiteDifferenceOfTheEuclideanNorm() throws {
        try expect(GradientRegularisation(norm: .l2, lambda: 0.6, method: .finiteDifference(0.25))) { network, i in
            // The direction is held fixed: that of the unchanged network.
            let slope = self.network.slope(clean[i], labels[i])
            let length = slope.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let (near, far) = (network.loss(clean[i], labels[i]), network.loss(sum(clean[i], slope, times: 0.25 / length), labels[i]))
            return near + 0.3 * (far - near) * (far - near) / (0.25 * 0.25)
        }
    }

    @Test func finiteDifferenceOfTheL1Norm() throws {
        try expect(GradientRegularisation(norm: .l1, lambda: 0.6, method: .finiteDifference(0.25))) { network, i in
            // sign(g)/√d with d = 4 pixels; the difference, times √d, stands for ‖g‖₁.
            let signs = self.network.slope(clean[i], labels[i]).map { $0 > 0 ? 0.5 : -0.5 }
            let (near, far) = (network.loss(clean[i], labels[i]), network.loss(sum(clean[i], signs, times: 0.25), labels[i]))
            return near + 0.3 * 4 * (far - near) * (far - near) / (0.25 * 0.25)
        }
    }

    /// As h becomes small, finite differences come to the value of double backpropagation.
    @Test(arguments: GradientRegularisation.Norm.allCases)
    func finiteDifferencesConverge(_ norm: GradientRegularisation.Norm) throws {
        let images = Node.input("images", shape: [2, 1, 2, 2])
        let targets = Node.input("labels", shape: [2, 3])
        let parameters = zip(PlainNetwork.shapes.indices, PlainNetwork.shapes).map { Node.input("p\($0)", shape: $1) }
        func value(_ method: GradientRegularisation.Method) throws -> Double {
            let graph = ObjectiveGraph(images: images, labels: targets, adversarial: images, noise: nil) {
                try PlainNetwork.logits(of: $0, parameters: parameters)
            }
            var inputs = [
                images: clean.flatMap(\.self), targets: labels.flatMap { label in (0..<3).map { $0 == label ? 1.0 : 0 } },
            ]
            for (node, values) in zip(parameters, network.parameters) { inputs[node] = values }
            let objective = try GradientRegularisation(norm: norm, lambda: 1, method: method).objective(graph)
            return try ReferenceEvaluator().evaluate([objective], inputs: inputs)[0][0]
        }
        let exact = try value(.doubleBackpropagation)
        let errors = try [0.1, 0.01, 0.001].map { try abs(value(.finiteDifference($0)) - exact) }
        #expect(errors[0] > 3 * errors[1] && errors[1] > 3 * errors[2] && errors[2] < 1e-3, "\(errors)")
    }
}
