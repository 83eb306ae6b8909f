/// An operation on tensors: the shape of its result and its derivative rule. How it is computed is a backend's concern.
///
/// A primitive is one file in `Primitives/`. The derivative rule builds nodes, so derivatives are
/// graphs and can be differentiated again. Primitives come in families closed under it (sum and
/// broadcast; convolution, its backward-data and its backward-weights), so that a derivative of
/// any order needs no further kernel.
public protocol Primitive: Sendable {
    /// What error messages and listings call the operation.
    var name: String { get }

    /// The shape of the result for inputs of these shapes.
    ///
    /// - Throws: `GraphError` when their number or extents do not suit the operation.
    func shape(of inputs: [[Int]]) throws(GraphError) -> [Int]

    /// The vector-Jacobian product: for the derivative of some scalar with respect to `output`, its derivatives with respect
    /// to the inputs of `output`, `nil` for an input on which it does not depend.
    func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?]
}
