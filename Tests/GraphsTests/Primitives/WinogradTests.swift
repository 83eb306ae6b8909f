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
            }
        }
    }
}

extension Tensor {
    fileprivate static func random(_ shape: [Int], times factor: Float = 1, _ generator: inout SeededGenerator) -> Tensor {
        Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in factor * .random(in: -1...1, using: &generator) })
    }
}
