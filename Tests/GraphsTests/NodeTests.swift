import SuretyGraphs
import SuretyTensors
import Testing

@Suite struct NodeTests {
    @Test func aNodeKnowsItsSource() throws {
        let x = Node.input("x", shape: [2, 3])
        let two = Node.constant(2)
        let product = try x * two
        #expect(two.constantValue == Tensor(scalar: 2))
        #expect(x.constantValue == nil && x.primitive == nil && x.inputs.isEmpty)
        #expect(product.primitive?.name == "multiply")
        #expect(product.inputs.first == x)
        #expect(product.shape == [2, 3])
    }

    @Test func nodesAreComparedByIdentity() throws {
        let x = Node.input("x", shape: [2])
        #expect(x == x)
        #expect(x != Node.input("x", shape: [2]))
        #expect(try x.relu() != x.relu())
    }

    @Test func topologicalOrderHasEachNodeOnceAndAfterItsInputs() throws {
        let x = Node.input("x", shape: [2])
        let left = try x.relu()
        let right = try x.tanh()
        let sum = try left + right
        let outputs = [try sum * left, left, sum]
        let order = outputs.inTopologicalOrder
        #expect(Set(order).count == order.count)
        #expect(Set(order) == [x, left, right, sum, outputs[0]])
        for (position, node) in order.enumerated() {
            #expect(node.inputs.allSatisfy { order[..<position].contains($0) })
        }
    }

    @Test func depthIsNotLimitedByTheStack() throws {
        let x = Node.input("x", shape: [2])
        var y = x
        for _ in 0..<100_000 { y = try y.relu() }
        #expect([y].inTopologicalOrder.count == 100_001)
        let derivative = try gradient(of: y.sum(), with: [x])
        #expect([derivative[0]].inTopologicalOrder.count > 200_000)
    }

    @Test func aGraphOutlivesTheNodesItWasBuiltFrom() throws {
        var shared: Node? = try Node.input("x", shape: [2]).relu().tanh()
        let kept = try #require(shared).inputs[0]
        shared = nil
        #expect(kept.primitive?.name == "relu")
        #expect(kept.inputs[0].shape == [2])
    }

    @Test func aResultBeyondAnyMemoryIsAnError() throws {
        let x = Node.input("x", shape: [1, 1])
        #expect(throws: GraphError.self) { try x.broadcast(to: [1 << 40, 1 << 40]) }
        #expect(throws: GraphError.self) { try x.padded(before: [0, 0], after: [1 << 30, 1 << 30]) }
    }
}
