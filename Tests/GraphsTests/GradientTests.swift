import Foundation
import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

@Suite struct GradientTests {
    private func run(_ outputs: [Node], at x: Node, _ values: [Float]) throws -> [[Float]] {
        try Program(computing: outputs, from: [x]).makeExecutor().run([Tensor(shape: x.shape, values: values)]).map(\.values)
    }

    @Test func derivativesOfAPowerToThirdOrder() throws {
        let x = Node.input("x", shape: [])
        let first = try gradient(of: x * x * x * x, with: [x])[0]
        let second = try gradient(of: first, with: [x])[0]
        let third = try gradient(of: second, with: [x])[0]
        let fourth = try gradient(of: third, with: [x])[0]
        #expect(try run([first, second, third, fourth], at: x, [1.5]) == [[13.5], [27], [36], [24]])
    }

    /// The gradient of cross-entropy is softmax − one-hot, its Hessian diag(p) − p·pᵀ.
    @Test func derivativesOfCrossEntropy() throws {
        let logits: [Float] = [0.5, -1, 2]
        let x = Node.input("logits", shape: [1, 3])
        let label = Node.constant(Tensor(shape: [1, 3], values: [0, 0, 1]))
        let loss = try x.logSumExp(axis: 1).sum() - (x * label).sum()
        let first = try gradient(of: loss, with: [x])[0]
        let rows = try (0..<3).map { i in
            try gradient(of: first.sliced(from: [0, i], to: [1, i + 1]).sum(), with: [x])[0]
        }
        let results = try run([first] + rows, at: x, logits)
        let powers = logits.map { Foundation.exp(Double($0)) }
        let p = powers.map { $0 / powers.reduce(0, +) }
        for i in 0..<3 {
            #expect(abs(Double(results[0][i]) - (p[i] - (i == 2 ? 1 : 0))) < 1e-6)
            for j in 0..<3 {
                #expect(abs(Double(results[1 + i][j]) - ((i == j ? p[i] : 0) - p[i] * p[j])) < 1e-6)
            }
        }
    }

    @Test func aNetworksLossByImageAndParameters() throws {
        let network = try SmallNetwork(batch: 2, channels: 2, trainable: true)
        let variables = [network.image] + network.parameters
        let loss = try network.logits.logSumExp(axis: 1).sum()
        let derivatives = try gradient(of: loss, with: variables)
        try expectDerivatives(derivatives, of: loss, by: variables, at: network.values)
        try expectProgramsMatchReference([loss] + derivatives, of: variables, values: network.values)
    }

    /// ‖∂loss/∂image‖² differentiated by image and parameters: what training with a gradient penalty does.
    @Test func aGradientPenaltyByImageAndParameters() throws {
        let network = try SmallNetwork(batch: 2, channels: 2, trainable: true)
        let variables = [network.image] + network.parameters
        let loss = try network.logits.logSumExp(axis: 1).sum()
        let byImage = try gradient(of: loss, with: [network.image])[0]
        let penalised = try loss + .constant(10) * (byImage * byImage).sum()
        let derivatives = try gradient(of: penalised, with: variables)
        try expectDerivatives(derivatives, of: penalised, by: variables, at: network.values)
        try expectProgramsMatchReference([penalised] + derivatives, of: variables, values: network.values)
    }

    @Test func smoothNetworksToSecondOrder() throws {
        let x = Node.input("x", shape: [2, 3])
        let w = Node.input("w", shape: [4, 3])
        let v = Node.input("v", shape: [4])
        var generator = SeededGenerator(seed: 8)
        let hidden = try x.dense(weights: w, bias: v).tanh()
        let loss = try (hidden.softmax(axis: 1) * hidden.sigmoid()).sum() + hidden.exp().mean(over: [0, 1]).log()
        let variables = [x, w, v]
        let values = variables.map { generator.distinctValues(count: $0.shape.elementCount) }
        let first = try gradient(of: loss, with: variables)
        let norm = try first.map { try ($0 * $0).sum() }.reduce(.constant(0)) { try $0 + $1 }
        let second = try gradient(of: norm, with: variables)
        try expectDerivatives(first, of: loss, by: variables, at: values)
        try expectDerivatives(second, of: norm, by: variables, at: values)
        try expectProgramsMatchReference(first + second, of: variables, values: values)
    }

    @Test func variablesMayBeInnerNodesAndTheOutputItself() throws {
        let x = Node.input("x", shape: [2])
        let inner = try x * x
        let output = try (inner * inner).sum()
        let results = try run(gradient(of: output, with: [inner, x, output]), at: x, [1, 3])
        #expect(results == [[2, 18], [4, 108], [1]])
    }

    @Test func whatDoesNotMatterHasDerivativeZero() throws {
        let x = Node.input("x", shape: [2])
        let other = Node.input("other", shape: [3])
        let results = try gradient(of: x.detached().sum() + x.sum() * .constant(0), with: [other, x])
        #expect(results.map(\.shape) == [[3], [2]])
        #expect(try run(results, at: x, [1, 2]) == [[0, 0, 0], [0, 0]])
    }

    @Test func aNodeUsedManyTimesGathersEveryContribution() throws {
        let x = Node.input("x", shape: [])
        var sum = x
        for _ in 0..<20 { sum = try sum + x }
        #expect(try run(gradient(of: sum * x, with: [x]), at: x, [2]) == [[84]])
    }

    @Test func theOutputMustBeAScalar() {
        let x = Node.input("x", shape: [2])
        #expect(throws: GraphError("a gradient is taken of a scalar, and this node has the shape [2]: sum it first")) {
            try gradient(of: x, with: [x])
        }
    }

    @Test func fusedGraphsCannotBeDifferentiated() throws {
        let x = Node.input("x", shape: [1, 2])
        let weights = Node.constant(Tensor(shape: [2, 2], repeating: 1))
        let fused = try optimised([x.dense(weights: weights).relu()])[0]
        #expect(throws: GraphError.self) { try gradient(of: fused.sum(), with: [x]) }
    }
}
