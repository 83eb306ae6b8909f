import SuretyTensors

/// The mean of this value over the workers that run the same program at the same time on parts of one batch: batch
/// normalisation uses it to see the whole of a shared batch. Every worker gets it.
///
/// Its derivative is the operation itself. Where the objective is the mean over the workers, and each differentiates its
/// own part, y = (x₁ + x₂)/2 on both gives ∂(L₁ + L₂)/∂x₁ = (∂L₁/∂y + ∂L₂/∂y)/2: the mean of both cotangents, and the
/// derivatives of derivatives likewise. The mean of the workers' gradients is then exactly the gradient of the whole.
package struct WorkerMean: Primitive {
    package let meeting: Meeting

    package var name: String { "mean over workers" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try onlyShape(inputs) }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(self, [cotangent])]
    }
}

extension Node {
    /// The mean of this value over the workers that meet.
    package func mean(over meeting: Meeting) throws(GraphError) -> Node { try Node(WorkerMean(meeting: meeting), [self]) }
}
