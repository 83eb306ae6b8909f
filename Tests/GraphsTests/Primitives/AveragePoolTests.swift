import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let averagePools: [PrimitiveCase] = Window.examples.flatMap { name, image, window in
        [true, false].flatMap { countingPadding in
            let name = "average pool, \(name), \(countingPadding ? "counting" : "without") padding"
            return [
                PrimitiveCase(name, .any(image)) { try $0[0].averagePool(window, countingPadding: countingPadding) },
                PrimitiveCase("adjoint of \(name)", .any(image), .any([1])) {
                    let pooled = try $0[0].averagePool(window, countingPadding: countingPadding)
                    // The pool is linear: its adjoint does not depend on the image itself.
                    return try pooled.pulledBack(pooled.exp() * $0[1].reshaped(to: []), to: $0[0])
                },
            ]
        }
    }
}

extension Window {
    /// Windows and images for both kinds of pooling.
    static let examples: [(String, image: [Int], Window)] = [
        ("halving", [2, 1, 4, 4], Window(size: [2, 2], strides: [2, 2])),
        ("overlapping, padded", [1, 2, 4, 5], Window(size: [3, 3], strides: [2, 2], paddingBefore: [1, 1], paddingAfter: [1, 1])),
        ("asymmetric", [1, 2, 5, 4], Window(size: [2, 3], strides: [1, 2], paddingBefore: [0, 1], paddingAfter: [1, 0])),
        ("rounded up", [1, 1, 5, 6], Window(size: [2, 3], strides: [2, 3], paddingAfter: [1, 2])),
        ("remainder", [1, 2, 5, 5], Window(size: [2, 2], strides: [3, 2])),
        ("dilated", [1, 2, 6, 6], Window(size: [2, 2], strides: [1, 2], dilation: [2, 3], paddingBefore: [1, 1], paddingAfter: [0, 1])),
        ("whole image", [2, 3, 3, 2], Window(size: [3, 2], strides: [1, 1])),
        ("1×1 image", [2, 3, 1, 1], Window(size: [1, 1], strides: [1, 1])),
        ("20 channels", [7, 20, 9, 8], Window(size: [3, 3], strides: [2, 2], paddingBefore: [1, 1], paddingAfter: [1, 0])),
        ("50 channels, 1×1 image", [1, 50, 1, 1], Window(size: [3, 3], strides: [1, 1], paddingBefore: [1, 1], paddingAfter: [1, 1])),
    ]
}

@Suite struct AveragePoolTests {
    private let corner = Window(size: [2, 2], strides: [2, 2], paddingBefore: [1, 1])

    @Test func paddingCountsOrNot() throws {
        let ones = Tensor(shape: [1, 1, 3, 3], repeating: 1)
        #expect(try apply({ try $0.averagePool(corner) }, to: ones).values == [1, 1, 1, 1])
        #expect(try apply({ try $0.averagePool(corner, countingPadding: true) }, to: ones).values == [0.25, 0.5, 0.5, 1])
    }

    @Test func aWindowOfPaddingAloneHasAMeanOnlyWhenPaddingCounts() throws {
        let window = Window(size: [1, 1], strides: [1, 1], paddingBefore: [1, 0])
        let two = Tensor(shape: [1, 1, 1, 1], values: [2])
        #expect(throws: GraphError.self) { try apply({ try $0.averagePool(window) }, to: two) }
        #expect(try apply({ try $0.averagePool(window, countingPadding: true) }, to: two).values == [0, 2])
    }
}
