import SuretyGraphs
import Testing

@Suite struct ConvolutionGeometryTests {
    /// Shapes of well-known layers.
    @Test func outputShapes() throws {
        func shape(_ image: [Int], _ weights: [Int], _ geometry: ConvolutionGeometry) throws -> [Int] {
            try geometry.outputShape(image: image, weights: weights)
        }
        // LeNet, ResNet-50's first layer, ResNet's downsampling, MobileNet's depthwise, DeepLab's dilated.
        #expect(try shape([8, 1, 28, 28], [20, 1, 5, 5], .init()) == [8, 20, 24, 24])
        #expect(try shape([1, 3, 224, 224], [64, 3, 7, 7], .init(stride: 2, padding: 3)) == [1, 64, 112, 112])
        #expect(try shape([2, 16, 32, 32], [32, 16, 1, 1], .init(stride: 2, padding: 0)) == [2, 32, 16, 16])
        #expect(try shape([1, 32, 112, 112], [32, 1, 3, 3], .init(padding: 1, groups: 32)) == [1, 32, 112, 112])
        let dilated = ConvolutionGeometry(dilation: [2, 2], paddingBefore: [2, 2], paddingAfter: [2, 2])
        #expect(try shape([1, 4, 33, 17], [4, 4, 3, 3], dilated) == [1, 4, 33, 17])
        let oneSided = ConvolutionGeometry(strides: [2, 1], paddingBefore: [0, 1], paddingAfter: [1, 0])
        #expect(try shape([1, 1, 5, 4], [1, 1, 3, 2], oneSided) == [1, 1, 2, 4])
    }

    @Test(arguments: [
        ([1, 3, 8, 8], [4, 2, 3, 3], ConvolutionGeometry()),
        ([1, 4, 8, 8], [4, 2, 3, 3], ConvolutionGeometry(padding: 0, groups: 4)),
        ([1, 4, 8, 8], [3, 2, 3, 3], ConvolutionGeometry(padding: 0, groups: 2)),
        ([1, 4, 8, 8], [4, 4, 3, 3], ConvolutionGeometry(padding: 0, groups: 0)),
        ([1, 4, 2, 8], [4, 4, 3, 3], ConvolutionGeometry()),
        ([1, 4, 8, 8], [4, 4, 3, 3], ConvolutionGeometry(strides: [0, 1])),
        ([1, 4, 8, 8], [4, 4, 3, 3], ConvolutionGeometry(strides: [1])),
        ([1, 4, 8, 8], [4, 4, 3, 3], ConvolutionGeometry(dilation: [1, 0])),
        ([1, 4, 8, 8], [4, 4, 3, 3], ConvolutionGeometry(paddingBefore: [-1, 0])),
        ([1, 4, 8, 8], [4, 4, 3, 3], ConvolutionGeometry(dilation: [.max, 1], paddingBefore: [.max, 0])),
        ([4, 8, 8], [4, 4, 3, 3], ConvolutionGeometry()),
        ([1, 4, 8, 8], [4, 4, 3], ConvolutionGeometry()),
        ([1, 4, 8, 8], [0, 4, 3, 3], ConvolutionGeometry()),
    ])
    func whatDoesNotFitIsAnError(image: [Int], weights: [Int], geometry: ConvolutionGeometry) {
        #expect(throws: GraphError.self) { try geometry.outputShape(image: image, weights: weights) }
    }

    @Test func poolingRoundsDown() throws {
        let window = Window(size: [3, 2], strides: [2, 2], paddingBefore: [1, 0], paddingAfter: [0, 0])
        #expect(try window.outputShape(image: [2, 5, 8, 7]) == [2, 5, 4, 3])
    }
}
