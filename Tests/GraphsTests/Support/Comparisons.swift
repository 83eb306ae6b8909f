import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

/// Expects that programs compute `outputs` as the reference evaluator does: with and without
/// optimisation, and in memory that an earlier run has left full of NaN.
func expectProgramsMatchReference(
    _ outputs: [Node], of inputs: [Node], values: [[Float]], tolerance: Double = 1e-5,
    _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let assigned = Dictionary(uniqueKeysWithValues: zip(inputs, values.map { $0.map(Double.init) }))
    let expected = try ReferenceEvaluator().evaluate(outputs, inputs: assigned)
    for optimising in [false, true] {
        let executor = try Program(computing: outputs, from: inputs, optimising: optimising).makeExecutor(memoryFilledWith: .max)
        _ = try executor.run(inputs.map { Tensor(shape: $0.shape, repeating: .nan) })
        let results = try executor.run(zip(inputs, values).map { Tensor(shape: $0.shape, values: $1) })
        for (index, result) in results.enumerated() {
            #expect(result.shape == outputs[index].shape, comment, sourceLocation: sourceLocation)
            let distance = largestDifference(result.values, expected[index])
            #expect(
                distance <= tolerance, "output \(index), \(optimising ? "optimised" : "as built"); \(comment?.rawValue ?? "")",
                sourceLocation: sourceLocation)
        }
    }
}

/// The largest difference, relative to the largest expected value where that is above 1; infinite when
/// the counts differ or a value is NaN.
func largestDifference(_ values: [Float], _ expected: [Double]) -> Double {
    guard values.count == expected.count, values.allSatisfy(\.isFinite), expected.allSatisfy(\.isFinite) else { return .infinity }
    let scale = expected.reduce(1) { max($0, abs($1)) }
    return zip(values, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) } / scale
}

/// Expects that `derivatives` of `scalar` by `variables`, all evaluated in `Double`, equal central
/// differences in every element. The variables' values must keep away from kinks.
func expectDerivatives(
    _ derivatives: [Node], of scalar: Node, by variables: [Node], at values: [[Float]], tolerance: Double = 1e-6,
    _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let evaluator = ReferenceEvaluator()
    let point = Dictionary(uniqueKeysWithValues: zip(variables, values.map { $0.map(Double.init) }))
    let analytic = try evaluator.evaluate(derivatives, inputs: point)
    let step = 1e-5
    for (variable, derivative) in zip(variables, analytic) {
        let differences = try derivative.indices.map { element in
            func shifted(_ distance: Double) throws -> Double {
                var inputs = point
                inputs[variable]?[element] += distance
                return try evaluator.evaluate([scalar], inputs: inputs)[0][0]
            }
            return (try shifted(step) - shifted(-step)) / (2 * step)
        }
        let wrong = derivative.indices.filter { abs(derivative[$0] - differences[$0]) > tolerance * max(1, abs(differences[$0])) }
        #expect(derivative.count == variable.shape.elementCount, comment, sourceLocation: sourceLocation)
        #expect(
            wrong.isEmpty,
            "by \(variable.shape): \(wrong.prefix(3).map { "[\($0)] \(derivative[$0]) ≠ \(differences[$0])" }); \(comment?.rawValue ?? "")",
            sourceLocation: sourceLocation)
    }
}

extension Node {
    /// The derivative of ⟨cotangent, this node⟩ by `variable`: the adjoint of an operation, as a graph to
    /// differentiate in its turn.
    func pulledBack(_ cotangent: Node, to variable: Node) throws -> Node {
        try gradient(of: (self * cotangent).sum(), with: [variable])[0]
    }
}

/// The same outputs as the processor prefers to compute them.
func optimised(_ outputs: [Node]) throws -> [Node] { try Engine().optimised(outputs) }

extension [Node] {
    /// The names of the primitives' types from which these nodes are computed, inputs first.
    var primitiveTypes: [String] {
        inTopologicalOrder.compactMap { node in node.primitive.map { "\(type(of: $0))" } }
    }
}

/// The result of an operation on one tensor.
func apply(
    _ operation: (Node) throws -> Node, to tensor: Tensor, optimising: Bool = true
) throws -> Tensor {
    let x = Node.input("x", shape: tensor.shape)
    return try Program(computing: [operation(x)], from: [x], optimising: optimising).makeExecutor().run([tensor])[0]
}
