import Foundation
import SuretyGraphs
import SuretyTensors
import TestSupport

/// An integer network grown at random: pixels and half pixels rounded to whole numbers, a first convolution exact in floating
/// point, and then codes all the way, through layers of all kinds. Half of the scales are powers of two, which make many ties.
struct RandomIntegerGraph {
    let input: Node
    private(set) var outputs: [Node] = []
    let values: [Float]

    private var generator: SeededGenerator
    /// Codes, and the zero point of each.
    private var codes: [(node: Node, zeroPoint: Int)] = []

    init(seed: Int, batch: Int? = nil) throws {
        var generator = SeededGenerator(seed: seed)
        let shape = [
            batch ?? [1, 2, 7].randomElement(using: &generator)!, [1, 3].randomElement(using: &generator)!,
            Int.random(in: 4...9, using: &generator), Int.random(in: 4...9, using: &generator),
        ]
        // Drawn apart, so that the network is the same for every batch.
        var pixels = SeededGenerator(seed: seed + 1_000_000)
        values = (0..<shape.elementCount).map { _ in Float(Int.random(in: -1000...1500, using: &pixels)) / 2 }
        input = Node.input("image", shape: shape)
        self.generator = generator
        try addFirstLayer()
        for _ in 0..<number(3...9) {
            if let new = try layer(on: codes[chance(3) ? codes.count - 1 : number(0...codes.count - 1)]),
                new.node.shape[1...].elementCount <= 3000
            {
                codes.append(new)
            }
        }
        outputs = codes.suffix(3).map(\.node)
        let last = codes[codes.count - 1]
        outputs.append(try numbers(of: last, outputs: 10).dequantisedToItself())
    }

    // MARK: growth

    private mutating func addFirstLayer() throws {
        let whole = try input.rounded().clipped(to: -400...500)
        let outputs = pick([1, 5, 16, 20])
        let unit = Float(sign: .plus, exponent: -number(4...9), significand: 1)
        let weights = Tensor(shape: [outputs, input.shape[1], 3, 3], values: (0..<outputs * input.shape[1] * 9).map { _ in
            Float(number(-150...150)) * unit
        })
        let bias = Tensor(shape: [outputs], values: (0..<outputs).map { _ in Float(number(-9999...9999)) * unit })
        let sums = try whole.convolution(
            weights: .constant(weights), bias: .constant(bias), geometry: ConvolutionGeometry(padding: 1))
        let zeroPoint = pick([0, 0, 128, 77])
        codes = [(try sums.quantised(Quantisation(scale: pick([0.5, 1, 2, 64]), zeroPoint: zeroPoint)), zeroPoint)]
    }

    private mutating func layer(on x: (node: Node, zeroPoint: Int)) throws -> (node: Node, zeroPoint: Int)? {
        let shape = x.node.shape
        switch number(0...9) {
        case 0...3:
            let zeroPoint = pick([0, 0, 128, 128, 77])
            return (try numbers(of: x).quantised(Quantisation(scale: 1, zeroPoint: zeroPoint)), zeroPoint)
        case 4 where shape.count == 4 && shape[2] > 2 && shape[3] > 2:
            let window = Window(
                size: [2, 2], strides: [number(1...2), number(1...2)], paddingBefore: [number(0...1), 0])
            return (try x.node.maximumPool(window), x.zeroPoint)
        case 5, 6:
            guard let other = codes.last(where: { $0.node.shape == shape }) else { return nil }
            let zeroPoint = pick([0, 128])
            let sum = try x.node.sumOfCodes(
                Quantisation(scale: 0.5, zeroPoint: x.zeroPoint), and: other.node,
                Quantisation(scale: pick([0.125, 0.5, 2]), zeroPoint: other.zeroPoint),
                as: Quantisation(scale: pick([0.5, 1]), zeroPoint: zeroPoint))
            return (sum, zeroPoint)
        case 7:
            return (try x.node.lookedUp(in: (0..<256).map { _ in UInt8(number(0...255)) }), x.zeroPoint)
        case 8:
            let others = codes.filter { $0.node.shape.count == shape.count && $0.node.shape != shape }.filter { other in
                shape.indices.allSatisfy { $0 == 1 || shape[$0] == other.node.shape[$0] }
            }
            let parts = [x.node, x.node] + others.prefix(1).map(\.node)
            return (try Node.concatenated(parts, axis: 1), x.zeroPoint)
        case 9 where shape.count == 4 && chance(2):
            return (try x.node.reshaped(to: [shape[0], shape[1...].elementCount]), x.zeroPoint)
        default:
            return nil
        }
    }

    /// An integer convolution of an image, or a matrix product of rows.
    private mutating func numbers(of x: (node: Node, zeroPoint: Int), outputs: Int? = nil) throws -> Node {
        let isImage = x.node.shape.count == 4
        let image = isImage ? x.node : try x.node.reshaped(to: x.node.shape + [1, 1])
        let channels = image.shape[1]
        let groups = isImage && outputs == nil ? pick([1, 1, channels, channels % 2 == 0 ? 2 : 1]) : 1
        let results = outputs ?? groups * (groups == 1 ? pick([1, 3, 16, 20, 33]) : number(1...2))
        let size = [pick([1, 2, 3]), pick([1, 3])].enumerated().map { min($1, image.shape[2 + $0]) }
        var geometry = ConvolutionGeometry(groups: groups)
        for axis in 0..<2 where size[axis] > 1 {
            geometry.paddingBefore[axis] = number(0...1)
            geometry.paddingAfter[axis] = number(0...1)
            if size[axis] == 3, image.shape[2 + axis] >= 5 { geometry.dilation[axis] = number(1...2) }
            geometry.strides[axis] = number(1...2)
        }
        let width = channels / groups * size[0] * size[1]
        let isWide = chance(3), reach = isWide ? 127 : 64
        let weights = Tensor(shape: [results, channels / groups] + size, values: (0..<results * width).map { _ in
            chance(4) ? Float(pick([-reach, reach])) : Float(number(-reach...reach))
        })
        let bias = Tensor(shape: [results], values: (0..<results).map { _ in Float(number(-20_000...20_000)) })
        let typical = 2 / (Float(reach) * Float(width).squareRoot())
        let scales = (0..<results).map { _ in
            chance(2)
                ? typical * Float.random(in: 0.3...3, using: &generator)
                : Float(sign: .plus, exponent: typical.exponent, significand: 1)
        }
        let sums = try image.integerConvolution(
            weights: .constant(weights), bias: .constant(bias), scales: scales, zeroPoint: x.zeroPoint, hasWideWeights: isWide,
            geometry: geometry)
        return isImage ? sums : try sums.reshaped(to: [x.node.shape[0], results])
    }

    // MARK: chance

    private mutating func number(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
    private mutating func chance(_ odds: Int) -> Bool { number(1...odds) == 1 }
    private mutating func pick<Element>(_ choices: [Element]) -> Element { choices[number(0...choices.count - 1)] }
}

extension ArraySlice<Int> {
    fileprivate var elementCount: Int { reduce(1, *) }
}

extension Node {
    /// The same numbers by way of a dequantisation that changes nothing.
    fileprivate func dequantisedToItself() throws -> Node { try dequantised(Quantisation(scale: 1)) }
}
