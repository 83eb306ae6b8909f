import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

@Suite struct PostTrainingQuantisationTests {
    private static func noise(_ count: Int, _ shape: [Int], seed: Int) -> Images {
        var generator = SeededGenerator(seed: seed)
        let images = Images(count: count, shape: shape)
        images.elements.fill { _ in Float.random(in: -0.5...1.5, using: &generator) }
        return images
    }

    /// Codes of 8 bits leave a few per cent of error in random networks, whatever their layers.
    @Test(arguments: ["lenet", "wong", "smallcnn", "resnet20"])
    func integersComputeWhatTheNetworkDid(architecture: String) throws {
        let kind = try #require(Architecture(rawValue: architecture))
        let shape = architecture == "resnet20" ? [3, 16, 16] : [1, 28, 28]
        let drawn = try kind.network(imageShape: shape, classCount: 10, seed: 3)
        let network = shape[0] == 3
            ? try drawn.normalised(mean: [0.49, 0.48, 0.45], standardDeviation: [0.25, 0.24, 0.26]) : drawn
        let result = try PostTrainingQuantisation(
            of: network, calibratingOn: Self.noise(40, shape, seed: 1), largestPixel: 3)
        #expect(result.network.isInteger)
        let images = Self.noise(20, shape, seed: 2)
        let tensor = Tensor(shape: [20] + shape, values: Array(images.elements))
        let (before, after) = (try network.logits(of: tensor), try result.network.logits(of: tensor))
        // Differences between classes decide: the mean of each row is nothing.
        func centred(_ logits: Tensor) -> [Double] {
            (0..<20).flatMap { row in
                let values = logits.values[row * 10..<row * 10 + 10].map(Double.init)
                return values.map { $0 - values.reduce(0, +) / 10 }
            }
        }
        let (truth, found) = (centred(before), centred(after))
        let error = zip(truth, found).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let power = truth.reduce(0) { $0 + $1 * $1 }
        #expect((error / power).squareRoot() < 0.12, "\(architecture): \((error / power).squareRoot())")
        #expect(result.layers.allSatisfy { $0.error < 0.2 } && !result.layers.isEmpty)
        // What is written is the network, to the last bit.
        let again = try ONNXReader.model(from: ONNXWriter.data(for: result.network), imageShape: shape).network
        #expect(try again.logits(of: tensor) == after)
    }

    /// Means are those of the network on the calibration images, however coarse the codes are.
    @Test func biasesAreCorrected() throws {
        let network = try Architecture.lenet.network(imageShape: [1, 28, 28], classCount: 10, seed: 5)
        let images = Self.noise(30, [1, 28, 28], seed: 4)
        let tensor = Tensor(shape: [30, 1, 28, 28], values: Array(images.elements))
        let integer = try PostTrainingQuantisation(of: network, calibratingOn: images, largestPixel: 3).network
        func means(_ network: Network) throws -> [Double] {
            let logits = try network.logits(of: tensor).values
            return (0..<10).map { label in (0..<30).reduce(0) { $0 + Double(logits[$1 * 10 + label]) } / 30 }
        }
        let (before, after) = (try means(network), try means(integer))
        for (wanted, reached) in zip(before, after) { #expect(abs(wanted - reached) < 2e-4) }
    }

    /// A convolution that leaves one pixel gives logits as a dense layer does; one of several pixels has no exact sums in ONNX Runtime.
    @Test func aConvolutionOfTheWholeImageGivesLogits() throws {
        func network(size: Int) throws -> Network {
            var builder = try NetworkBuilder(imageShape: [1, 3, 3])
            var generator = SeededGenerator(seed: 1)
            func draw(_ shape: [Int]) -> Tensor {
                Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in .random(in: -1...1, using: &generator) })
            }
            try builder.add(draw([2, 1, 1, 1]), as: "first")
            try builder.add(draw([5, 2, size, size]), as: "last")
            let hidden = try builder.append(.convolution(ConvolutionGeometry(), weights: "first", bias: nil), to: [builder.image])
            let rectified = try builder.append(.relu, to: [hidden])
            let last = try builder.append(
                .convolution(ConvolutionGeometry(), weights: "last", bias: nil), to: [rectified], name: "the last")
            let logits = try builder.append(.reshape(to: [5 * (4 - size) * (4 - size)]), to: [last])
            return try builder.network(output: logits)
        }
        let images = Self.noise(20, [1, 3, 3], seed: 1)
        let whole = try PostTrainingQuantisation(of: network(size: 3), calibratingOn: images, largestPixel: 3).network
        #expect(whole.summary.rows.contains { $0.layer == "integer dense" })
        let tensor = Tensor(shape: [20, 1, 3, 3], values: Array(images.elements))
        #expect(relativeError(try whole.logits(of: tensor).values, try network(size: 3).logits(of: tensor).values) < 0.1)
        let error = #expect(throws: NetworkError.self) {
            try PostTrainingQuantisation(of: network(size: 2), calibratingOn: images, largestPixel: 3)
        }
        #expect(error?.description.contains("the last") ?? false)
    }

    /// 4 → 6 → 6 → 3, with a function behind the first two products.
    private static func network(of function: ElementFunction, seed: Int) throws -> Network {
        var builder = try NetworkBuilder(imageShape: [4])
        var generator = SeededGenerator(seed: seed)
        var x = builder.image
        for (name, shape) in [("first", [6, 4]), ("second", [6, 6]), ("last", [3, 6])] {
            let weights = (0..<shape.elementCount).map { _ in Float.random(in: -1...1, using: &generator) }
            try builder.add(Tensor(shape: shape, values: weights), as: name)
            x = try builder.append(.dense(weights: name, bias: nil), to: [x])
            if name != "last" { x = try builder.append(.function(function), to: [x]) }
        }
        return try builder.network(output: x)
    }

    /// Those of torch.nn, by their own names and as what others are made of.
    static let functions: [ElementFunction] = [
        .sigmoid, .tanh, .errorFunction, .softPlus, .sigmoidLinearUnit, .gaussianLinearUnit, .gaussianLinearUnitByTanh, .hardSwish,
        .exponentialLinearUnit(scale: 1.3),
    ]

    /// As tables, whose values lie so far from ties between codes that single precision finds the same ones: the table below is
    /// computed from the definition, and 10⁻⁶ of a value is more than ONNX Runtime's functions are off.
    @Test(arguments: functions) func smoothFunctionsBecomeTablesThatAreClearOfTies(_ function: ElementFunction) throws {
        for seed in 0..<12 {
            let network = try Self.network(of: function, seed: seed)
            let images = Self.noise(60, [4], seed: seed)
            let quantised = try PostTrainingQuantisation(of: network, calibratingOn: images, largestPixel: 3).network
            let again = try ONNXReader.model(from: ONNXWriter.data(for: quantised), imageShape: [4]).network
            let tensor = Tensor(shape: [60, 4], values: Array(images.elements))
            let found = try again.logits(of: tensor)
            #expect(try quantised.logits(of: tensor) == found)
            #expect(relativeError(found.values, try network.logits(of: tensor).values) < 0.1)
            let tables = again.vertices.compactMap { vertex -> (Quantisation, Quantisation)? in
                guard case .integer(.function(.real(function), let argument, let result)) = vertex.layer else { return nil }
                return (argument, result)
            }
            #expect(tables.count == 2)
            for (argument, result) in tables {
                let numbers = Quantisation.codes.map { Double(argument.number(of: $0)) }
                let x = Node.input("x", shape: [256])
                let values = try ReferenceEvaluator().evaluate([x.applying(function)], inputs: [x: numbers])[0]
                for (number, value) in zip(numbers, values) {
                    let steps = value / Double(result.scale), off = 1e-6 * (abs(steps) + abs(number) / Double(result.scale))
                    let isInside = steps > -Double(result.zeroPoint) - 0.5 && steps < 255.5 - Double(result.zeroPoint)
                    let distance = abs(steps - steps.rounded(.down) - 0.5)
                    #expect(!isInside || distance > off / 2, "\(function.name)(\(number)) = \(value), in steps \(steps)")
                }
            }
        }
    }

    /// What is least somewhere wastes no codes below: GELU's lie from −.17 upwards.
    @Test func codesReachNoLowerThanTheFunction() throws {
        let network = try Self.network(of: .gaussianLinearUnit, seed: 1)
        let result = try PostTrainingQuantisation(of: network, calibratingOn: Self.noise(60, [4], seed: 1), largestPixel: 3)
        let codes = result.layers.map(\.quantisation)
        #expect(codes.map(\.zeroPoint).contains(128) && codes.contains { (1..<64).contains($0.zeroPoint) }, "\(codes)")
    }

    /// Numbers far above 0 are reached, however near together they lie.
    @Test func codesReachWhatLiesFarFromZero() throws {
        var builder = try NetworkBuilder(imageShape: [4])
        try builder.add(Tensor(shape: [4, 4], values: (0..<16).map { $0 % 5 == 0 ? 0.1 : 0 }), as: "weights")
        try builder.add(Tensor(shape: [4], repeating: 5), as: "bias")
        try builder.add(Tensor(shape: [3, 4], values: (0..<12).map { Float($0 % 3) - 1 }), as: "last")
        let far = try builder.append(.dense(weights: "weights", bias: "bias"), to: [builder.image])
        let unit = try builder.append(.function(.gaussianLinearUnit), to: [far])
        let output = try builder.append(.dense(weights: "last", bias: nil), to: [unit])
        let network = try builder.network(output: output)
        let result = try PostTrainingQuantisation(of: network, calibratingOn: Self.noise(40, [4], seed: 1), largestPixel: 3)
        #expect(result.layers.count == 2 && result.layers.allSatisfy { $0.error < 0.01 }, "\(result.layers)")
    }

    @Test func layersWithoutAnIntegerFormAreNamed() throws {
        var builder = try NetworkBuilder(imageShape: [4])
        try builder.add(Tensor(shape: [4, 4], repeating: 0.5), as: "weights")
        let hidden = try builder.append(.dense(weights: "weights", bias: nil), to: [builder.image])
        let smooth = try builder.append(.softmax(axis: 0), to: [hidden], name: "the culprit")
        let output = try builder.append(.dense(weights: "weights", bias: nil), to: [smooth])
        let network = try builder.network(output: output)
        let error = try #require(throws: NetworkError.self) {
            try PostTrainingQuantisation(of: network, calibratingOn: Self.noise(3, [4], seed: 1), largestPixel: 3)
        }
        #expect(error.description.contains("the culprit"))
    }
}
