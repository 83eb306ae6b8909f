import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import SuretyTraining
import Testing

struct PreTrainingTests {
    private func logits(_ network: Network, seed: Int = 3) throws -> [Float] {
        let input = Node.input("images", shape: [2] + network.imageShape)
        let values = (0..<input.shape.elementCount).map { Float(($0 * 7919 + seed) % 101) / 100 }
        return try Program(computing: [network.logits(of: input)], from: [input]).makeExecutor()
            .run([Tensor(shape: input.shape, values: values)])[0].values
    }

    /// Through an ONNX file, where names and layers may change, every architecture gets its parameters back.
    @Test(arguments: [(Architecture.lenet, [1, 28, 28]), (.wong, [1, 28, 28]), (.mlp, [1, 3, 4]), (.resnet20, [3, 16, 16])])
    func aModelFitsItsArchitecture(_ architecture: Architecture, _ shape: [Int]) throws {
        let trained = try architecture.network(imageShape: shape, classCount: 4, seed: 1)
        let model = try ONNXReader.model(from: ONNXWriter.data(for: trained, metadata: [:]), imageShape: shape).network
        let fresh = try architecture.network(imageShape: shape, classCount: 4, seed: 2)
        #expect(try logits(fresh) != logits(trained))
        let network = try fresh.pretrained(from: model)
        #expect(network.parameters.keys == fresh.parameters.keys)
        #expect(zip(try logits(network), try logits(trained)).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    /// A network whose first layer normalises has its mean and deviation in a file as [C, 1, 1]. They must be the same: the record
    /// of a training states its own.
    @Test func aNormalisingModelFits() throws {
        func network(seed: UInt64, mean: [Float] = [0.4, 0.5, 0.6]) throws -> Network {
            try Architecture.resnet20.network(imageShape: [3, 16, 16], classCount: 4, seed: seed)
                .normalised(mean: mean, standardDeviation: [0.2, 0.25, 0.3])
        }
        let trained = try network(seed: 1), fresh = try network(seed: 2)
        let model = try ONNXReader.model(from: ONNXWriter.data(for: trained, metadata: [:]), imageShape: [3, 16, 16]).network
        let pretrained = try fresh.pretrained(from: model)
        #expect(try zip(logits(pretrained), logits(trained)).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(pretrained.parameters.mapValues(\.shape) == fresh.parameters.mapValues(\.shape))
        let error = #expect(throws: TrainingError.self) { _ = try network(seed: 2, mean: [0.4, 0.5, 0.7]).pretrained(from: model) }
        #expect(error?.description.contains("[0.4, 0.5, 0.6]") == true, "\(error?.description ?? "")")
    }

    /// With another number of classes the last layer stays fresh, and all before it is taken.
    @Test func theLastLayerMayDiffer() throws {
        let trained = try Architecture.wong.network(imageShape: [1, 28, 28], classCount: 10, seed: 1)
        let fresh = try Architecture.wong.network(imageShape: [1, 28, 28], classCount: 3, seed: 2)
        let network = try fresh.pretrained(from: trained)
        let last = try #require(fresh.vertices.last?.layer.parameterNames)
        for (name, tensor) in network.parameters {
            #expect(tensor == (last.contains(name) ? fresh : trained).parameters[name], "\(name)")
        }
    }

    /// PyTorch's exporter writes equal parameters once; in training each layer has its own again.
    @Test func layersThatShareAParameterGetOneEach() throws {
        func network(_ names: [String]) throws -> Network {
            var builder = try NetworkBuilder(imageShape: [1, 1, 2])
            var place = try builder.append(.reshape(to: [2]), to: [builder.image])
            for name in names {
                if builder.parameter(name) == nil {
                    try builder.add(Tensor(shape: [2, 2], values: [1, Float(name.count), 3, 4]), as: name)
                }
                place = try builder.append(.dense(weights: name, bias: nil), to: [place])
            }
            return try builder.network(output: place)
        }
        let network = try network(["first", "second"]).pretrained(from: network(["shared", "shared"]))
        #expect(network.parameters["first"]?.values == [1, 6, 3, 4])
        #expect(network.parameters["second"]?.values == [1, 6, 3, 4])
    }

    @Test func anotherArchitectureIsAnError() throws {
        let trained = try Architecture.lenet.network(imageShape: [1, 28, 28], classCount: 10, seed: 1)
        for other in [Architecture.wong, .smallcnn, .madry] {
            let error = #expect(throws: TrainingError.self) {
                try other.network(imageShape: [1, 28, 28], classCount: 10, seed: 1).pretrained(from: trained)
            }
            #expect(error?.description.contains("the architecture that the model was made from") == true)
        }
    }

    /// Training goes on where the model stopped: with a rate near 0 the first loss is the model's.
    @Test func trainingBeginsAtTheModel() throws {
        let images = try TinyTraining.images()
        let ratio = try TinyTraining.mean { settings in
            var settings = settings
            settings.epochs = 8
            let trained = try TinyTraining.finished(
                Trainer(TinyTraining.network(), StandardTraining(), on: images, settings))
            (settings.epochs, settings.learningRate) = (1, 1e-6)
            let start = try TinyTraining.network().pretrained(from: trained.trainedNetwork())
            let further = try TinyTraining.finished(Trainer(start, StandardTraining(), on: images, settings))
            let afresh = try TinyTraining.finished(Trainer(TinyTraining.network(), StandardTraining(), on: images, settings))
            return further.history[0].loss / afresh.history[0].loss
        }
        #expect(ratio < 0.5)
    }
}
