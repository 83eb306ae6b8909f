import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

@Suite struct FusionTests {
    private var generator = SeededGenerator(seed: 31)
    private let x = Node.input("x", shape: [2, 4, 5, 5])

    private mutating func layer(_ input: Node, to channels: Int = 4) throws -> Node {
        let shape = [channels, input.shape[1], 3, 3]
        let weights = Tensor(shape: shape, values: generator.distinctValues(count: shape.elementCount).map { $0 * 0.4 })
        return try input.convolution(weights: .constant(weights), geometry: .init(padding: 1))
    }

    /// Expects the values of the reference, and that `types` are what is left to compute.
    private mutating func expect(
        _ outputs: [Node], become types: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(try optimised(outputs).primitiveTypes == types, sourceLocation: sourceLocation)
        let values = [generator.distinctValues(count: x.shape.elementCount)]
        try expectProgramsMatchReference(outputs, of: [x], values: values, sourceLocation: sourceLocation)
    }

    @Test mutating func aRectifierIsAbsorbed() throws {
        try expect([layer(x).relu()], become: ["Convolution"])
        try expect([layer(x).leakyRelu(slope: 0.2)], become: ["Convolution"])
    }

    /// A residual is added apart where a window lies on padding alone: oneDNN's fused kernel for AVX-512 forgot the bias there, and
    /// crashed with a rectifier.
    @Test(arguments: [(1, 3, 1), (1, 4, 1), (2, 3, 2), (1, 1, 1)]) func aResidualIsNotFusedWithBlindWindows(
        size: Int, stride: Int, padding: Int
    ) throws {
        var generator = SeededGenerator(seed: 32)
        let x = Node.input("x", shape: [3, 16, 4, 4]), shape = [16, 16, size, size]
        let weights = Tensor(shape: shape, values: generator.distinctValues(count: shape.elementCount))
        let bias = Tensor(shape: [16], values: (1...16).map(Float.init))
        let layer = try x.convolution(
            weights: .constant(weights), bias: .constant(bias), geometry: .init(stride: stride, padding: padding))
        let residual = Node.input("residual", shape: layer.shape)
        let values = [x, residual].map { generator.distinctValues(count: $0.shape.elementCount) }
        for output in [try layer + residual, try (layer + residual).relu()] {
            #expect(try optimised([output]).primitiveTypes.contains("Arithmetic"))
            try expectProgramsMatchReference([output], of: [x, residual], values: values)
        }
        // Every window of this one lies on a pixel.
        let seeing = try x.convolution(weights: .constant(weights), bias: .constant(bias), geometry: .init(padding: size - 1))
        let other = Node.input("other", shape: seeing.shape)
        #expect(try optimised([(seeing + other).relu()]).primitiveTypes == ["Convolution"])
    }

    /// A scale and a shift before a layer, as in networks that normalise first, are one pass with their rectifier, and give the
    /// bits of three.
    @Test mutating func anAffineMapIsFusedWithItsRectifier() throws {
        func perChannel(_ first: Float) -> Node {
            .constant(Tensor(shape: [1, 4, 1, 1], values: (0..<4).map { first + 0.7 * Float($0) }))
        }
        let (scale, shift) = (perChannel(-1.5), perChannel(0.25))
        try expect([(x * scale + shift).relu()], become: ["Affine"])
        try expect([(scale * x + shift).leakyRelu(slope: 0.2)], become: ["Affine"])
        try expect([x * scale + shift], become: ["Affine"])
        let types = ["Convolution", "ElementFunction", "Affine", "Convolution"]
        try expect([layer((layer(x).tanh() * scale + shift).relu())], become: types)
        let product = try x * scale
        try expect([(product + shift).relu(), product], become: ["BroadcastArithmetic", "BroadcastArithmetic", "Rectifier"])
        try expect([(x * scale - shift).relu()], become: ["BroadcastArithmetic", "BroadcastArithmetic", "Rectifier"])

        let values = Tensor(shape: x.shape, values: generator.distinctValues(count: x.shape.elementCount))
        for slope in [0, 0.2, -0.1] as [Float] {
            let outputs = [try layer((x * scale + shift).leakyRelu(slope: slope)), try (x * scale + shift).leakyRelu(slope: slope)]
            let folded = try foldingConstants(outputs)
            for (graph, other) in zip(folded, outputs) {
                let three = try Program(computing: [graph], from: [x], optimising: false).makeExecutor().run([values])
                let one = try Program(computing: [other], from: [x]).makeExecutor().run([values])
                #expect(one[0].values.map(\.bitPattern) == three[0].values.map(\.bitPattern))
            }
        }
    }

    @Test mutating func aSecondRectifierIsNot() throws {
        try expect([layer(x).leakyRelu(slope: 0.2).leakyRelu(slope: 0.5)], become: ["Convolution", "Rectifier"])
    }

    @Test mutating func aResidualBlockWithIdentity() throws {
        let entry = try layer(x).relu()
        let inner = try layer(entry).relu()
        try expect([(layer(inner) + entry).relu()], become: ["Convolution", "Convolution", "Convolution"])
    }

    @Test mutating func aResidualBlockWithTheSkipOnTheLeft() throws {
        let entry = try layer(x).relu()
        try expect([(entry + layer(entry)).relu()], become: ["Convolution", "Convolution"])
    }

    @Test mutating func aResidualBlockWithProjection() throws {
        let entry = try layer(x).relu()
        let types = ["Convolution", "Convolution", "Convolution", "Convolution"]
        try expect([(layer(layer(entry).relu(), to: 3) + layer(entry, to: 3)).relu()], become: types)
    }

    @Test mutating func aResidualUsedAgainLater() throws {
        let entry = try layer(x).relu()
        let sum = try (layer(entry) + entry).relu()
        try expect([(layer(sum) + entry).relu(), entry], become: ["Convolution", "Convolution", "Convolution"])
    }

    @Test mutating func aSumUsedTwiceIsNotRectifiedForBoth() throws {
        let entry = try layer(x).relu()
        let sum = try layer(entry) + entry
        try expect([sum.relu(), sum.tanh()], become: ["Convolution", "Convolution", "Rectifier", "ElementFunction"])
    }

    @Test mutating func theInputItselfMayBeAdded() throws {
        try expect([(layer(x) + x).relu()], become: ["Convolution"])
    }

    @Test mutating func aLayerAddedToItselfIsNotAbsorbed() throws {
        let twice = try layer(x)
        try expect([(twice + twice).relu()], become: ["Convolution", "Arithmetic", "Rectifier"])
    }

    @Test mutating func aRectifiedLayerDoesNotAbsorbASum() throws {
        try expect([layer(x).relu() + x], become: ["Convolution", "Arithmetic"])
    }

    @Test mutating func aLayerUsedTwiceIsNotRectified() throws {
        let both = try layer(x)
        try expect([both.relu(), both], become: ["Convolution", "Rectifier"])
        try expect([layer(both.relu()) + layer(both)], become: ["Convolution", "Rectifier", "Convolution", "Convolution"])
    }

    @Test mutating func aLayerUsedTwiceDoesNotAbsorbASum() throws {
        let both = try layer(x)
        try expect([both + x, both.tanh()], become: ["Convolution", "Arithmetic", "ElementFunction"])
    }

    @Test mutating func aRectifierUsedTwiceIsComputedOnce() throws {
        let rectified = try layer(x).relu()
        try expect([rectified, layer(rectified), rectified.tanh()], become: ["Convolution", "Convolution", "ElementFunction"])
    }

    @Test mutating func aDifferenceIsNotASum() throws {
        try expect([layer(x) - x], become: ["Convolution", "Arithmetic"])
    }

    @Test mutating func denseLayersFuseAlike() throws {
        let flat = try x.reshaped(to: [2, 100])
        func weights(_ shape: [Int], _ generator: inout SeededGenerator) -> Node {
            .constant(Tensor(shape: shape, values: generator.distinctValues(count: shape.elementCount).map { $0 * 0.1 }))
        }
        let hidden = try flat.dense(weights: weights([8, 100], &generator), bias: weights([8], &generator)).relu()
        let sum = try (hidden + hidden.dense(weights: weights([8, 8], &generator))).relu()
        try expect([sum], become: ["Reshape", "Dense", "Dense"])
    }

    @Test mutating func arithmeticReadsABroadcastOperandInPlace() throws {
        let channel = Node.constant(Tensor(shape: [4, 1, 1], values: [0.5, 1, 1.5, 2]))
        for sum in [try x.tanh() + channel, try channel * x.tanh(), try x.tanh() / channel] {
            try expect([sum], become: ["ElementFunction", "BroadcastArithmetic"])
        }
        try expect([channel - x.tanh()], become: ["Broadcast", "ElementFunction", "Arithmetic"])
    }
}
