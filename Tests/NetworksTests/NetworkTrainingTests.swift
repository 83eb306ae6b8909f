import Graphs
import Networks
import Tensors
import TestSupport
import Testing

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
        #expect(Set(pass.statistics.keys) == ["mean", "variance"])
        var generator = SeededGenerator(seed: 12)
        let x = generator.distinctValues(count: 36).map(Double.init)
        var inputs = [images: x]
        for (name, node) in parameters { inputs[node] = network.parameters[name]?.values.map(Double.init) }
        let mean = try #require(pass.statistics["mean"])
        let variance = try #require(pass.statistics["variance"])
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
