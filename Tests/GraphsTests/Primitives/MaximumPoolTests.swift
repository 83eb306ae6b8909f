import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let maximumPools: [PrimitiveCase] = Window.examples.flatMap { name, image, window in
        [
            PrimitiveCase("maximum pool, \(name)", .any(image)) { try $0[0].maximumPool(window) },
            PrimitiveCase("scatter to maximum, \(name)", .any(image)) {
                let pooled = try $0[0].maximumPool(window)
                return try pooled.pulledBack(pooled.exp(), to: $0[0])
            },
            PrimitiveCase("pick at maximum, \(name)", .any(image), .any(image)) {
                let pooled = try $0[0].maximumPool(window)
                let cotangent = try pooled.exp()
                return try pooled.pulledBack(cotangent, to: $0[0]).pulledBack($0[1], to: cotangent)
            },
        ]
    }
}

@Suite struct MaximumPoolTests {
    private let halving = Window(size: [2, 2], strides: [2, 2])

    @Test func paddingNeverWins() throws {
        let window = Window(size: [3, 3], strides: [1, 1], paddingBefore: [1, 1], paddingAfter: [1, 1])
        let negative = Tensor(shape: [1, 1, 2, 2], values: [-4, -3, -2, -1])
        #expect(try apply({ try $0.maximumPool(window) }, to: negative).values == [-1, -1, -1, -1])
    }

    /// With channels one after another in memory, and side by side, as convolutions leave them.
    @Test(arguments: [1, 3, 8, 16, 20], [Float.nan, .infinity])
    func aNaNAndAnInfinityWin(channels: Int, extreme: Float) throws {
        let identity = (0..<channels * channels).map { Float($0 % channels == $0 / channels ? 1 : 0) }
        let weights = Node.constant(Tensor(shape: [channels, channels, 1, 1], values: identity))
        for position in [0, 1, 4, 5] {  // in the first window
            var values = Tensor(shape: [2, channels, 4, 4], repeating: 1)
            values.values[position] = extreme
            let result = try apply({ try $0.maximumPool(halving) }, to: values).values
            #expect(result[0].isNaN == extreme.isNaN && !result[0].isFinite)
            #expect(result.dropFirst().allSatisfy { $0 == 1 })
            let convolved = try apply({ try $0.convolution(weights: weights).maximumPool(halving) }, to: values).values
            #expect(!convolved[0].isFinite)
            #expect(convolved.count { !$0.isFinite } == channels)  // infinity times a zero weight is NaN
        }
    }

    @Test func negativeInfinityIsTheSmallest() throws {
        let values = Tensor(shape: [1, 1, 2, 2], repeating: -.infinity)
        #expect(try apply({ try $0.maximumPool(halving) }, to: values).values == [-.infinity])
    }

    @Test func ofEqualElementsTheFirstTakesTheDerivative() throws {
        let values = Tensor(shape: [1, 1, 2, 4], values: [3, 3, 1, 2, 3, 3, 2, 0])
        let derivative = try apply({ try gradient(of: $0.maximumPool(halving).sum(), with: [$0])[0] }, to: values)
        #expect(derivative.values == [1, 0, 0, 1, 0, 0, 0, 0])
    }

    @Test(arguments: [
        Window(size: [2, 2], strides: [2, 2], paddingBefore: [2, 0]),
        Window(size: [2, 2], strides: [2, 2], paddingAfter: [0, 3]),
        Window(size: [2, 2], strides: [1, 1], dilation: [2, 2], paddingBefore: [2, 2], paddingAfter: [2, 2]),
        Window(size: [4, 4], strides: [1, 1]),
        Window(size: [2, 2], strides: [0, 1]),
        Window(size: [2], strides: [1]),
        Window(size: [2, 2], strides: [1, 1], paddingBefore: [1]),
        Window(size: [.max, 2], strides: [1, 1], dilation: [.max, 1], paddingBefore: [.max, 0]),
    ])
    func aWindowThatHoldsPaddingAloneOrDoesNotFitIsAnError(window: Window) {
        #expect(throws: GraphError.self) { try Node.input("x", shape: [1, 1, 1, 3]).maximumPool(window) }
    }
}
