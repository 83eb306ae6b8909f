import SuretyGraphs
import SuretyTensors
import TestSupport

/// A graph grown at random from operations as networks combine them: convolutions and dense layers
/// with scales and shifts around them, residuals, several uses of one node, several outputs.
struct RandomGraph {
    private(set) var inputs: [Node] = []
    private(set) var outputs: [Node] = []
    private(set) var values: [[Float]] = []

    private var generator: SeededGenerator
    private var nodes: [Node] = []

    init(seed: Int) throws {
        generator = SeededGenerator(seed: seed)
        let batch = pick([1, 2, 7])
        addInput([batch, pick([1, 3, 5, 16, 20]), number(1...8), number(1...8)])
        if chance(3) { addInput([batch, number(1...20)]) }
        for _ in 0..<number(4...14) {
            let node = chance(2) ? nodes[nodes.count - 1] : pick(nodes)
            let new = try node.shape.count == 4 ? afterImage(node) : afterMatrix(node)
            if new.shape.elementCount <= 20_000 { nodes.append(new) }
        }
        outputs = [nodes[nodes.count - 1]]
        for _ in 0..<number(0...2) { outputs.append(pick(nodes)) }
    }

    // MARK: growth

    private mutating func afterImage(_ x: Node) throws -> Node {
        let channels = x.shape[1]
        switch number(0...15) {
        case 0, 1: return try convolution(of: x, to: pick([1, 3, 5, 8, 16, 20]))
        case 2: return try convolution(of: x, to: channels, keepingShape: true) + x
        case 3: return try x + convolution(of: x, to: channels, keepingShape: true).relu()
        case 4, 5: return try scaledOrShifted(convolution(of: x, to: pick([3, 5, 16])), by: [pick([3, 5, 16]), 1, 1])
        case 6: return try scaledOrShifted(x, by: chance(2) ? [channels, 1, 1] : pick([[1, channels, 1, 1], [], x.shape]))
        case 7, 8: return try activation(of: x)
        case 9: return try pool(of: x)
        case 10: return try combination(of: x)
        case 11: return try .concatenated([x, pick(nodes.filter { $0.shape.count == 4 && $0.shape.dropFirst(2) == x.shape.dropFirst(2) && $0.shape[0] == x.shape[0] })], axis: 1)
        case 12:
            let start = x.shape.map { number(0...($0 - 1)) }
            return try x.sliced(from: [0] + start.dropFirst(), to: x.shape, by: [1, pick([1, 2]), 1, pick([1, 2])])
        case 13:
            return try x.padded(before: [0, 0, number(0...1), 0], after: [0, number(0...2), 0, number(0...1)], with: pick([0, 0, 0.5]))
        case 14: return try x.transposed(pick([[0, 2, 3, 1], [0, 3, 1, 2], [0, 1, 3, 2]]))
        default:
            let flat = [x.shape[0], x.shape.dropFirst().reduce(1, *)]
            return try chance(3) ? x.mean(over: [2, 3]) : x.reshaped(to: flat)
        }
    }

    private mutating func afterMatrix(_ x: Node) throws -> Node {
        let (batch, width) = (x.shape[0], x.shape[1])
        switch number(0...9) {
        case 0, 1: return try dense(of: x, to: pick([1, 5, 16, 20]))
        case 2: return try dense(of: x, to: width) + x
        case 3: return try scaledOrShifted(dense(of: x, to: 5), by: pick([[5], [1, 5], [], [batch, 5]]))
        case 4: return try scaledOrShifted(x, by: [width])
        case 5: return try activation(of: x)
        case 6: return try combination(of: x)
        case 7: return try .concatenated([x, pick(nodes.filter { $0.shape.count == 2 && $0.shape[0] == batch })], axis: 1)
        case 8:
            let height = width.isMultiple(of: 4) ? 4 : 1
            return try x.reshaped(to: [batch, width / height, height, 1])
        default: return try x.softmax(axis: 1)
        }
    }

    private mutating func convolution(of x: Node, to outputs: Int, keepingShape: Bool = false) throws -> Node {
        let groups = x.shape[1] == outputs && chance(3) ? outputs : 1
        var weights = [outputs, x.shape[1] / groups, pick([1, 3]), pick([1, 3])]
        var geometry = ConvolutionGeometry(
            strides: keepingShape ? [1, 1] : [pick([1, 1, 2]), pick([1, 1, 2])],
            paddingBefore: [weights[2] / 2, weights[3] / 2], paddingAfter: [weights[2] / 2, weights[3] / 2], groups: groups)
        if !keepingShape && chance(4) && x.shape[2] > 1 {
            weights[2] = 2
            geometry.paddingBefore[0] = 1
            geometry.paddingAfter[0] = 0
        }
        return try x.convolution(
            weights: parameter(weights, scale: 1 / Float(weights[1] * weights[2] * weights[3]).squareRoot()),
            bias: chance(2) ? parameter([outputs]) : nil, geometry: geometry)
    }

    private mutating func dense(of x: Node, to outputs: Int) throws -> Node {
        let weights = parameter([outputs, x.shape[1]], scale: 1 / Float(x.shape[1]).squareRoot())
        return try x.dense(weights: weights, bias: chance(2) ? parameter([outputs]) : nil)
    }

    /// One to three steps as batch normalisation is exported: by a constant on either side.
    private mutating func scaledOrShifted(_ x: Node, by shape: [Int]) throws -> Node {
        var x = x
        for _ in 0..<number(1...3) {
            let matching = shape.count == 3 ? [x.shape[1], 1, 1] : shape
            let constant = parameter(matching, offset: 1.5)
            x =
                switch number(0...5) {
                case 0: try x + constant
                case 1: try constant + x
                case 2: try x * constant
                case 3: try constant * x
                case 4: try x - constant
                default: try chance(2) ? x / constant : constant - x
                }
        }
        return chance(2) ? try activation(of: x) : x
    }

    private mutating func activation(of x: Node) throws -> Node {
        switch number(0...5) {
        case 0: try x.leakyRelu(slope: 0.2)
        case 1: try x.clipped(to: pick([-0.5...0.75, 0.1...2]))
        case 2: try x.tanh()
        default: try x.relu()
        }
    }

    private mutating func pool(of x: Node) throws -> Node {
        let size = [min(x.shape[2], pick([2, 3])), min(x.shape[3], pick([1, 2]))]
        let window = Window(
            size: size, strides: [number(1...2), number(1...2)], paddingBefore: [size[0] / 2, 0],
            paddingAfter: [0, size[1] / 2])
        return switch number(0...2) {
        case 0: try x.averagePool(window, countingPadding: chance(2))
        default: try x.maximumPool(window)
        }
    }

    private mutating func combination(of x: Node) throws -> Node {
        let other = pick(nodes.filter { $0.shape == x.shape })
        return switch number(0...3) {
        case 0: try x - other
        case 1: try x * other
        default: try x + other
        }
    }

    // MARK: chance

    private mutating func addInput(_ shape: [Int]) {
        let input = Node.input("input \(inputs.count)", shape: shape)
        inputs.append(input)
        nodes.append(input)
        values.append(generator.distinctValues(count: shape.elementCount))
    }

    /// A constant with values from `offset` − `scale` to `offset` + `scale`.
    private mutating func parameter(_ shape: [Int], scale: Float = 1, offset: Float = 0) -> Node {
        let values = generator.distinctValues(count: shape.elementCount).map { offset + scale * $0 }
        return .constant(Tensor(shape: shape, values: values))
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }

    private mutating func chance(_ odds: Int) -> Bool { number(1...odds) == 1 }

    private mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[number(0...(choices.count - 1))] }
}
