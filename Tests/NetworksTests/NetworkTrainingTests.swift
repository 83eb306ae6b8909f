import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

/// Batch normalisation in training mode, against plain loops.
struct NetworkTrainingTests {
    private let values: [String: Tensor] = [
        "scale": Tensor(shape: [2], values: [1.5, -0.5]), "shift": Tensor(shape: [2], values: [0.1, 0.2]),
        "mean": Tensor(shape: [2], values: [0.3, 0.4]), "variance": Tensor(shape: [2], values: [0.9, 2]),
        "front mean": Tensor(shape: [2], values: [0.5, 0.25]), "front deviation": Tensor(shape: [2], values: [0.5, 2]),
    ]

    private func network(isNormalised: Bool = false) throws -> Network {
        var builder = try NetworkBuilder(imageShape: [2, 2, 3])
        for (name, tensor) in values { try builder.add(tensor, as: name) }
        var top = builder.image
        if isNormalised {
            top = try builder.append(.normalisation(mean: "front mean", standardDeviation: "front deviation"), to: [top])
        }
        top = try builder.append(
            .batchNormalisation(.init(scale: "scale", shift: "shift", mean: "mean", variance: "variance", epsilon: 0.01)),
            to: [top])
        top = try builder.append(.reshape(to: [12]), to: [top])
        return try builder.network(output: top)
    }

    @Test func batchAndRunningStatistics() throws {
        let network = try network()
        let images = Node.input("images", shape: [3, 2, 2, 3])
        let parameters = network.parameters.mapValues { Node.input("parameter", shape: $0.shape) }
        let pass = try network.trainingPass(of: images, parameters: parameters)
        #expect(Set(pass.batchStatistics.keys) == ["mean", "variance"] && pass.masks.isEmpty)
        let moved = try pass.statistics(after: parameters)
        var generator = SeededGenerator(seed: 12)
        let x = generator.distinctValues(count: 36).map(Double.init)
        var inputs = [images: x]
        for (name, node) in parameters { inputs[node] = network.parameters[name]?.values.map(Double.init) }
        let mean = try #require(moved["mean"])
        let variance = try #require(moved["variance"])
        let results = try ReferenceEvaluator().evaluate([pass.logits, mean, variance], inputs: inputs)

        let (scale, shift, runningMean, runningVariance) = ([1.5, -0.5], [0.1, 0.2], [0.3, 0.4], [0.9, 2])
        for channel in 0..<2 {
            let places = (0..<36).filter { $0 / 6 % 2 == channel }
            let mean = places.reduce(0) { $0 + x[$1] } / 18
            let squares = places.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) }
            for place in places {
                let expected = (x[place] - mean) / (squares / 18 + 0.01).squareRoot() * scale[channel] + shift[channel]
                #expect(abs(results[0][place] - expected) < 1e-7)
            }
            #expect(abs(results[1][channel] - (0.9 * runningMean[channel] + 0.1 * mean)) < 1e-7)
            // The running variance is the unbiased one, as in PyTorch.
            #expect(abs(results[2][channel] - (0.9 * runningVariance[channel] + 0.1 * squares / 17)) < 1e-7)
        }
    }

    /// The batch's statistics depend on the images, and the gradient knows it.
    @Test func gradientsFlowThroughTheStatistics() throws {
        let network = try network()
        let images = Node.input("images", shape: [3, 2, 2, 3])
        let parameters = network.parameters.mapValues { Node.input("parameter", shape: $0.shape) }
        let logits = try network.trainingPass(of: images, parameters: parameters).logits
        let loss = try logits.logSumExp(axis: 1).sum()
        var generator = SeededGenerator(seed: 12)
        var inputs = [images: generator.distinctValues(count: 36).map(Double.init)]
        for (name, node) in parameters { inputs[node] = network.parameters[name]?.values.map(Double.init) }
        let variables = try [images, #require(parameters["scale"]), #require(parameters["shift"])]
        let slopes = try ReferenceEvaluator().evaluate(gradient(of: loss, with: variables), inputs: inputs)
        for (variable, slope) in zip(variables, slopes) {
            for index in slope.indices {
                func value(_ change: Double) throws -> Double {
                    var inputs = inputs
                    inputs[variable]?[index] += change
                    return try ReferenceEvaluator().evaluate([loss], inputs: inputs)[0][0]
                }
                #expect(abs(slope[index] - (try value(1e-5) - value(-1e-5)) / 2e-5) < 1e-7)
            }
        }
    }

    /// Dropout multiplies by its masks while training and does nothing at inference; a mask of channels has one value for each.
    @Test func dropoutMultipliesByItsMasks() throws {
        var builder = try NetworkBuilder(imageShape: [2, 2, 3])
        try builder.add(Tensor(shape: [3, 12], values: (0..<36).map { Float($0 % 5) / 4 - 0.5 }), as: "weights")
        var top = try builder.append(.dropout(.init(rate: 0.5, unit: .channel)), to: [builder.image])
        top = try builder.append(.reshape(to: [12]), to: [top])
        top = try builder.append(.dropout(.init(rate: 0.2)), to: [top])
        top = try builder.append(.dense(weights: "weights", bias: nil), to: [top])
        let network = try builder.network(output: top)
        #expect(network.hasDropout)
        let images = Node.input("images", shape: [2, 2, 2, 3])
        let pass = try network.trainingPass(of: images, parameters: network.parameters.mapValues(Node.constant), number: 3)
        #expect(pass.masks.map(\.node.shape) == [[2, 2, 1, 1], [2, 12]] && pass.masks.map(\.rate) == [0.5, 0.2])
        #expect(pass.masks.map(\.name) == ["dropout 3.0", "dropout 3.1"])
        var generator = SeededGenerator(seed: 5)
        let x = generator.distinctValues(count: 24).map(Double.init)
        let channels = [2, 0, 0, 2].map(Double.init), elements = (0..<24).map { $0 % 3 == 0 ? 0 : 1.25 }
        let inputs = [images: x, pass.masks[0].node: channels, pass.masks[1].node: elements]
        let found = try ReferenceEvaluator().evaluate([pass.logits, network.logits(of: images)], inputs: inputs)
        for (image, k) in (0..<2).flatMap({ image in (0..<3).map { (image, $0) } }) {
            func logit(_ mask: (Int) -> Double) -> Double {
                (0..<12).reduce(0) { $0 + Double((k * 12 + $1) % 5) / 4 * x[image * 12 + $1] * mask($1) - 0.5 * x[image * 12 + $1] * mask($1) }
            }
            let dropped = logit { channels[image * 2 + $0 / 6] * elements[image * 12 + $0] }
            #expect(abs(found[0][image * 3 + k] - dropped) < 1e-6)
            #expect(abs(found[1][image * 3 + k] - logit { _ in 1 }) < 1e-6)
        }
        // A file holds inference alone.
        let file = try ONNXReader.model(from: ONNXWriter.data(for: network), imageShape: [2, 2, 3]).network
        #expect(!file.hasDropout && file.vertices.count == network.vertices.count - 2)
    }

    @Test(arguments: [1, -0.1, .nan] as [Float])
    func ratesThatDropEverythingAreRefused(_ rate: Float) throws {
        var builder = try NetworkBuilder(imageShape: [4])
        #expect { _ = try builder.append(.dropout(.init(rate: rate)), to: [builder.image]) } throws: { "\($0)".contains("rate") }
    }

    @Test func statisticsAndNormalisationAreNotTrained() throws {
        #expect(try network(isNormalised: true).trainableParameters == ["scale", "shift"])
        let lenet = try Architecture.lenet.network(imageShape: [1, 28, 28], classCount: 10, seed: 0)
        #expect(lenet.trainableParameters == lenet.parameters.keys.sorted())
    }

    @Test func otherParametersMakeAnotherNetwork() throws {
        let network = try network(isNormalised: true)
        var changed = network.parameters
        changed["shift"] = Tensor(shape: [2], values: [7, 8])
        let other = try network.withParameters(changed)
        #expect(other.parameters == changed && other.vertices == network.vertices)
        #expect(try network.withParameters(network.parameters).parameters == network.parameters)
    }

    @Test func parametersThatDoNotFitAreRefused() throws {
        let network = try network()
        for bad in [nil, Tensor(shape: [3], values: [1, 2, 3]), Tensor(shape: [2], values: [1, .nan])] {
            var changed = network.parameters
            changed["shift"] = bad
            #expect { try network.withParameters(changed) } throws: { "\($0)".contains("shift") && $0 is NetworkError }
        }
    }
}
