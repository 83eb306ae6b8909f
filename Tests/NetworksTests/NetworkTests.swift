import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

struct NetworkTests {
    /// W x + b for an image of two pixels.
    private func small() throws -> Network {
        var builder = try NetworkBuilder(imageShape: [2, 1, 1])
        try builder.add(Tensor(shape: [3, 2], values: [1, 2, 3, 4, 5, 6]), as: "weights")
        try builder.add(Tensor(shape: [3], values: [10, 20, 30]), as: "bias")
        try builder.add(Tensor(shape: [9], repeating: 1), as: "not used")
        let pixels = try builder.append(.reshape(to: [2]), to: [builder.image])
        _ = try builder.append(.relu, to: [pixels], name: "not used")
        let head = try builder.append(.dense(weights: "weights", bias: "bias"), to: [pixels], name: "head")
        return try builder.network(output: head)
    }

    @Test func logitsByHand() throws {
        let network = try small()
        let logits = try network.logits(of: Tensor(shape: [2, 2, 1, 1], values: [1, 0, 0.5, 1]))
        #expect(logits == Tensor(shape: [2, 3], values: [11, 23, 35, 12.5, 25.5, 38.5]))
        #expect(network.classCount == 3)
        #expect(network.imageShape == [2, 1, 1])
    }

    @Test func whatTheOutputDoesNotNeedIsLeftOut() throws {
        let network = try small()
        #expect(network.vertices.map(\.name) == ["image", "reshape 1", "head"])
        #expect(Set(network.parameters.keys) == ["weights", "bias"])
    }

    @Test func summaryByHand() throws {
        let rows = try small().summary.rows
        #expect(rows.map(\.outputShape) == [[2, 1, 1], [2], [3]])
        #expect(rows.map(\.parameterCount) == [0, 0, 9])
        #expect(rows.map(\.multiplyAccumulates) == [0, 0, 6])
        #expect(rows.map(\.layer) == ["image", "reshape", "dense"])
    }

    @Test func summaryNamesAxesWithoutTheBatch() throws {
        let network = try ONNXReader.model(from: Fixture.named("torch_viewed_9_dynamic").data).network
        #expect(network.summary.rows.last?.layer == "log softmax along axis 0")
    }

    @Test func sharedParametersAreCountedOnce() throws {
        let network = try ONNXReader.model(from: Fixture.named("weights_shared").data).network
        #expect(network.summary.parameterCount == network.parameters.values.map(\.values.count).reduce(0, +))
    }

    /// (x − mean) / standard deviation, evaluated in Double.
    @Test func normalisationComesFirst() throws {
        let (mean, deviation): ([Float], [Float]) = ([0.4914, 0.25], [0.2471, 0.5])
        let network = try small().normalised(mean: mean, standardDeviation: deviation)
        let logits = try network.logits(of: Tensor(shape: [1, 2, 1, 1], values: [0.3, 0.9]))
        let x = (Double(Float(0.3)) - Double(mean[0])) / Double(deviation[0])
        let y = (Double(Float(0.9)) - Double(mean[1])) / Double(deviation[1])
        let expected = [x + 2 * y + 10, 3 * x + 4 * y + 20, 5 * x + 6 * y + 30].map { Float($0) }
        #expect(relativeError(logits.values, expected) < 1e-6)
        #expect(network.vertices[1].name == "normalisation")
    }

    @Test func normalisationOfASetOfNamesThatAreTaken() throws {
        let once = try small().normalised(mean: [0, 0], standardDeviation: [0.5, 0.5])
        let twice = try once.normalised(mean: [0, 0], standardDeviation: [0.5, 0.5])
        let image = Tensor(shape: [1, 2, 1, 1], values: [1, 0])
        #expect(try twice.logits(of: image).values == [14, 32, 50])
    }

    @Test(arguments: [
        ([0.5], [1, 1], "one per channel"), ([0.5, 0.5], [1], "one per channel"), ([0.5, 0.5], [1, 0], "positive"),
        ([0.5, 0.5], [1, -1], "positive"), ([.nan, 0.5], [1, 1], "not finite"), ([0.5, 0.5], [1, .infinity], "not finite"),
    ] as [([Float], [Float], String)])
    func badNormalisationIsRefused(_ mean: [Float], _ deviation: [Float], _ fragment: String) throws {
        let network = try small()
        let error = #expect(throws: NetworkError.self) { try network.normalised(mean: mean, standardDeviation: deviation) }
        #expect(error?.description.contains(fragment) == true)
    }

    @Test(arguments: [[1, 1, 2, 1], [1, 2], [1, 2, 1, 1, 1], []])
    func imagesOfAnotherShapeAreRefused(_ shape: [Int]) throws {
        let network = try small()
        #expect(throws: NetworkError.self) { try network.logits(of: .input("images", shape: shape)) }
    }

    /// The derivative of a logit with respect to parameter and image, for W x + b known by hand.
    @Test func parametersMayBeNodes() throws {
        let network = try small()
        let image = Node.input("image", shape: [1, 2, 1, 1])
        let weights = Node.input("weights", shape: [3, 2])
        let logits = try network.logits(of: image, parameters: ["weights": weights, "bias": .constant(Tensor(shape: [3], repeating: 0))])
        let first = try logits.sliced(from: [0, 0], to: [1, 1]).reshaped(to: [])
        let derivatives = try gradient(of: first, with: [weights, image])
        let program = try Program(computing: derivatives, from: [image, weights])
        let found = try program.makeExecutor().run([
            Tensor(shape: [1, 2, 1, 1], values: [0.25, 0.75]), Tensor(shape: [3, 2], values: [1, 2, 3, 4, 5, 6]),
        ])
        #expect(found[0].values == [0.25, 0.75, 0, 0, 0, 0])
        #expect(found[1].values == [1, 2])
    }

    @Test func aMissingParameterIsNamed() throws {
        let network = try small()
        let error = #expect(throws: NetworkError.self) { try network.logits(of: .input("image", shape: [1, 2, 1, 1]), parameters: [:]) }
        #expect(error?.description.contains("\"weights\"") == true && error?.description.contains("\"head\"") == true)
    }
}
