import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    /// A convolution of an image [N, C, H, W] with weights [out, in/groups, kh, kw], with or without bias.
    private static func convolution(
        _ name: String, _ image: [Int], _ weights: [Int], bias: Bool = true, _ geometry: ConvolutionGeometry
    ) -> PrimitiveCase {
        bias
            ? PrimitiveCase(name, .any(image), .any(weights), .any([weights[0]])) {
                try $0[0].convolution(weights: $0[1], bias: $0[2], geometry: geometry)
            }
            : PrimitiveCase(name, .any(image), .any(weights)) { try $0[0].convolution(weights: $0[1], geometry: geometry) }
    }

    /// The adjoints of a convolution by its image and by its weights, as separate operations.
    private static func adjoints(
        _ name: String, _ image: [Int], _ weights: [Int], _ output: [Int], _ geometry: ConvolutionGeometry
    ) -> [PrimitiveCase] {
        [0, 1].map { operand in
            PrimitiveCase("\(name), adjoint \(operand)", .any(image), .any(weights), .any(output)) {
                try $0[0].convolution(weights: $0[1], geometry: geometry).pulledBack($0[2], to: $0[operand])
            }
        }
    }

    static let convolutions: [PrimitiveCase] = [
        convolution("convolution", [1, 1, 4, 4], [2, 1, 3, 3], bias: false, .init()),
        convolution("padded", [2, 2, 3, 3], [2, 2, 3, 3], .init(padding: 1)),
        convolution("1×1", [2, 3, 2, 3], [2, 3, 1, 1], .init()),
        convolution(
            "asymmetric", [1, 2, 5, 4], [3, 2, 3, 2],
            .init(strides: [2, 1], paddingBefore: [1, 0], paddingAfter: [0, 1])),
        convolution("grouped", [1, 4, 3, 3], [4, 2, 2, 2], .init(groups: 2)),
        convolution("depthwise, dilated", [1, 3, 5, 5], [3, 1, 2, 2], .init(dilation: [2, 3], groups: 3)),
        convolution("1×1 image", [2, 3, 1, 1], [2, 3, 3, 3], .init(padding: 1)),
        convolution("1×1 image and window", [7, 24, 1, 1], [33, 24, 1, 1], .init()),
        convolution("1×1 window beside a 1×1 image", [7, 24, 1, 1], [16, 24, 1, 1], .init(stride: 3, padding: 1)),
        convolution("stride leaves a remainder", [1, 1, 6, 5], [1, 1, 2, 2], .init(strides: [3, 2])),
        convolution("padding beyond the window", [1, 2, 3, 3], [2, 2, 2, 2], .init(paddingBefore: [3, 2], paddingAfter: [2, 4])),

        convolution("LeNet 1", [7, 1, 28, 28], [20, 1, 5, 5], .init()),
        convolution("LeNet 2", [7, 20, 12, 12], [50, 20, 5, 5], .init()),
        convolution("colour", [1, 3, 9, 8], [16, 3, 3, 3], .init(padding: 1)),
        convolution("odd channels", [7, 5, 6, 7], [3, 5, 3, 3], .init(stride: 2, padding: 1)),
        convolution("17 to 33", [2, 17, 5, 5], [33, 17, 3, 3], bias: false, .init(padding: 1)),
        convolution("1×1 of 50", [7, 50, 5, 4], [20, 50, 1, 1], .init(stride: 2, padding: 0)),
        convolution("16 to 32", [7, 16, 8, 8], [32, 16, 3, 3], .init(stride: 2, padding: 1)),
        convolution("5 groups of 4", [2, 20, 6, 6], [10, 4, 3, 3], .init(padding: 1, groups: 5)),
        convolution("2 groups of 16", [2, 32, 5, 5], [32, 16, 3, 3], .init(padding: 1, groups: 2)),
        convolution("depthwise 20", [7, 20, 7, 7], [20, 1, 3, 3], .init(stride: 2, padding: 1, groups: 20)),
        convolution("depthwise, two outputs each", [2, 5, 7, 7], [10, 1, 3, 3], .init(padding: 1, groups: 5)),
        convolution("dilated 20", [2, 20, 9, 9], [20, 20, 3, 3], .init(dilation: [2, 3], paddingBefore: [2, 3], paddingAfter: [2, 3])),
        convolution("50 channels, 1×1 image", [1, 50, 1, 1], [20, 50, 3, 3], .init(padding: 1)),
        convolution("whole image", [7, 20, 4, 4], [50, 20, 4, 4], .init()),
    ]
        + adjoints("plain", [1, 2, 3, 4], [3, 2, 2, 2], [1, 3, 2, 3], .init())
        + adjoints("strided", [2, 1, 5, 4], [2, 1, 3, 2], [2, 2, 3, 2], .init(strides: [2, 2], paddingBefore: [1, 0], paddingAfter: [1, 1]))
        + adjoints("grouped, dilated", [1, 4, 4, 5], [2, 2, 2, 2], [1, 2, 2, 4], .init(dilation: [2, 1], groups: 2))
        + adjoints("depthwise 20", [2, 20, 5, 5], [20, 1, 3, 3], [2, 20, 5, 5], .init(padding: 1, groups: 20))
        + adjoints("2 groups of 16", [2, 32, 5, 5], [32, 16, 3, 3], [2, 32, 5, 5], .init(padding: 1, groups: 2))
        + adjoints("20 to 50", [7, 20, 6, 6], [50, 20, 3, 3], [7, 50, 3, 3], .init(stride: 2, padding: 1))
}

@Suite struct ConvolutionTests {
    /// A NaN reaches each output whose window holds it, through a fused rectifier too, and no other image.
    @Test(arguments: [1, 3, 16, 20], [true, false])
    func aNaNReachesItsNeighboursAlone(channels: Int, optimising: Bool) throws {
        let weights = Node.constant(Tensor(shape: [channels, channels, 3, 3], repeating: 0.25))
        var values = Tensor(shape: [3, channels, 5, 5], repeating: 1)
        values.values[channels * 25 + 12] = .nan  // the centre of the second image
        let result = try apply(
            { try $0.convolution(weights: weights, geometry: .init(padding: 1)).relu() }, to: values, optimising: optimising)
        let planes = (0..<3 * channels).map { result.values[$0 * 25..<($0 + 1) * 25] }
        for (index, plane) in planes.enumerated() {
            #expect(plane.count(where: \.isNaN) == (index / channels == 1 ? 9 : 0))
        }
    }

    @Test func aRectifiedInfinityStays() throws {
        let weights = Node.constant(Tensor(shape: [2, 1, 1, 1], values: [1, 2]))
        let values = Tensor(shape: [1, 1, 1, 3], values: [.infinity, -1, 2])
        let result = try apply({ try $0.convolution(weights: weights).relu() }, to: values)
        #expect(result.values == [.infinity, 0, 2, .infinity, 0, 4])
    }

    /// Zeros of a fused rectifier are zeros: no tiny numbers that a logarithm or a root would show.
    @Test func aFusedRectifierGivesExactZeros() throws {
        let weights = Node.constant(Tensor(shape: [16, 1, 1, 1], repeating: -1000))
        let result = try apply(
            { try $0.convolution(weights: weights).relu() }, to: Tensor(shape: [1, 1, 2, 2], values: [1, 1e-3, 1e30, 0]))
        #expect(result.values.allSatisfy { $0 == 0 })
    }

    @Test func theBiasHasAValuePerOutput() {
        let x = Node.input("x", shape: [1, 3, 4, 4])
        let weights = Node.input("w", shape: [2, 3, 3, 3])
        #expect(throws: GraphError.self) { try x.convolution(weights: weights, bias: .input("b", shape: [3])) }
        #expect(throws: GraphError.self) { try x.convolution(weights: weights, bias: .input("b", shape: [2, 1])) }
    }
}
