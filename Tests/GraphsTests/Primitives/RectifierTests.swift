import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let rectifiers: [PrimitiveCase] = [
        PrimitiveCase("relu", .any([4, 5])) { try $0[0].relu() },
        PrimitiveCase("leaky relu", .any([4, 5])) { try $0[0].leakyRelu(slope: 0.1) },
        PrimitiveCase("gradient of relu", .any([4, 5]), .any([4, 5])) { try $0[0].relu().pulledBack($0[1], to: $0[0]) },
        PrimitiveCase("gradient of leaky relu", .any([4, 5]), .any([4, 5])) {
            try $0[0].leakyRelu(slope: 0.1).pulledBack($0[1], to: $0[0])
        },
        PrimitiveCase("relu of many", .any([7, 20, 5, 3])) { try $0[0].relu() },
    ]
}

@Suite struct RectifierTests {
    private let values = Tensor(shape: [7], values: [-.infinity, -2, -0.0, 0, 3, .infinity, .nan])

    @Test func belowZeroTheSlopeCounts() throws {
        #expect(try apply({ try $0.relu() }, to: values).values.dropLast() == [0, 0, 0, 0, 3, .infinity])
        let leaky = try apply({ try $0.leakyRelu(slope: 0.5) }, to: values).values
        #expect(leaky.dropLast() == [-.infinity, -1, 0, 0, 3, .infinity])
    }

    @Test func aNaNStays() throws {
        #expect(try apply({ try $0.relu() }, to: values).values[6].isNaN)
        #expect(try apply({ try $0.leakyRelu(slope: 0.5) }, to: values).values[6].isNaN)
    }

    /// At the kink the derivative is the left one.
    @Test func theDerivativeAtZeroIsTheSlope() throws {
        let derivative = try apply({ try gradient(of: $0.leakyRelu(slope: 0.25).sum(), with: [$0])[0] }, to: values)
        #expect(derivative.values.dropLast() == [0.25, 0.25, 0.25, 0.25, 1, 1])
    }
}
