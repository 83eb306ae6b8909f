import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

/// A small graph around one operation, and the inputs to try it on.
struct PrimitiveCase: Sendable, CustomTestStringConvertible {
    /// An input's shape and the values it takes.
    enum Input: Sendable {
        /// Distinct values between −1 and 1, none zero.
        case any([Int])
        /// Distinct values between 0.5 and 2.5.
        case positive([Int])

        var shape: [Int] {
            switch self {
            case .any(let shape), .positive(let shape): shape
            }
        }

        func values(using generator: inout SeededGenerator) -> [Float] {
            let values = generator.distinctValues(count: shape.reduce(1, *))
            return if case .positive = self { values.map { 1.5 + $0 } } else { values }
        }
    }

    let name: String
    let inputs: [Input]
    let build: @Sendable ([Node]) throws -> Node

    init(_ name: String, _ inputs: Input..., build: @escaping @Sendable ([Node]) throws -> Node) {
        self.name = name
        self.inputs = inputs
        self.build = build
    }

    var testDescription: String { "\(name) \(inputs.map(\.shape))" }

    /// Whether every element's derivative is compared with a difference: cheap for small graphs only.
    var isSmall: Bool { (try? graph().values.joined().count <= 200) ?? true }

    /// The case's graph with a weighted sum of its elements, whose derivatives exercise its adjoints.
    func graph() throws -> ScalarGraph {
        var generator = SeededGenerator(seed: name.utf8.reduce(7) { $0 &* 31 &+ Int($1) })
        let nodes = inputs.enumerated().map { Node.input("x\($0)", shape: $1.shape) }
        let output = try build(nodes)
        let values = inputs.map { $0.values(using: &generator) }
        return try ScalarGraph(of: output, inputs: nodes, values: values, using: &generator)
    }
}

/// A node, and the scalar ⟨weights, node⟩ with the weights among the inputs, so that derivatives of
/// second order also reach the adjoints' dependence on the cotangent.
struct ScalarGraph {
    let output: Node
    let scalar: Node
    let inputs: [Node]
    let values: [[Float]]

    init(of output: Node, inputs: [Node], values: [[Float]], using generator: inout SeededGenerator) throws {
        let weights = Node.input("weights", shape: output.shape)
        self.output = output
        scalar = try (output * weights).sum()
        self.inputs = inputs + [weights]
        self.values = values + [generator.distinctValues(count: output.shape.reduce(1, *))]
    }

    /// First derivatives by every input.
    func gradients() throws -> [Node] { try gradient(of: scalar, with: inputs) }

    /// A fixed combination of all elements of all first derivatives.
    func combination(of gradients: [Node]) throws -> Node {
        var generator = SeededGenerator(seed: 99)
        let terms = try gradients.map { gradient in
            let weights = generator.distinctValues(count: gradient.shape.reduce(1, *))
            return try (gradient * .constant(Tensor(shape: gradient.shape, values: weights))).sum()
        }
        return try terms.dropFirst().reduce(terms[0]) { try $0 + $1 }
    }
}
