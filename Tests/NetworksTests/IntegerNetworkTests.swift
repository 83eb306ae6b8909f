import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

/// Integer networks: in and out of files, what makes them exact, and how they are made.
@Suite struct IntegerNetworkTests {
    static let fixtures = Fixture.all.filter { $0.name.hasPrefix("integer_") }

    /// ONNX Runtime's logits, to the last bit, of files that `surety quantise` wrote and of two that its own quantiser did, one with weights to 127.
    @Test(arguments: fixtures) func logitsAreONNXRuntimesToTheLastBit(_ fixture: Fixture) throws {
        let model = try ONNXReader.model(from: fixture.data, imageShape: [1, 28, 28])
        #expect(model.network.isInteger)
        for optimising in [false, true] {
            #expect(try model.network.logits(of: model.images, optimising: optimising).values == model.expected)
        }
        #expect(Set(model.expected).count > 10)
    }

    @Test func thereAreFixtures() {
        let names = ["lenet", "residual", "mixed", "foreign", "foreign_wide", "smooth", "units"].map { "integer_\($0)" }
        #expect(Set(Self.fixtures.map(\.name)) == Set(names))
    }

    /// The same logits from plain loops, under each instruction set: no file, network or kernel could agree with itself alone.
    @Test(arguments: ["SSE41", "AVX2", "AVX512_CORE", "ALL"])
    func everyInstructionSetComputesTheDefinition(instructionSet: String) async {
        await #expect(processExitsWith: .success) { [instructionSet = instructionSet as String] in
            setenv("DNNL_MAX_CPU_ISA", instructionSet, 1)
            for fixture in IntegerNetworkTests.fixtures {
                let model = try ONNXReader.model(from: fixture.data, imageShape: [1, 28, 28])
                let images = Tensor(shape: [2, 1, 28, 28], values: Array(model.images.values.prefix(2 * 784)))
                let input = Node.input("images", shape: images.shape)
                let truth = try ReferenceEvaluator().evaluate(
                    [model.network.logits(of: input)], inputs: [input: images.values.map(Double.init)])[0].map { Float($0) }
                #expect(try model.network.logits(of: images).values == truth, "\(fixture.name)")
                #expect(truth == Array(model.expected.prefix(20)), "\(fixture.name)")
            }
        }
    }

    @Test(arguments: fixtures) func whatIsWrittenIsTheSameNetwork(_ fixture: Fixture) throws {
        let network = try ONNXReader.model(from: fixture.data, imageShape: [1, 28, 28]).network
        let again = try ONNXReader.model(from: ONNXWriter.data(for: network)).network
        #expect(again.vertices.map(\.shape) == network.vertices.map(\.shape))
        #expect(again.summary.rows.map(\.layer) == network.summary.rows.map(\.layer))
        #expect(again.summary.multiplyAccumulates == network.summary.multiplyAccumulates)
        #expect(Set(again.parameters.values.map(\.values)) == Set(network.parameters.values.map(\.values)))
    }

    /// Their sums are exact as they are, and by Winograd's algorithm they were not.
    @Test(arguments: fixtures) func theyAlwaysConvolveDirectly(_ fixture: Fixture) throws {
        let network = try ONNXReader.model(from: fixture.data, imageShape: [1, 28, 28]).network
        #expect(network.convolving(by: .winograd).convolution == .direct)
        #expect(try Architecture.smallcnn.network(imageShape: [1, 28, 28], classCount: 10, seed: 0).convolving(by: .winograd).convolution == .winograd)
    }

    // MARK: what is refused

    @Test func whatIsNotExactIsRefusedByName() throws {
        let cases: [(String, (inout IntegerNetwork) -> Void)] = [
            ("limited by a Clip", { $0.bound = nil }),
            ("more than 24 binary digits", { $0.bound = 1e6 }),
            ("not exact", { $0.ending = .softmax(axis: 0) }),
            ("not exact", { $0.between = .sigmoid }),
            ("below 2³¹", { ($0.bias, $0.weights) = (2_147_483_520, [127, 127, 127, 127]) }),
        ]
        var network = IntegerNetwork()
        #expect(throws: Never.self) { try network.read() }
        for (words, change) in cases {
            network = IntegerNetwork()
            change(&network)
            let error = #expect(throws: ONNXError.self, "\(words)") { try network.read() }
            #expect(error?.description.contains(words) ?? false, "\(words): \(String(describing: error))")
        }
    }

    /// Two weights of 64 are as large as any whose products 16 bits have room for; one may be larger where the others are small.
    @Test func weightsAreWideInPairs() throws {
        let cases: [([Float], Bool)] = [
            ([64, -64, 64, 64], false), ([100, 28, -28, 0], false), ([100, 29, 0, 0], true), ([0, -65, 1, 64], true),
            ([127, 127, 127, -128], true),
        ]
        for (weights, isWide) in cases {
            var network = IntegerNetwork()
            network.weights = weights
            let products = try network.read().vertices.compactMap { vertex in
                if case .integer(.dense(let product)) = vertex.layer { product } else { nil }
            }
            #expect(products.map(\.hasWideWeights) == [isWide], "\(weights)")
        }
    }
}

/// A small integer network, to be broken.
private struct IntegerNetwork {
    var bound: Float? = 1000
    var between: Layer?
    var weights: [Float] = [1, -2, 3, 64]
    var bias: Float = 5
    var ending: Layer?

    /// Written to a file and read from it.
    @discardableResult
    func read() throws -> Network {
        var builder = try NetworkBuilder(imageShape: [4])
        try builder.add(Tensor(shape: [4, 4], values: (0..<16).map { Float($0) * 0.25 }), as: "first")
        try builder.add(Tensor(shape: [2, 4], values: weights + [1, 2, 3, 4]), as: "weights")
        try builder.add(Tensor(shape: [2], values: [bias, 1]), as: "bias")
        try builder.add(Tensor(scalar: 255), as: "levels")
        var x = try builder.append(.arithmeticWithParameter(.multiply, operand: "levels", side: .right), to: [builder.image])
        x = try builder.append(.integer(.rounding), to: [x])
        if let bound { x = try builder.append(.clip(-bound...bound), to: [x]) }
        x = try builder.append(.dense(weights: "first", bias: nil), to: [x])
        if let between { x = try builder.append(between, to: [x]) }
        let input = Quantisation(scale: 2)
        x = try builder.append(.integer(.quantisation(input)), to: [x])
        let product = IntegerLayer.Product(weights: "weights", bias: "bias", weightScales: [0.5, 0.1], input: input, output: nil)
        x = try builder.append(.integer(.dense(product)), to: [x])
        if let ending { x = try builder.append(ending, to: [x]) }
        return try ONNXReader.model(from: ONNXWriter.data(for: builder.network(output: x))).network
    }
}
