import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

@Suite struct AffineFoldingTests {
    /// How batch normalisation, or a part of it, may follow a layer of 5 channels: as exporters write it.
    struct Form: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let folds: Bool
        let apply: @Sendable (_ layer: Node, _ constant: ([Int]) -> Node) throws -> Node

        init(_ name: String, folds: Bool = true, _ apply: @escaping @Sendable (Node, ([Int]) -> Node) throws -> Node) {
            testDescription = name
            self.folds = folds
            self.apply = apply
        }
    }

    static let imageForms = [
        Form("scale") { try $0 * $1([5, 1, 1]) },
        Form("scale on the left") { try $1([5, 1, 1]) * $0 },
        Form("shift") { try $0 + $1([1, 5, 1, 1]) },
        Form("shift on the left") { try $1([1, 5, 1, 1]) + $0 },
        Form("subtract, divide, scale, shift") { try ($0 - $1([5, 1, 1])) / $1([5, 1, 1]) * $1([5, 1, 1]) + $1([5, 1, 1]) },
        Form("scale after shift") { try ($0 + $1([5, 1, 1])) * $1([5, 1, 1]) },
        Form("scalars") { try $1([]) + $0 * $1([1, 1, 1, 1]) / $1([1]) },
        Form("a computed constant") { try $0 * ($1([5, 1, 1]).squareRoot() + $1([])) },
        Form("and relu") { try ($0 * $1([5, 1, 1]) + $1([5, 1, 1])).relu() },
        Form("subtracted from a constant", folds: false) { try $1([5, 1, 1]) - $0 },
        Form("divided into a constant", folds: false) { try $1([5, 1, 1]) / ($0 * $0 + $1([])) },
        Form("a constant along the width", folds: false) { try $0 * $1([5]) },
        Form("a constant along the height", folds: false) { try $0 + $1([5, 1]) },
        Form("a constant along the batch", folds: false) { try $0 + $1([5, 1, 1, 1]) },
        Form("a constant for every element", folds: false) { try $0 * $1([5, 5, 5, 5]) },
        Form("a constant for every pixel", folds: false) { try $0 + $1([5, 5]) },
    ]

    /// Every extent is 5, so that a constant taken along the wrong axis would fit.
    @Test(arguments: imageForms, [true, false])
    func afterAConvolution(form: Form, bias: Bool) throws {
        var generator = SeededGenerator(seed: 21)
        func constant(_ shape: [Int]) -> Node {
            .constant(Tensor(shape: shape, values: generator.distinctValues(count: shape.elementCount).map { 1.5 + $0 }))
        }
        let x = Node.input("x", shape: [5, 5, 5, 5])
        let layer = try x.convolution(
            weights: constant([5, 5, 3, 3]), bias: bias ? constant([5]) : nil, geometry: .init(padding: 1))
        try expect(form, of: layer, from: x, constant: constant, values: generator.distinctValues(count: 625))
    }

    @Test(arguments: [1, 5])
    func afterAGroupedConvolution(channelsPerGroup: Int) throws {
        var generator = SeededGenerator(seed: 22)
        func constant(_ shape: [Int]) -> Node {
            .constant(Tensor(shape: shape, values: generator.distinctValues(count: shape.elementCount)))
        }
        let x = Node.input("x", shape: [2, 5 * channelsPerGroup, 4, 4])
        let layer = try x.convolution(weights: constant([10, channelsPerGroup, 3, 3]), geometry: .init(padding: 1, groups: 5))
        let normal = try (layer - constant([10, 1, 1])) * constant([10, 1, 1])
        #expect(try optimised([normal]).primitiveTypes == ["Convolution"])
        try expectProgramsMatchReference(
            [normal], of: [x], values: [generator.distinctValues(count: x.shape.elementCount)])
    }

    static let matrixForms = [
        Form("scale") { try $0 * $1([5]) },
        Form("shift on the left") { try $1([1, 5]) + $0 },
        Form("subtract, divide, scale, shift") { try ($0 - $1([5])) / $1([5]) * $1([5]) + $1([5]) },
        Form("scalars and relu") { try ($0 * $1([]) + $1([1, 1])).relu() },
        Form("a constant along the batch", folds: false) { try $0 * $1([5, 1]) },
        Form("subtracted from a constant", folds: false) { try $1([5]) - $0 },
    ]

    @Test(arguments: matrixForms, [true, false])
    func afterADenseLayer(form: Form, bias: Bool) throws {
        var generator = SeededGenerator(seed: 23)
        func constant(_ shape: [Int]) -> Node {
            .constant(Tensor(shape: shape, values: generator.distinctValues(count: shape.elementCount).map { 1.5 + $0 }))
        }
        let x = Node.input("x", shape: [5, 7])
        let layer = try x.dense(weights: constant([5, 7]), bias: bias ? constant([5]) : nil)
        try expect(form, of: layer, from: x, constant: constant, values: generator.distinctValues(count: 35))
    }

    private func expect(
        _ form: Form, of layer: Node, from x: Node, constant: ([Int]) -> Node, values: [Float]
    ) throws {
        let normal = try form.apply(layer, constant)
        try expectProgramsMatchReference([normal], of: [x], values: [values])
        #expect((try optimised([normal]).primitiveTypes.count == 1) == form.folds)
    }

    @Test func aLayerWithOtherUsesKeepsItsWeights() throws {
        var generator = SeededGenerator(seed: 24)
        let x = Node.input("x", shape: [2, 3, 4, 4])
        let weights = Node.constant(Tensor(shape: [3, 3, 1, 1], values: generator.distinctValues(count: 9)))
        let scale = Node.constant(Tensor(shape: [3, 1, 1], values: [2, 3, 4]))
        let layer = try x.convolution(weights: weights)
        let scaled = try layer * scale
        let values = [generator.distinctValues(count: x.shape.elementCount)]
        #expect(try optimised([scaled, layer]).primitiveTypes.count { $0 == "Convolution" } == 1)
        try expectProgramsMatchReference([scaled, layer], of: [x], values: values)
        try expectProgramsMatchReference([scaled, try layer.relu()], of: [x], values: values)
        try expectProgramsMatchReference([scaled, try layer * scale], of: [x], values: values)
        try expectProgramsMatchReference([try scaled.relu(), scaled], of: [x], values: values)
    }

    @Test func weightsThatAreInputsAreNotFolded() throws {
        var generator = SeededGenerator(seed: 25)
        let x = Node.input("x", shape: [2, 3])
        let weights = Node.input("weights", shape: [4, 3])
        let bias = Node.input("bias", shape: [4])
        let scaled = try x.dense(weights: weights, bias: bias) * .constant(3) + .constant(1)
        let inputs = [x, weights, bias]
        try expectProgramsMatchReference(
            [scaled], of: inputs, values: inputs.map { generator.distinctValues(count: $0.shape.elementCount) })
    }

    @Test func twoLayersMayShareWeights() throws {
        var generator = SeededGenerator(seed: 26)
        let x = Node.input("x", shape: [2, 3])
        let weights = Node.constant(Tensor(shape: [3, 3], values: generator.distinctValues(count: 9)))
        let first = try x.dense(weights: weights) * .constant(2)
        let second = try first.relu().dense(weights: weights) + .constant(1)
        try expectProgramsMatchReference([second], of: [x], values: [generator.distinctValues(count: 6)])
    }
}
