import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

/// A backend beside the processor's: whatever knows oneDNN, its orders of memory or its fused layers must not reach it.
@Suite struct BackendTests {
    private let x = Node.input("x", shape: [3, 4])
    private let y = Node.input("y", shape: [3, 5])
    private var generator = SeededGenerator(seed: 8)

    private mutating func parameter(_ shape: [Int]) -> Node {
        .constant(Tensor(shape: shape, values: generator.distinctValues(count: shape.elementCount)))
    }

    private mutating func expectMatch(_ outputs: [Node], optimising: Bool) throws {
        let tensors = [x, y].map { Tensor(shape: $0.shape, values: generator.distinctValues(count: $0.shape.elementCount)) }
        let numbers = tensors.map { $0.values.map(Double.init) }
        let expected = try ReferenceEvaluator().evaluate(outputs, inputs: [x: numbers[0], y: numbers[1]])
        for backend in [LoopBackend(), try Engine()] as [any Backend] {
            let program = try Program(computing: outputs, from: [x, y], optimising: optimising, on: backend)
            for (result, values) in zip(try program.makeExecutor(memoryFilledWith: .max).run(tensors), expected) {
                #expect(largestDifference(result.values, values) <= 1e-5, "\(type(of: backend))")
            }
        }
    }

    /// Values go back and forth between rows and columns, are reshaped, and are overwritten where nothing needs them.
    @Test(arguments: [false, true])
    mutating func itsNumbersAreThoseOfTheDefinition(optimising: Bool) throws {
        let hidden = try x.dense(weights: parameter([5, 4]), bias: parameter([5])).relu()
        let sum = try hidden * y + y.relu()
        let last = try sum.reshaped(to: [5, 3]).dense(weights: parameter([2, 3]))
        try expectMatch([last, hidden, sum, y * hidden, last.relu(), last * last], optimising: optimising)
    }

    @Test mutating func noLayerIsFusedForItWithoutItsAsking() throws {
        let graph = try (x.dense(weights: parameter([5, 4]), bias: parameter([5])) + y).relu()
        #expect(try Engine().optimised([graph]).primitiveTypes == ["Dense"])
        #expect(try LoopBackend().optimised([graph]).primitiveTypes == ["Dense", "Arithmetic", "Rectifier"])
        try expectMatch([graph], optimising: true)
    }

    /// It has no kernel for the broadcast that folding removes.
    @Test mutating func constantsAreComputedAndScalesFoldedOnAnyBackend() throws {
        let graph = try x.dense(weights: parameter([5, 4]).relu()) * parameter([5]) + parameter([5])
        #expect(try LoopBackend().optimised([graph]).primitiveTypes == ["Dense"])
        try expectMatch([graph], optimising: true)
        #expect(throws: GraphError("loops have no kernel for broadcast")) {
            try Program(computing: [graph], from: [x], optimising: false, on: LoopBackend())
        }
    }

    @Test(arguments: [false, true]) func aPrimitiveWithoutAKernelIsRefusedByName(optimising: Bool) {
        #expect(throws: GraphError("loops have no kernel for subtract")) {
            try Program(computing: [y - y.relu()], from: [y], optimising: optimising, on: LoopBackend())
        }
    }
}

/// Plain loops for few primitives. Layers read and write matrices column by column, and all else takes what there is.
private struct LoopBackend: Backend {
    func kernel(for primitive: any Primitive, inputs: [Layout], output: [Int]) throws(GraphError) -> any Kernel {
        let count = output.elementCount
        switch primitive {
        case let dense as Dense where dense.epilogue == .none:
            let (rows, inner, columns) = (output[0], inputs[0].shape[1], output[1])
            let matrices = inputs.prefix(2).map { Layout(byColumns: $0.shape) }
            return LoopKernel(inputLayouts: matrices + inputs.dropFirst(2), outputLayout: Layout(byColumns: output)) { operands in
                for row in 0..<rows {
                    for column in 0..<columns {
                        var sum = inputs.count == 3 ? operands.floats(2)[column] : 0
                        for i in 0..<inner { sum += operands.floats(0)[i * rows + row] * operands.floats(1)[i * columns + column] }
                        operands.result[column * rows + row] = sum
                    }
                }
            }
        case Arithmetic.add, Arithmetic.multiply:
            let isSum = primitive as? Arithmetic == .add
            return LoopKernel(inputLayouts: [inputs[0], inputs[0]], outputLayout: inputs[0]) { operands in
                let (left, right) = (operands.floats(0), operands.floats(1))
                for i in 0..<count { operands.result[i] = isSum ? left[i] + right[i] : left[i] * right[i] }
            }
        case let rectifier as Rectifier where rectifier.slope == 0:
            return LoopKernel(inputLayouts: inputs, outputLayout: inputs[0], overwrittenInput: 0) { operands in
                for i in 0..<count { operands.result[i] = max(operands.result[i], 0) }
            }
        case is Reshape:
            let layout = Layout(plain: output)
            return LoopKernel(inputLayouts: [layout], outputLayout: layout, isAlias: true) { _ in }
        default:
            throw GraphError("loops have no kernel for \(primitive.name)")
        }
    }

    func reorder(from source: Layout, to target: Layout) -> any Kernel {
        // Column by column is row by row of the transposed matrix; the plain side may have another shape.
        let matrix = source.isPlain ? target.shape : Array(source.shape.reversed())
        let (rows, columns) = source == target ? (1, source.shape.elementCount) : (matrix[0], matrix[1])
        return LoopKernel(inputLayouts: [source], outputLayout: target) { operands in
            for row in 0..<rows {
                for column in 0..<columns { operands.result[column * rows + row] = operands.floats(0)[row * columns + column] }
            }
        }
    }

    func run(_ steps: [Step]) {
        for step in steps { step() }
    }
}

private struct LoopKernel: Kernel {
    let inputLayouts: [Layout]
    let outputLayout: Layout
    var overwrittenInput: Int?
    var isAlias = false
    let body: @Sendable (Operands) -> Void

    func bind(_ operands: Operands) -> Step {
        { body(operands) }
    }
}

private struct ByColumns: MemoryOrder {}

extension Layout {
    fileprivate init(byColumns matrix: [Int]) {
        self.init(matrix, of: .float32, byteCount: 4 * matrix.elementCount, order: ByColumns())
    }
}
