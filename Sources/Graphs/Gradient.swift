import SuretyTensors

/// The derivatives of a scalar node with respect to `variables`, as nodes: reverse accumulation.
///
/// The results are ordinary graphs, so `gradient` applies to them again.
///
/// - Parameters:
///   - output: A node with one element.
///   - variables: Any nodes; one on which `output` does not depend gets zeros.
/// - Returns: For each variable a node of its shape.
/// - Throws: `GraphError` when `output` is not a scalar.
public func gradient(of output: Node, with variables: [Node]) throws(GraphError) -> [Node] {
    guard output.shape.elementCount == 1 else {
        throw GraphError("a gradient is taken of a scalar, and this node has the shape \(output.shape): sum it first")
    }
    return try gradient(of: output, weightedBy: .constant(Tensor(shape: output.shape, repeating: 1)), with: variables)
}

/// The derivatives of Σ weight·output with respect to `variables`: a vector-Jacobian product.
///
/// - Parameter weights: A node of the shape of `output`.
/// - Throws: `GraphError` when the shapes differ.
package func gradient(
    of output: Node, weightedBy weights: Node, with variables: [Node]
) throws(GraphError) -> [Node] {
    guard weights.shape == output.shape else {
        throw GraphError("weights of shape \(weights.shape) cannot weigh a node of shape \(output.shape)")
    }
    let order = [output].inTopologicalOrder
    let dependent = nodes(of: order, dependingOn: Set(variables))
    var cotangents: [Node: Node] = [output: weights]
    for node in order.reversed() where dependent.contains(node) {
        guard case .operation(let primitive, let inputs) = node.source, let cotangent = cotangents[node] else { continue }
        let contributions = try primitive.pullback(cotangent, of: node)
        for (input, contribution) in zip(inputs, contributions) where dependent.contains(input) {
            guard let contribution else { continue }
            cotangents[input] = if let sum = cotangents[input] { try sum + contribution } else { contribution }
        }
    }
    return variables.map { cotangents[$0] ?? .constant(Tensor(shape: $0.shape, repeating: 0)) }
}

/// The nodes of `order` from which some variable can be reached: only these need a derivative.
private func nodes(of order: [Node], dependingOn variables: Set<Node>) -> Set<Node> {
    var dependent = variables
    for node in order where node.inputs.contains(where: dependent.contains) {
        dependent.insert(node)
    }
    return dependent
}
