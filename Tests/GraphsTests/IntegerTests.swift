import Foundation
import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

/// Integer networks are equal to their definition, to the last bit: on every processor, in every batch, as built and optimised.
@Suite struct IntegerTests {
    @Test(arguments: ["SSE41", "AVX2", "AVX512_CORE", "ALL"])
    func everyInstructionSetComputesTheDefinition(instructionSet: String) async {
        await #expect(processExitsWith: .success) { [instructionSet = instructionSet as String] in
            setenv("DNNL_MAX_CPU_ISA", instructionSet, 1)
            var primitives: Set<String> = []
            for seed in 0..<150 {
                let graph = try RandomIntegerGraph(seed: seed)
                try expectExactly(graph.outputs, of: graph.input, values: graph.values, "random network \(seed)")
                primitives.formUnion(graph.outputs.primitiveTypes)
            }
            let wanted: Set = [
                "Rounding", "Quantiser", "IntegerConvolution", "CodeSum", "CodeTable", "MaximumPool", "Concatenation", "Reshape",
            ]
            #expect(primitives.isSuperset(of: wanted))
        }
    }

    /// Layers of the sizes that networks have, which use other kernels: each is compared with plain loops on a few images.
    @Test(arguments: ["SSE41", "AVX2", "AVX512_CORE", "ALL"])
    func layersOfUsualSizesAreExact(instructionSet: String) async {
        await #expect(processExitsWith: .success) { [instructionSet = instructionSet as String] in
            setenv("DNNL_MAX_CPU_ISA", instructionSet, 1)
            let layers: [(channels: Int, outputs: Int, extent: Int, size: Int, stride: Int, padding: Int, groups: Int)] = [
                (20, 50, 12, 5, 1, 0, 1), (16, 32, 16, 3, 2, 1, 1), (64, 64, 8, 3, 1, 1, 1), (32, 32, 14, 3, 1, 1, 32),
                (64, 64, 8, 8, 1, 0, 64), (800, 500, 1, 1, 1, 0, 1), (500, 10, 1, 1, 1, 0, 1), (48, 96, 7, 3, 1, 1, 3),
                (24, 16, 1, 1, 3, 1, 1),  // the window lies beside the only pixel
            ]
            for (index, layer) in layers.enumerated() {
                for (zeroPoint, reach) in [(0, 64), (128, 64), (0, 127), (128, 127)] {
                    try expectExactLayer(
                        [layer.channels, layer.extent, layer.extent], outputs: layer.outputs, size: layer.size,
                        ConvolutionGeometry(stride: layer.stride, padding: layer.padding, groups: layer.groups),
                        zeroPoint: zeroPoint, reach: reach, seed: index)
                }
            }
        }
    }

    /// A row has the codes of the definition alone, and in a batch.
    @Test func rowsDoNotDependOnTheBatch() throws {
        for seed in 0..<30 {
            let whole = try RandomIntegerGraph(seed: seed, batch: 5), single = try RandomIntegerGraph(seed: seed, batch: 1)
            let size = whole.values.count / 5
            let expected = try ReferenceEvaluator().evaluate(whole.outputs, inputs: [whole.input: whole.values.map(Double.init)])
                .map { $0.map(Float.init) }
            #expect(try results(of: whole.outputs, from: whole.input, values: whole.values) == expected, "network \(seed)")
            for row in 0..<5 {
                let values = Array(whole.values[row * size..<(row + 1) * size])
                let alone = try results(of: single.outputs, from: single.input, values: values)
                for (one, all) in zip(alone, expected) {
                    #expect(one == Array(all[row * one.count..<(row + 1) * one.count]), "network \(seed), row \(row)")
                }
            }
        }
    }

    @Test func roundingTakesTheEvenNeighbourOfTies() throws {
        let x: [Float] = [0.5, 1.5, 2.5, -0.5, -1.5, 0.49999997, 1.4999999, 8_388_607.5, 1e10, -1e10]
        let rounded = try apply({ try $0.rounded() }, to: Tensor(shape: [x.count], values: x))
        #expect(rounded.values == [0, 2, 2, 0, -2, 0, 1, 8_388_608, 1e10, -1e10])
    }

    /// A number just below a tie must not be rounded twice: once by adding the zero point, once to the code.
    @Test func zeroPointsAreAddedAfterRounding() throws {
        let just: Float = 1.4999999
        let codes = try apply({ try $0.quantised(Quantisation(scale: 1, zeroPoint: 128)) }, to: Tensor(shape: [1], values: [just]))
        #expect(codes.values == [129])
        let x = Node.input("x", shape: [1, 1, 1, 1])
        let one = Node.constant(Tensor(shape: [1, 1, 1, 1], values: [1]))
        let sums = try x.integerConvolution(weights: one, bias: .constant(Tensor(shape: [1], values: [0])), scales: [just])
        let result = try sums.quantised(Quantisation(scale: 1, zeroPoint: 128))
        let program = try Program(computing: [result], from: [x])
        #expect(try program.makeExecutor().run([Tensor(shape: [1, 1, 1, 1], values: [1])])[0].values == [129])
    }

    @Test func whatIsNoNumberBecomesTheLeastCode() throws {
        let x = Tensor(shape: [4], values: [.nan, .infinity, -.infinity, 3])
        #expect(try apply({ try $0.quantised(Quantisation(scale: 1)) }, to: x).values == [0, 255, 0, 3])
    }

    @Test func codesOfACodeAreItself() {
        for scale: Float in [1, 0.1, 0.0137, 3.7e-5, 123] {
            for zeroPoint in [0, 1, 128, 255] {
                let quantisation = Quantisation(scale: scale, zeroPoint: zeroPoint)
                #expect((0...255).allSatisfy { quantisation.code(of: quantisation.number(of: $0)) == $0 })
            }
        }
    }

    @Test func integerNetworksHaveNoDerivative() throws {
        let x = Node.input("x", shape: [3])
        #expect(throws: GraphError.self) { try gradient(of: x.quantised(Quantisation(scale: 1)).sum(), with: [x]) }
    }

    @Test func sumsNeedScalesThatArePowersOfTwoApart() throws {
        let x = Node.input("x", shape: [3])
        let one = Quantisation(scale: 1)
        #expect(throws: GraphError.self) { try x.sumOfCodes(one, and: x, Quantisation(scale: 0.3), as: one) }
        #expect(throws: GraphError.self) { try x.quantised(Quantisation(scale: 0)) }
        #expect(throws: GraphError.self) { try x.quantised(Quantisation(scale: 1, zeroPoint: 256)) }
    }

    /// Each convolution of codes is one kernel together with the rounding to codes: only copies lie between them.
    @Test func codesStayBytesBetweenLayers() throws {
        let x = Node.input("x", shape: [2, 8, 6, 6])
        let weights = Node.constant(Tensor(shape: [8, 8, 3, 3], repeating: 1))
        let bias = Node.constant(Tensor(shape: [8], repeating: 0))
        var codes = try x.quantised(Quantisation(scale: 1))
        for zeroPoint in [0, 128, 0] {
            codes = try codes.integerConvolution(
                weights: weights, bias: bias, scales: Array(repeating: 0.01, count: 8), geometry: ConvolutionGeometry(padding: 1)
            ).quantised(Quantisation(scale: 1, zeroPoint: zeroPoint))
        }
        let kernels = try optimised([codes]).primitiveTypes
        #expect(kernels == ["Quantiser", "IntegerConvolution", "IntegerConvolution", "IntegerConvolution"])
    }
}

/// Expects the outputs to be what the definition says, as built and optimised, and in memory left full of other numbers.
private func expectExactly(_ outputs: [Node], of input: Node, values: [Float], _ comment: String) throws {
    let expected = try ReferenceEvaluator().evaluate(outputs, inputs: [input: values.map(Double.init)])
    for optimising in [false, true] {
        let program = try Program(computing: outputs, from: [input], optimising: optimising)
        let executor = try program.makeExecutor(memoryFilledWith: UInt8(truncatingIfNeeded: 85 * values.count))
        _ = try executor.run([Tensor(shape: input.shape, repeating: 7)])
        let computed = try executor.run([Tensor(shape: input.shape, values: values)])
        for (index, result) in computed.enumerated() {
            let differing = zip(result.values, expected[index]).count { Double($0) != $1 }
            #expect(differing == 0, "\(comment), output \(index), optimised: \(optimising)")
        }
    }
}

private func results(of outputs: [Node], from input: Node, values: [Float]) throws -> [[Float]] {
    let tensor = Tensor(shape: [values.count / Array(input.shape[1...]).elementCount] + input.shape[1...], values: values)
    return try Program(computing: outputs, from: [input]).makeExecutor().run([tensor]).map(\.values)
}

private func expectExactLayer(
    _ image: [Int], outputs: Int, size: Int, _ geometry: ConvolutionGeometry, zeroPoint: Int, reach: Int, seed: Int
) throws {
    var generator = SeededGenerator(seed: seed)
    let x = Node.input("codes", shape: [2] + image)
    let width = image[0] / geometry.groups * size * size
    func weight() -> Float { Float(Int.random(in: 0..<3, using: &generator) == 0 ? reach : Int.random(in: -reach...reach, using: &generator)) }
    let weights = Tensor(
        shape: [outputs, image[0] / geometry.groups, size, size], values: (0..<outputs * width).map { _ in weight() })
    let bias = Tensor(shape: [outputs], values: (0..<outputs).map { _ in Float(Int.random(in: -20_000...20_000, using: &generator)) })
    let typical = 2 / (Float(reach) * Float(width).squareRoot())
    let scales = (0..<outputs).map { _ in typical * Float.random(in: 0.3...3, using: &generator) }
    let numbers = try x.integerConvolution(
        weights: .constant(weights), bias: .constant(bias), scales: scales, zeroPoint: zeroPoint, hasWideWeights: reach > 64,
        geometry: geometry)
    let codes = try numbers.quantised(Quantisation(scale: 1, zeroPoint: zeroPoint))
    let values = (0..<x.shape.elementCount).map { _ in
        Int.random(in: 0..<4, using: &generator) == 0 ? 255 : Float(Int.random(in: 0...255, using: &generator))
    }
    try expectExactly([numbers.quantised(Quantisation(scale: 1))], of: x, values: values, "\(image) to \(outputs)")
    try expectExactly([codes], of: x, values: values, "\(image) to \(outputs), zero point \(zeroPoint)")
    try expectExactly([numbers], of: x, values: values, "\(image) to \(outputs), numbers")
}
