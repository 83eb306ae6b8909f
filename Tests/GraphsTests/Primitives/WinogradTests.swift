import Foundation
import SuretyGraphs
import SuretyTensors
import TestSupport
import Testing

/// Convolutions by Winograd's algorithm, where this processor's library has it.
@Suite struct WinogradTests {
    static var isKnown: Bool { ConvolutionAlgorithm.winograd.isAvailable }

    struct Case: Sendable, CustomTestStringConvertible {
        let image, weights: [Int]
        var padding = 1
        var addsInput = false
        var slope: Float?

        var testDescription: String { "\(weights) on \(image), padding \(padding), \(addsInput), \(slope ?? -1)" }

        static let all = [
            Case(image: [9, 32, 8, 8], weights: [32, 32, 3, 3], slope: 0),
            Case(image: [3, 40, 7, 11], weights: [50, 40, 3, 3], slope: 0.1),
            Case(image: [8, 33, 5, 3], weights: [33, 33, 3, 3], addsInput: true, slope: 0),
            Case(image: [1, 48, 3, 3], weights: [32, 48, 3, 3], padding: 0),
            Case(image: [17, 32, 6, 5], weights: [32, 32, 3, 3], addsInput: true),
            Case(image: [2, 300, 6, 6], weights: [64, 300, 3, 3], padding: 0, slope: 0),
        ]

        /// Result, input image and constants in a scale of the order of 1.
        func graph(batch: Int? = nil) throws -> (result: Node, input: Node) {
            var generator = SeededGenerator(seed: 3)
            let x = Node.input("x", shape: [batch ?? image[0]] + image[1...])
            let factor = (2 / Float(9 * weights[1])).squareRoot()
            let w = Node.constant(.random(weights, times: factor, &generator)), b = Node.constant(.random([weights[0]], &generator))
            var node = try x.convolution(weights: w, bias: b, geometry: .init(padding: padding))
            if addsInput { node = try node + x }
            if let slope { node = slope == 0 ? try node.relu() : try node.leakyRelu(slope: slope) }
            return (node, x)
        }

        /// The derivative by the image of the convolution's product with some numbers, and those numbers.
        func adjoint(batch: Int? = nil, paddingBefore: [Int], paddingAfter: [Int]) throws -> (slope: Node, numbers: Node) {
            var generator = SeededGenerator(seed: 3)
            let x = Node.input("x", shape: [batch ?? image[0]] + image[1...])
            let w = Node.constant(.random(weights, times: (2 / Float(9 * weights[1])).squareRoot(), &generator))
            let y = try x.convolution(weights: w, geometry: .init(paddingBefore: paddingBefore, paddingAfter: paddingAfter))
            let numbers = Node.input("numbers", shape: y.shape)
            return (try gradient(of: (y * numbers).sum(), with: [x])[0], numbers)
        }

        func images(count: Int) -> Tensor {
            var generator = SeededGenerator(seed: 4)
            return .random([count] + image[1...], &generator)
        }
    }

    /// By 1e-5 of the largest result at most from the truth, and from direct sums.
    @Test(.enabled(if: isKnown), arguments: Case.all, [true, false])
    func resultsAreNearTheTruth(_ given: Case, optimising: Bool) throws {
        let (result, x) = try given.graph()
        let images = given.images(count: given.image[0])
        let truth = try ReferenceEvaluator().evaluate([result], inputs: [x: images.values.map(Double.init)])[0]
        let program = try Program(computing: [result], from: [x], optimising: optimising, convolving: .winograd)
        #expect(program.convolution == .winograd)
        let executor = try program.makeExecutor()
        _ = try executor.run([Tensor(shape: images.shape, repeating: .nan)])
        let computed = try executor.run([images])[0].values
        #expect(largestDifference(computed, truth) < 1e-5)
        let direct = try Program(computing: [result], from: [x], optimising: optimising)
        #expect(direct.convolution == .direct)
        let sums = try direct.makeExecutor().run([images])[0].values
        #expect(sums != computed)
        #expect(largestDifference(computed, sums.map(Double.init)) < 1e-5)
    }

    /// oneDNN's own sums depend on the batch, of many channels most of all.
    @Test(.enabled(if: isKnown), arguments: Case.all + [
        Case(image: [1, 281, 11, 11], weights: [246, 281, 3, 3], padding: 0), Case(image: [1, 88, 11, 11], weights: [45, 88, 3, 3]),
        Case(image: [1, 96, 5, 5], weights: [96, 96, 3, 3], addsInput: true, slope: 0),
    ])
    func bitsDoNotDependOnTheBatch(_ given: Case) throws {
        let images = given.images(count: 33)
        func results(from first: Int, _ batch: Int) throws -> [Float] {
            let (result, x) = try given.graph(batch: batch)
            let size = images.values.count / 33
            let part = Tensor(shape: x.shape, values: Array(images.values[first * size..<(first + batch) * size]))
            return try Program(computing: [result], from: [x], convolving: .winograd).makeExecutor().run([part])[0].values
        }
        let whole = try results(from: 0, 33)
        let size = whole.count / 33
        for (first, batch) in [(0, 1), (32, 1), (5, 2), (3, 7), (1, 8), (11, 9), (16, 16), (2, 31)] {
            let part = try results(from: first, batch)
            #expect(part == Array(whole[first * size..<(first + batch) * size]), "\(batch) images from \(first) on")
        }
    }

    /// A NaN reaches the outputs whose window holds it, through a fused rectifier too, and no other image.
    @Test(.enabled(if: isKnown), arguments: [2, 9], [Float.nan, .infinity])
    func aNaNStaysInItsImage(batch: Int, broken: Float) throws {
        for given in Case.all {
            let (result, x) = try given.graph(batch: batch)
            var images = given.images(count: batch)
            let size = images.values.count / batch
            images.values[size + size / 2] = broken
            let results = try Program(computing: [result], from: [x], convolving: .winograd).makeExecutor().run([images])[0].values
            let count = results.count / batch
            for image in 0..<batch {
                let plane = results[image * count..<(image + 1) * count]
                #expect(plane.allSatisfy(\.isFinite) == (image != 1), "\(given), image \(image)")
                if broken.isNaN, image == 1 { #expect(plane.count(where: \.isNaN) >= given.weights[0]) }
            }
        }
    }

    /// For the padding of the convolution, more and less: by 1e-5 of the largest at most from the truth.
    @Test(.enabled(if: isKnown), arguments: Case.all, [[0, 0], [1, 1], [2, 0], [0, 1]])
    func adjointsAreNearTheTruth(_ given: Case, padding: [Int]) throws {
        var generator = SeededGenerator(seed: 5)
        let (slope, input) = try given.adjoint(paddingBefore: padding, paddingAfter: [padding[1], 1])
        let numbers = Tensor.random(input.shape, &generator)
        let truth = try ReferenceEvaluator().evaluate([slope], inputs: [input: numbers.values.map(Double.init)])[0]
        let program = try Program(computing: [slope], from: [input], convolving: .winograd)
        #expect(program.convolution == .winograd)
        let executor = try program.makeExecutor(memoryFilledWith: 0xff)
        let computed = try executor.run([numbers])[0].values
        #expect(largestDifference(computed, truth) < 1e-5)
        #expect(computed != (try Program(computing: [slope], from: [input]).makeExecutor().run([numbers])[0].values))
        #expect(computed == (try executor.run([numbers])[0].values))
    }

    /// With a frame on two sides, and on all four.
    @Test(.enabled(if: isKnown), arguments: Case.all, [([0, 1], [1, 0]), ([0, 0], [0, 0])])
    func adjointsDoNotDependOnTheBatch(_ given: Case, padding: ([Int], [Int])) throws {
        var generator = SeededGenerator(seed: 5)
        let shape = try given.adjoint(batch: 33, paddingBefore: padding.0, paddingAfter: padding.1).numbers.shape
        let numbers = Tensor.random(shape, &generator), size = numbers.values.count / 33
        func results(from first: Int, _ batch: Int, of numbers: Tensor) throws -> [Float] {
            let (slope, input) = try given.adjoint(batch: batch, paddingBefore: padding.0, paddingAfter: padding.1)
            let part = Tensor(shape: input.shape, values: Array(numbers.values[first * size..<(first + batch) * size]))
            return try Program(computing: [slope], from: [input], convolving: .winograd).makeExecutor().run([part])[0].values
        }
        let whole = try results(from: 0, 33, of: numbers)
        let row = whole.count / 33
        for (first, batch) in [(0, 1), (32, 1), (5, 2), (3, 7), (16, 16), (2, 31)] {
            let part = try results(from: first, batch, of: numbers)
            #expect(part == Array(whole[first * row..<(first + batch) * row]), "\(batch) images from \(first) on")
        }
        // A NaN stays in its image.
        var broken = numbers
        broken.values[size + size / 2] = .nan
        let spoilt = try results(from: 0, 33, of: broken)
        #expect(spoilt[row..<2 * row].contains { $0.isNaN })
        #expect(Array(spoilt[..<row]) == Array(whole[..<row]) && Array(spoilt[(2 * row)...]) == Array(whole[(2 * row)...]))
    }

    /// A kernel made on a thread where nothing ran before, as an attack's is, computes what another does.
    @Test(.enabled(if: isKnown)) func adjointsDoNotDependOnTheThread() async throws {
        @Sendable func results() throws -> [Float] {
            let given = Case.all[0]
            let (slope, input) = try given.adjoint(paddingBefore: [0, 0], paddingAfter: [0, 0])
            var generator = SeededGenerator(seed: 7)
            let numbers = Tensor.random(input.shape, &generator)
            return try Program(computing: [slope], from: [input], convolving: .winograd).makeExecutor().run([numbers])[0].values
        }
        let fresh = try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try results() }) }.start()
        }
        _ = try results()
        #expect(try results() == fresh)
    }

    /// Where the weights vary, as in training, both adjoints are computed by the algorithm, for the whole batch.
    @Test(.enabled(if: isKnown), arguments: Case.all) func adjointsOfVariableWeightsAreNearTheTruth(_ given: Case) throws {
        var generator = SeededGenerator(seed: 6)
        let (x, w) = (Node.input("x", shape: given.image), Node.input("w", shape: given.weights))
        let y = try x.convolution(weights: w, geometry: .init(padding: given.padding))
        let numbers = Tensor.random(y.shape, &generator)
        let values = [Tensor.random(x.shape, &generator), .random(w.shape, &generator)]
        let slopes = try gradient(of: (y * .constant(numbers)).sum(), with: [x, w])
        let inputs = Dictionary(uniqueKeysWithValues: zip([x, w], values.map { $0.values.map(Double.init) }))
        let truth = try ReferenceEvaluator().evaluate(slopes, inputs: inputs)
        for (slope, expected) in zip(slopes, truth) {
            let program = try Program(computing: [slope], from: [x, w], convolving: .winograd)
            #expect(program.convolution == .winograd)
            let computed = try program.makeExecutor(memoryFilledWith: 0xff).run(values)[0].values
            #expect(largestDifference(computed, expected) < 1e-4)
            #expect(computed != (try Program(computing: [slope], from: [x, w]).makeExecutor().run(values)[0].values))
        }
    }

    /// Only 3×3, of stride and dilation 1, in one group, of at least 32 channels on both sides; and only where it is asked for.
    @Test(.enabled(if: isKnown), arguments: [
        (true, [32, 32, 3, 3], ConvolutionGeometry()), (true, [200, 32, 3, 3], .init(padding: 1)),
        (true, [32, 64, 3, 3], .init(paddingBefore: [1, 0], paddingAfter: [0, 1])),
        (false, [31, 32, 3, 3], .init()), (false, [32, 31, 3, 3], .init()), (false, [32, 32, 3, 3], .init(stride: 2, padding: 1)),
        (false, [32, 32, 3, 3], .init(strides: [1, 2])), (false, [32, 32, 3, 3], .init(dilation: [1, 2])),
        (false, [64, 32, 3, 3], .init(padding: 1, groups: 2)), (false, [32, 32, 5, 5], .init()), (false, [32, 32, 1, 1], .init()),
        (false, [32, 32, 3, 1], .init()),
        (false, [32, 32, 3, 3], .init(padding: 2)),  // which the library has not
    ] as [(Bool, [Int], ConvolutionGeometry)])
    func theRuleIsOfShapesAlone(suits: Bool, weights: [Int], geometry: ConvolutionGeometry) throws {
        for batch in [1, 20] {
            let x = Node.input("x", shape: [batch, weights[1] * geometry.groups, 12, 12])
            let node = try x.convolution(weights: .constant(Tensor(shape: weights, repeating: 1)), geometry: geometry)
            let program = try Program(computing: [node], from: [x], convolving: .winograd)
            #expect(program.convolution == (suits ? .winograd : .direct))
            #expect(try Program(computing: [node], from: [x]).convolution == .direct)
        }
    }

    /// Where the library does not know it, convolutions are direct ones, to the last bit.
    @Test(arguments: ["SSE41", "AVX2"]) func olderProcessorsConvolveDirectly(instructionSet: String) async {
        await #expect(processExitsWith: .success) { [instructionSet = instructionSet as String] in
            setenv("DNNL_MAX_CPU_ISA", instructionSet, 1)
            #expect(!ConvolutionAlgorithm.winograd.isAvailable)
            for given in Case.all.prefix(3) {
                let (result, x) = try given.graph()
                let images = given.images(count: given.image[0])
                let results = try [ConvolutionAlgorithm.direct, .winograd].map { algorithm in
                    let program = try Program(computing: [result], from: [x], convolving: algorithm)
                    #expect(program.convolution == .direct)
                    return try program.makeExecutor().run([images])[0].values
                }
                #expect(results[0] == results[1])
                let (slope, numbers) = try given.adjoint(paddingBefore: [0, 1], paddingAfter: [1, 0])
                #expect(try Program(computing: [slope], from: [numbers], convolving: .winograd).convolution == .direct)
            }
        }
    }
}

extension Tensor {
    fileprivate static func random(_ shape: [Int], times factor: Float = 1, _ generator: inout SeededGenerator) -> Tensor {
        Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in factor * .random(in: -1...1, using: &generator) })
    }
}
