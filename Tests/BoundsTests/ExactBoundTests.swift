import Foundation
import SuretyBounds
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

/// Proven margins beside what they bound: the network's exact logits, in rational arithmetic, and those of every way to
/// compute them in single precision.
@Suite struct ExactBoundTests {
    private static let points = 2

    /// On networks of every scale no margin falls below its bound: not the exact one, and not one computed in whatever order,
    /// fused or not, folded or not, with small numbers kept or taken for zero.
    @Test(arguments: ExactNetworks.families, BoundsSettings.norms)
    func holdsForEveryEvaluation(family: String, norm: Norm) throws {
        var proofs = 0
        for seed in 1...16 {
            let network = try ExactNetworks.network(family, seed: seed)
            let folded = try? network.foldingNormalisation()
            var generator = SeededGenerator(seed: seed)
            let images = try Self.images(labelledBy: network, &generator)
            let bounds = try ProvenBound.Method.allCases.map { try ProvenBound(of: network, norm: norm, method: $0) }
            for epsilon in [0, 1e-6, 0.02] {
                let found = try bounds.map {
                    try $0.margins(of: images, at: Array(0..<images.count), epsilon: epsilon, threads: 1)
                }
                for image in 0..<images.count where max(found[0][image], found[1][image]) > -.infinity {
                    let bound = Dyadic(max(found[0][image], found[1][image]))
                    if bound > .zero { proofs += 1 }
                    for _ in 0..<Self.points {
                        let x = Self.point(near: images.image(at: image), within: epsilon, norm, &generator)
                        var exact = ExactArithmetic()
                        let margin = Self.margin(network.logits(of: x, in: &exact), images.label(at: image))
                        #expect(bound <= margin, "\(seed), ε \(epsilon): \(bound.approximation), exactly \(margin.approximation)")
                        for (evaluated, flushes) in [(network, false), (network, true), (folded, false), (folded, true)] {
                            guard let evaluated else { continue }
                            var single = SingleArithmetic(
                                generator: SeededGenerator(seed: Int(generator.next() >> 8)), flushes: flushes)
                            let logits = evaluated.logits(of: x, in: &single)
                            guard logits.allSatisfy(\.isFinite) else {
                                // What folding makes may overflow by itself.
                                #expect(evaluated.vertices.count < network.vertices.count, "\(seed): \(logits) is proven")
                                continue
                            }
                            let computed = Self.margin(logits.map { Dyadic($0) }, images.label(at: image))
                            #expect(
                                bound <= computed,
                                "\(seed), ε \(epsilon): \(bound.approximation), computed \(computed.approximation)")
                        }
                    }
                }
            }
        }
        // For networks no worse than those in use, much is proven; if all numbers are nearly 0, nothing can be.
        #expect(proofs >= 20 || family == "pool of next to nothing", "\(proofs) proofs")
    }

    /// With weights of ±10⁸ an exact margin of ½ is nothing: summed up in this order the answer is another one.
    @Test func provesNothingWhereRoundingDecides() throws {
        let network = try Self.network(
            [[1e8, 3, -1e8, -3.1], [0, 0, 0, 0]], [0, 0], then: [[0, 0], [1, 0]], [0.5, 0])
        let image: [Float] = [0.5, 1, 0.5, 1]
        var exact = ExactArithmetic()
        let logits = network.logits(of: image, in: &exact)
        #expect(Self.margin(logits, 0) == Dyadic(0.5))
        let sum: Float = (((1e8 * 0.5) + 3) - 1e8 * 0.5) - 3.1
        #expect(sum > 0.5)
        for norm in BoundsSettings.norms {
            for method in ProvenBound.Method.allCases {
                #expect(try Self.margin(network, image, norm, method) <= 0.5 - Double(sum), "\(norm), \(method)")
            }
        }
    }

    /// A long sum in turn, to which each product adds less than half a unit in the last place: more is lost than on a bound's
    /// way back, which adds up two numbers only.
    @Test func countsTheTermsOfEverySum() throws {
        let count = 2000
        var builder = try NetworkBuilder(imageShape: [1, 1, count])
        let first = (0..<count).map { $0 == 0 ? Float(1) : 0x1p-25 }
        let second = (0..<count).map { $0 == 0 ? Float(1 + 0x1p-15) : 0 }
        try builder.add(Tensor(shape: [2, count], values: first + second), as: "weights")
        let flat = try builder.append(.reshape(to: [count]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "weights", bias: nil), to: [flat])
        let network = try builder.network(output: logits)
        let image = [Float](repeating: 1, count: count)
        var exact = ExactArithmetic()
        let margin = Self.margin(network.logits(of: image, in: &exact), 0)
        #expect(margin > Dyadic(2e-5))
        let sum = first.reduce(0, +)
        #expect(sum == 1, "the sum from the first product on")
        for method in ProvenBound.Method.allCases {
            #expect(try Self.margin(network, image, .l2, method) <= Double(sum) - Double(second[0]), "\(method)")
        }
    }

    /// An element of which nothing is known, ∞ − ∞, is not passed over by a pool, wherever in the window it is. The true one
    /// is 5·10⁴⁹, and another class's.
    @Test(arguments: 0..<4) func aBoxThatIsNotANumberProvesNothing(place: Int) throws {
        var rows = [[Float]](repeating: [0, 0], count: 4)
        rows[place] = [1e30, -0.5e30]
        var builder = try NetworkBuilder(imageShape: [1, 1, 1])
        try builder.add(Tensor(shape: [2, 1], values: [1e20, 1e20]), as: "first")
        try builder.add(Tensor(shape: [4, 2], values: rows.flatMap(\.self)), as: "second")
        try builder.add(Tensor(shape: [4], repeating: 0.1), as: "shift")
        let pixel = try builder.append(.reshape(to: [1]), to: [builder.image])
        let hidden = try builder.append(.dense(weights: "first", bias: nil), to: [pixel])
        let elements = try builder.append(.dense(weights: "second", bias: "shift"), to: [hidden])
        let square = try builder.append(.reshape(to: [1, 2, 2]), to: [elements])
        let network = try Self.comparingMaximum(of: square, with: 1, &builder)
        for norm in BoundsSettings.norms {
            for method in ProvenBound.Method.allCases {
                #expect(try Self.margin(network, [1], norm, method) == -.infinity)
            }
        }
    }

    /// Ends of boxes that the processor takes for zero decide no window of a pool. Of 0 and an element between 2⁻¹³⁰ and 1 the
    /// second is the larger, and the processor sees no difference.
    @Test(arguments: ProvenBound.Method.allCases) func endsOfNextToNothingDecideNothing(method: ProvenBound.Method) throws {
        var builder = try NetworkBuilder(imageShape: [1, 1, 1])
        let none = try builder.append(.clip(0...0), to: [builder.image])
        let some = try builder.append(.clip(0x1p-130...1), to: [builder.image])
        let pair = try builder.append(.concatenation(axis: 2), to: [none, some])
        let network = try Self.comparingMaximum(of: pair, with: 0.4, &builder)
        let images = try Self.images([[0]], [0], shape: [1, 1, 1])
        for norm in BoundsSettings.norms {
            let bound = try ProvenBound(of: network, norm: norm, method: method)
            // Within ½ of 0 the margin falls to 0.4 − 0.5.
            #expect(try bound.margins(of: images, at: [0], epsilon: 0.5, threads: 1)[0] <= Double(Float(0.4)) - 0.5)
        }
    }

    /// A network whose class 0 has the logit `constant`, and class 1 the maximum of all elements of `image`.
    private static func comparingMaximum(
        of image: Int, with constant: Float, _ builder: inout NetworkBuilder
    ) throws -> Network {
        let window = Window(size: Array(builder.shape(of: image).dropFirst()), strides: [1, 1])
        let pooled = try builder.append(.maximumPool(window), to: [image])
        let flat = try builder.append(.reshape(to: [1]), to: [pooled])
        try builder.add(Tensor(shape: [2, 1], values: [0, 1]), as: "last")
        try builder.add(Tensor(shape: [2], values: [constant, 0]), as: "bias")
        let logits = try builder.append(.dense(weights: "last", bias: "bias"), to: [flat])
        return try builder.network(output: logits)
    }

    /// Where reading rounded parameters, a proof holds for all that the file's numbers may be.
    @Test func holdsForParametersThatReadingRounded() throws {
        func network(_ errors: Tensor?) throws -> Network {
            var builder = try NetworkBuilder(imageShape: [1, 2, 2])
            try builder.add(Tensor(shape: [2, 4], values: [1, 1, 1, 1, 0, 0, 0, 0]), as: "weights", errors: errors)
            try builder.add(Tensor(shape: [2], values: [0, 1.99]), as: "bias")
            let flat = try builder.append(.reshape(to: [4]), to: [builder.image])
            let logits = try builder.append(.dense(weights: "weights", bias: "bias"), to: [flat])
            return try builder.network(output: logits)
        }
        let image: [Float] = [0.5, 0.5, 0.5, 0.5]
        let rounded = Tensor(shape: [2, 4], repeating: 0.005)
        for norm in BoundsSettings.norms {
            for method in ProvenBound.Method.allCases {
                #expect(try Self.margin(network(nil), image, norm, method) > 0.0099)
                // Each logit may be off by 4 · 0.005 · ½.
                let bound = try Self.margin(network(rounded), image, norm, method)
                #expect(bound <= -0.01 && bound > -0.0101, "\(norm), \(method)")
            }
        }
    }

    /// The same for every kind of layer: parameters anywhere within what reading may have changed give no smaller margin.
    @Test(arguments: ["normalisation", "batch normalisation", "parameter arithmetic", "convolution", "dense along an axis"])
    func holdsForEveryLayerThatReadingRounded(name: String) throws {
        let exact = try BoundedNetworks.network(name)
        var generator = SeededGenerator(seed: 3)
        let images = try ProvenBoundTests.labelled(exact, count: 4)
        func variant(_ errors: Bool, _ change: (Float) -> Float) throws -> Network {
            var builder = try NetworkBuilder(imageShape: exact.imageShape)
            for (parameter, tensor) in exact.parameters.sorted(by: { $0.key < $1.key }) {
                let error = tensor.values.map { 0x1p-12 * abs($0) }
                try builder.add(
                    Tensor(shape: tensor.shape, values: zip(tensor.values, error).map { $0 + change($1) }), as: parameter,
                    errors: errors ? Tensor(shape: tensor.shape, values: error) : nil)
            }
            var place = [builder.image]
            for vertex in exact.vertices.dropFirst() {
                place.append(try builder.append(vertex.layer, to: vertex.inputs.map { place[$0] }))
            }
            return try builder.network(output: place[place.count - 1])
        }
        let indices = Array(0..<images.count)
        for method in ProvenBound.Method.allCases {
            let bound = try ProvenBound(of: variant(true) { _ in 0 }, norm: .linf, method: method)
            let found = try bound.margins(of: images, at: indices, epsilon: 0.001, threads: 1)
            let without = try ProvenBound(of: exact, norm: .linf, method: method)
                .margins(of: images, at: indices, epsilon: 0.001, threads: 1)
            #expect(zip(found, without).allSatisfy { $0 < $1 && $0 > $1 - 0.5 })
            for trial in 0..<12 {
                let changed = try variant(false) {
                    0.99 * (trial % 3 == 0 ? Float.random(in: -$0...$0, using: &generator) : Bool.random(using: &generator) ? $0 : -$0)
                }
                let logits = try Evaluation(of: changed, on: images, count: images.count, threads: 1).logits.values
                for image in indices {
                    let row = logits[image * exact.classCount..<(image + 1) * exact.classCount].map { Dyadic($0) }
                    #expect(Dyadic(found[image]) <= Self.margin(row, images.label(at: image)))
                }
            }
        }
    }

    /// Dense, rectifier, dense.
    private static func network(
        _ first: [[Float]], _ shift: [Float], then second: [[Float]], _ bias: [Float]
    ) throws -> Network {
        let size = first[0].count
        var builder = try NetworkBuilder(imageShape: [1, 1, size])
        try builder.add(Tensor(shape: [first.count, size], values: first.flatMap(\.self)), as: "first")
        try builder.add(Tensor(shape: [shift.count], values: shift), as: "shift")
        try builder.add(Tensor(shape: [second.count, first.count], values: second.flatMap(\.self)), as: "second")
        try builder.add(Tensor(shape: [bias.count], values: bias), as: "bias")
        let flat = try builder.append(.reshape(to: [size]), to: [builder.image])
        let hidden = try builder.append(.dense(weights: "first", bias: "shift"), to: [flat])
        let bent = try builder.append(.relu, to: [hidden])
        let logits = try builder.append(.dense(weights: "second", bias: "bias"), to: [bent])
        return try builder.network(output: logits)
    }

    /// The bound on the margin of class 0 at an image itself.
    private static func margin(
        _ network: Network, _ image: [Float], _ norm: Norm, _ method: ProvenBound.Method
    ) throws -> Double {
        let images = try Self.images([image], [0], shape: network.imageShape)
        return try ProvenBound(of: network, norm: norm, method: method)
            .margins(of: images, at: [0], epsilon: 0, threads: 1)[0]
    }

    private static func images(_ pixels: [[Float]], _ labels: [Int], shape: [Int]) throws -> LabelledImages {
        try LabelledImages(
            name: "made", split: .test, pixels: .float32(pixels.flatMap(\.self)), count: pixels.count, shape: shape,
            labels: labels, source: "made")
    }

    /// Images in which each pixel has an equal neighbour, labelled by the exact logits.
    private static func images(labelledBy network: Network, _ generator: inout SeededGenerator) throws -> LabelledImages {
        let size = network.imageShape.elementCount
        let pixels = (0..<3).map { _ in
            (0..<size / 2).flatMap { _ in
                let pixel = Float.random(in: 0...1, using: &generator)
                return [pixel, pixel]
            }
        }
        let labels = pixels.map { image in
            var exact = ExactArithmetic()
            let logits = network.logits(of: image, in: &exact)
            return logits.indices.max { logits[$0] < logits[$1] } ?? 0
        }
        return try images(pixels, labels, shape: network.imageShape)
    }

    /// A point of the ball in [0, 1], often one of its corners.
    private static func point(
        near x: [Float], within epsilon: Double, _ norm: Norm, _ generator: inout SeededGenerator
    ) -> [Float] {
        let reach = (norm == .linf ? epsilon : epsilon / Double(x.count).squareRoot()) * 0.9999
        return x.map { pixel in
            let step = Bool.random(using: &generator)
                ? Double.random(in: -reach...reach, using: &generator) : Bool.random(using: &generator) ? reach : -reach
            let moved = Float(min(max(Double(pixel) + step, 0), 1))
            // Rounding must not leave the ball.
            return abs(Double(moved) - Double(pixel)) <= reach ? moved : pixel
        }
    }

    private static func margin(_ logits: [Dyadic], _ label: Int) -> Dyadic {
        let others = logits.indices.filter { $0 != label }.map { logits[label] - logits[$0] }
        return others.dropFirst().reduce(others[0]) { min($0, $1) }
    }
}
