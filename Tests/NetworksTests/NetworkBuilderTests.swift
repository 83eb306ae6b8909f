import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing

/// A layer that does not fit is refused by name, so that a network that exists can be lowered.
struct NetworkBuilderTests {
    private func builder() throws -> NetworkBuilder {
        var builder = try NetworkBuilder(imageShape: [2, 4, 4])
        try builder.add(Tensor(shape: [3], repeating: 1), as: "three")
        try builder.add(Tensor(shape: [2], repeating: 1), as: "two")
        try builder.add(Tensor(shape: [5, 2, 3, 3], repeating: 1), as: "kernel")
        return builder
    }

    @Test(arguments: [
        .normalisation(mean: "three", standardDeviation: "three"), .convolution(ConvolutionGeometry(), weights: "three", bias: nil),
        .convolution(ConvolutionGeometry(), weights: "kernel", bias: "three"), .dense(weights: "three", bias: nil),
        .batchNormalisation(.init(scale: "two", shift: "two", mean: "two", variance: "three", epsilon: 1e-5)),
        .arithmeticWithParameter(.add, operand: "three", side: .left), .softmax(axis: 3), .softmax(axis: -1),
        .logSoftmax(axis: 3), .logSoftmax(axis: -1),
        .maximumPool(Window(size: [5, 1], strides: [1, 1])), .averagePool(Window(size: [1, 1], strides: [0, 1]), countsPadding: true),
        .mean(axes: [3], keepsDimensions: false), .mean(axes: [1, 1], keepsDimensions: false), .reshape(to: [31]),
        .transpose(permutation: [0, 1]), .transpose(permutation: [0, 1, 1]), .concatenation(axis: 3),
        .slice(start: [0, 0, 0], end: [2, 5, 4], step: [1, 1, 1]), .slice(start: [0, 0, 0], end: [2, 0, 4], step: [1, 1, 1]),
        .slice(start: [0], end: [2], step: [1]), .padding(before: [0], after: [0], value: 0),
        .padding(before: [0, 1, 1], after: [0, 1, 1], value: .infinity), .image,
        .arithmetic(.add),
    ] as [Layer])
    func aLayerThatDoesNotFitIsNamed(_ layer: Layer) throws {
        var builder = try builder()
        let error = #expect(throws: NetworkError.self) { try builder.append(layer, to: [builder.image], name: "culprit") }
        #expect(error?.description.contains("\"culprit\"") == true)
    }

    @Test func operandsWithDifferentNumbersOfAxesAreRefused() throws {
        var builder = try builder()
        let flat = try builder.append(.reshape(to: [32]), to: [builder.image])
        #expect(throws: NetworkError.self) { try builder.append(.arithmetic(.add), to: [builder.image, flat]) }
        #expect(throws: NetworkError.self) { try builder.append(.concatenation(axis: 0), to: [builder.image, flat]) }
        #expect(throws: NetworkError.self) { try builder.append(.relu, to: []) }
        #expect(throws: NetworkError.self) { try builder.append(.relu, to: [7]) }
    }

    @Test func aParameterMustNotVaryAlongTheBatch() throws {
        var builder = try builder()
        try builder.add(Tensor(shape: [1, 2, 4, 4], repeating: 1), as: "four axes")
        #expect(throws: NetworkError.self) {
            try builder.append(.arithmeticWithParameter(.multiply, operand: "four axes", side: .right), to: [builder.image])
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func parametersMustBeFinite(_ value: Float) throws {
        var builder = try builder()
        let error = #expect(throws: NetworkError.self) { try builder.add(Tensor(shape: [2], values: [1, value]), as: "weights") }
        #expect(error?.description.contains("\"weights\"") == true)
        #expect(throws: NetworkError.self) { try builder.add(Tensor(shape: [2], repeating: 1), as: "two") }
        #expect(throws: NetworkError.self) { try builder.add(Tensor(shape: [0], values: []), as: "none") }
    }

    @Test(arguments: [[0, 2, 2], [1, -1, 2], [1, 1 << 13, 1 << 13], [Int.max, Int.max], Array(repeating: 1, count: 9)])
    func imagesBeyondAllBoundsAreRefused(_ shape: [Int]) {
        #expect(throws: NetworkError.self) { try NetworkBuilder(imageShape: shape) }
    }

    @Test func theLogitsAreOneRow() throws {
        let builder = try builder()
        let error = #expect(throws: NetworkError.self) { try builder.network(output: builder.image) }
        #expect(error == .output(shape: [2, 4, 4]))
    }
}
