import Foundation
import SuretyNetworks
import SuretyTensors
import Testing

/// Which output gives the scores of the classes, and what becomes of a single one.
struct ONNXOutputTests {
    private typealias Make = HandmadeONNX
    private static let image = Tensor(shape: [2, 1, 2, 2], values: [1, 0, 0, 1, 0, 2, 0, 0])

    private static func model(_ nodes: [WireMessage], outputs: [WireMessage]) -> Data {
        let graph = WireMessage().messages(1, [Make.node("Flatten", ["x"], ["f"])] + nodes)
            .messages(5, [Make.tensor("w", [4, 3], (0..<12).map(Float.init)), Make.tensor("v", [4, 1], [1, -1, 2, -3])])
            .messages(11, [Make.value("x", [nil, 1, 2, 2])]).messages(12, outputs)
        return Data(WireMessage().integer(1, 7).message(7, graph).message(8, WireMessage().integer(2, 13)).bytes)
    }

    private static let scores = [Make.node("MatMul", ["f", "w"], ["scores"]), Make.node("Softmax", ["scores"], ["shares"], [Make.integer("axis", 1)])]

    @Test func theOnlyOneWithANumberPerClassIsTaken() throws {
        let model = try ONNXReader.model(
            from: Self.model(Self.scores, outputs: [Make.value("x2", [nil, 1, 2, 2]), Make.value("scores", [nil, 3])] ), imageShape: [1, 2, 2])
        #expect(model.output == "scores")
        #expect(model.otherOutputs == ["x2"])
    }

    /// The one that the other is computed from is not what the model says last.
    @Test func whatIsOnTheWayToAnotherIsNot() throws {
        let data = Self.model(Self.scores, outputs: [Make.value("scores", [nil, 3]), Make.value("shares", [nil, 3])])
        #expect(try ONNXReader.model(from: data, imageShape: [1, 2, 2]).output == "shares")
        let named = try ONNXReader.model(from: data, imageShape: [1, 2, 2], output: "scores")
        #expect(try named.network.logits(of: Self.image).values == [9, 11, 13, 6, 8, 10])
        let error = try #require(throws: ONNXError.self) { try ONNXReader.model(from: data, imageShape: [1, 2, 2], output: "none") }
        #expect(error.description.contains("\"scores\", \"shares\""))
    }

    /// One number says how much rather the second class it is than the first.
    @Test func aSingleOutputMakesTwoClasses() throws {
        let logit = Make.node("MatMul", ["f", "v"], ["z"])
        for nodes in [[logit], [logit, Make.node("Sigmoid", ["z"], ["p"])]] {
            let name = nodes.count == 1 ? "z" : "p"
            let network = try ONNXReader.model(
                from: Self.model(nodes, outputs: [Make.value(name, [nil, 1])]), imageShape: [1, 2, 2]).network
            #expect(network.classCount == 2)
            #expect(try network.logits(of: Self.image).values == [0, -2, 0, -2])
        }
    }
}
