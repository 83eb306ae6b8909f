import Foundation
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

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

    /// What an exporter may do to a matrix of weights takes time in proportion to its elements: here 3072 × 512 of them, as
    /// Keras writes a dense layer on CIFAR-10. A loop that copies the matrix for each would take minutes.
    @Test(arguments: ["MatMul", "Gemm", "Gemm scaled", "Gemm transposed", "Transpose", "Slice", "Concat", "Mul"])
    func readsLargeMatricesInOneGo(_ form: String) throws {
        typealias Make = HandmadeONNX
        let (rows, columns) = (3072, 512)
        let values = (0..<rows * columns).map { Float($0) }
        let isTransposed = ["Gemm transposed", "Transpose"].contains(form)
        let shape = isTransposed ? [columns, rows] : [rows, columns]
        let product: [WireMessage] =
            switch form {
            case "Gemm": [Make.node("Gemm", ["f", "w"], ["y"])]
            case "Gemm scaled": [Make.node("Gemm", ["f", "w"], ["y"], [Make.number("alpha", 2)])]
            case "Gemm transposed": [Make.node("Gemm", ["f", "w"], ["y"], [Make.integer("transB", 1)])]
            case "Transpose": [Make.node("Transpose", ["w"], ["t"]), Make.node("MatMul", ["f", "t"], ["y"])]
            case "Slice":
                [Make.node("Slice", ["w", "start", "end"], ["t"]), Make.node("MatMul", ["f", "t"], ["y"])]
            case "Concat":
                [
                    Make.node("Slice", ["w", "start", "middle"], ["a"]), Make.node("Slice", ["w", "middle", "end"], ["b"]),
                    Make.node("Concat", ["a", "b"], ["t"], [Make.integer("axis", 0)]), Make.node("MatMul", ["f", "t"], ["y"]),
                ]
            case "Mul": [Make.node("Mul", ["w", "two"], ["t"]), Make.node("MatMul", ["f", "t"], ["y"])]
            default: [Make.node("MatMul", ["f", "w"], ["y"])]
            }
        let file = Make.model(
            [Make.node("Flatten", ["x"], ["f"])] + product,
            [
                Make.tensor("w", shape, values), Make.list("start", [0]), Make.list("middle", [1000]), Make.list("end", [rows]),
                Make.tensor("two", [1], [2]),
            ], image: [3, 32, 32])
        let clock = ContinuousClock()
        let start = clock.now
        let network = try ONNXReader.model(from: file).network
        let time = clock.now - start
        // A tenth of a second on an idle machine; the suite keeps all its cores busy.
        #expect(time < .seconds(5), "\(time)")
        // Weights are [outputs, inputs].
        let weights = try #require(network.parameters.values.first)
        #expect(weights.shape == [columns, rows])
        let factor: Float = ["Gemm scaled", "Mul"].contains(form) ? 2 : 1
        for (output, input) in [(0, 1), (1, 0), (511, 3071), (77, 2000)] {
            let place = isTransposed ? output * rows + input : input * columns + output
            #expect(weights.values[output * rows + input] == factor * values[place])
        }
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
