import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let clips: [PrimitiveCase] = [
        PrimitiveCase("clip around zero", .any([4, 5])) { try $0[0].clipped(to: -0.37...0.61) },
        PrimitiveCase("clip above zero", .any([4, 5])) { try $0[0].clipped(to: 0.123...0.71) },
        PrimitiveCase("clip below zero", .any([3, 7])) { try $0[0].clipped(to: -0.9123 ... -0.217) },
        PrimitiveCase("gradient of clip", .any([4, 5]), .any([4, 5])) {
            try $0[0].clipped(to: -0.37...0.61).pulledBack($0[1], to: $0[0])
        },
        PrimitiveCase("relu6", .any([3, 7])) { try ($0[0] * .constant(9)).clipped(to: 0...6) },
    ]
}

@Suite struct ClipTests {
    private let values = Tensor(shape: [6], values: [-.infinity, -3, 0.5, 1, .infinity, .nan])

    @Test func valuesAreLimitedAndANaNStays() throws {
        let clipped = try apply({ try $0.clipped(to: -1...1) }, to: values).values
        #expect(clipped.dropLast() == [-1, -1, 0.5, 1, 1])
        #expect(clipped[5].isNaN)
    }

    @Test func anIntervalMayBeUnbounded() throws {
        let clipped = try apply({ try $0.clipped(to: 0...(.infinity)) }, to: values).values
        #expect(clipped.dropLast() == [0, 0, 0.5, 1, .infinity])
    }

    @Test func theDerivativeIsOneOnTheIntervalsEnds() throws {
        let derivative = try apply({ try gradient(of: $0.clipped(to: 0.5...1).sum(), with: [$0])[0] }, to: values)
        #expect(derivative.values.dropLast() == [0, 0, 1, 1, 0])
    }
}
