import Datasets
import Foundation
import Graphs
import Networks
import Tensors
import TestSupport
import Testing

/// Networks read from ONNX files compute what ONNX Runtime computes.
struct ONNXReaderTests {
    @Test func fixturesAreThere() {
        #expect(Fixture.all.count > 100)
    }

    @Test(arguments: Fixture.all)
    func agreesWithONNXRuntime(_ fixture: Fixture) throws {
        let shape = try ONNXReader.model(from: fixture.data).imageShape
        let model = try ONNXReader.model(from: fixture.data, imageShape: shape)
        let logits = try model.network.logits(of: model.images)
        #expect(relativeError(logits.values, model.expected) < 1e-5)
    }

    /// Merging tools state the operator set once more, under either name of its domain, and those of others.
    @Test func anOperatorSetMayBeStatedTwice() throws {
        let fixture = try Fixture.named("torch_viewed_9_fixed").data
        let opset = try ONNXReader.model(from: fixture).opset
        for domain in ["", "ai.onnx"] {
            let again = WireMessage().message(8, WireMessage().text(1, domain).integer(2, opset))
            let other = WireMessage().message(8, WireMessage().text(1, "ai.onnx.ml").integer(2, 3))
            let model = try ONNXReader.model(from: fixture + Data(again.bytes) + Data(other.bytes))
            #expect(model.opset == opset)
            #expect(model.network.vertices.count == (try ONNXReader.model(from: fixture).network.vertices.count))
        }
    }

    @Test(arguments: ["torch_viewed_9_fixed", "torch_residual_17_dynamic", "reshape_fixed_batch", "flatten_zero", "softmax_9_axis"])
    func anyBatchSizeGivesTheSameLogits(_ name: String) throws {
        let model = try ONNXReader.model(from: Fixture.named(name).data)
        let all = try model.network.logits(of: model.images)
        let size = model.imageShape.elementCount
        for image in 0..<3 {
            let one = Tensor(shape: [1] + model.imageShape, values: Array(model.images.values[image * size..<(image + 1) * size]))
            let logits = try model.network.logits(of: one)
            let classes = model.network.classCount
            #expect(relativeError(logits.values, Array(all.values[image * classes..<(image + 1) * classes])) < 1e-5)
        }
    }

    /// Shared models against ONNX Runtime's logits of the first 100 test images.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip), arguments: [
        "cifar_base_kw", "cifar_resnet_2b", "mnist-net_256x4", "sinkhorn_mnist_adv_training", "sinkhorn_mnist_vanilla",
        "verivital_convnet_maxpool", "wong_mnist",
    ])
    func sharedModelsAgreeWithONNXRuntime(_ name: String) throws {
        let file = try #require(SharedData.url("models/\(name).onnx"))
        let sidecar = try JSONDecoder().decode(
            Sidecar.self, from: Data(contentsOf: #require(SharedData.url("models/\(name).json"))))
        let set = try sidecar.testSet()
        var network = try ONNXReader.model(from: Data(contentsOf: file), imageShape: set.shape).network
        #expect(network.summary.multiplyAccumulates == sidecar.macs_per_image)
        #expect(network.summary.parameterCount == sidecar.parameters)
        if let mean = sidecar.preprocessing.mean, let deviation = sidecar.preprocessing.std {
            network = try network.normalised(mean: mean, standardDeviation: deviation)
        }
        let expected = try NumPyArray(contentsOf: #require(SharedData.url("models/\(name).logits.npy")))
        guard case .float32(let values) = expected.elements else { throw CancellationError() }
        let logits = try network.logits(of: set.images(at: 0..<100))
        let error = relativeError(logits.values, values)
        #expect(error < 1e-4)
    }

    /// Part of the description that accompanies a shared model.
    private struct Sidecar: Decodable {
        struct Preprocessing: Decodable {
            let mean: [Float]?
            let std: [Float]?
        }
        let dataset: String
        let macs_per_image: Int
        let parameters: Int
        let preprocessing: Preprocessing

        func testSet() throws -> LabelledImages {
            let root = DatasetRoot(try #require(SharedData.url("data")).path)
            return try DatasetSource(dataset).load(.test, under: root)
        }
    }
}
