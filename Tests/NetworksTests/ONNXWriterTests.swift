import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing

/// What is written is read again as the same network.
struct ONNXWriterTests {
    @Test(arguments: Fixture.all)
    func roundTripGivesEqualLogits(_ fixture: Fixture) throws {
        let shape = try ONNXReader.model(from: fixture.data).imageShape
        let model = try ONNXReader.model(from: fixture.data, imageShape: shape)
        let written = try ONNXWriter.data(for: model.network, metadata: ["recipe": "σ = 0.25", "epochs": "3"])
        let again = try ONNXReader.model(from: written, imageShape: shape)
        #expect(again.metadata == ["recipe": "σ = 0.25", "epochs": "3"])
        #expect(again.opset == ONNXWriter.opset && again.producer == "surety")
        #expect(try again.network.logits(of: model.images) == model.network.logits(of: model.images))
        #expect(again.network.summary.multiplyAccumulates == model.network.summary.multiplyAccumulates)
        for (name, tensor) in model.network.parameters where !name.isEmpty {
            #expect(again.network.parameters[name]?.values.count == tensor.values.count, "\(name)")
        }
    }

    @Test func sameNetworkGivesSameBytes() throws {
        let network = try ONNXReader.model(from: Fixture.named("torch_residual_17_dynamic").data).network
        let metadata = Dictionary(uniqueKeysWithValues: (0..<20).map { ("key\($0)", "\($0)") })
        let file = try ONNXWriter.data(for: network, metadata: metadata)
        #expect(try ONNXWriter.data(for: network, metadata: metadata) == file)
        #expect(try ONNXWriter.data(for: ONNXReader.model(from: file).network, metadata: metadata).count >= file.count)
    }

    @Test func normalisationAndDenseOnSeveralAxesAreWritten() throws {
        var builder = try NetworkBuilder(imageShape: [2, 2, 3])
        try builder.add(Tensor(shape: [4, 3], values: (0..<12).map { Float($0) / 12 }), as: "weights")
        try builder.add(Tensor(shape: [4], values: [0.1, 0.2, 0.3, 0.4]), as: "bias")
        let dense = try builder.append(.dense(weights: "weights", bias: "bias"), to: [builder.image])
        let flat = try builder.append(.reshape(to: [16]), to: [dense])
        let network = try builder.network(output: flat).normalised(mean: [0.3, 0.6], standardDeviation: [0.2, 0.7])
        let again = try ONNXReader.model(from: ONNXWriter.data(for: network), imageShape: [2, 2, 3]).network
        let images = Tensor(shape: [2, 2, 2, 3], values: (0..<24).map { Float($0) / 24 })
        #expect(try again.logits(of: images) == network.logits(of: images))
    }

    @Test func dilatedAveragePoolIsRefused() throws {
        var builder = try NetworkBuilder(imageShape: [1, 5, 5])
        let window = Window(size: [2, 2], strides: [1, 1], dilation: [2, 2])
        let pool = try builder.append(.averagePool(window, countsPadding: false), to: [builder.image], name: "pool")
        let flat = try builder.append(.reshape(to: [9]), to: [pool])
        let network = try builder.network(output: flat)
        let error = #expect(throws: ONNXError.self) { try ONNXWriter.data(for: network) }
        #expect(error?.description.contains("\"pool\"") == true)
    }
}
