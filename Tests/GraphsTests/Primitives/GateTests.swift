import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let gates: [PrimitiveCase] = [
        PrimitiveCase("gate down", .any([4, 5])) { try $0[0].passed(.down) },
        PrimitiveCase("gate up", .any([3, 20, 5, 3])) { try $0[0].passed(.up) },
        PrimitiveCase("gate up of few", .any([4, 5])) { try ($0[0] * $0[0]).passed(.up) },
    ]
}

@Suite struct GateTests {
    /// From −∞ to NaN, with numbers too small for full precision on both sides of 0.
    private let values: [Float] = [
        -.infinity, -2, -0x1p-126, -0x1p-127, -0x1p-149, -0.0, 0, 0x1p-149, 0x1p-127, 0x1p-126, 3, .infinity, .nan, -.nan,
    ]
    private let down: [Float] = [
        -.infinity, -2, -0x1p-126, -0x1p-126, -0x1p-126, 0, 0, 0, 0, 0x1p-126, 3, -.infinity, -.infinity, -.infinity,
    ]
    private let up: [Float] = [
        .infinity, -2, -0x1p-126, 0, 0, 0, 0, 0x1p-126, 0x1p-126, 0x1p-126, 3, .infinity, .infinity, .infinity,
    ]

    /// Also in a program, which takes numbers below 2⁻¹²⁶ for zero everywhere else.
    @Test func numbersMoveOutwardOrStay() throws {
        #expect(values.map { Gate.down($0) } == down)
        #expect(values.map { Gate.up($0) } == up)
        let tensor = Tensor(shape: [values.count], values: values)
        #expect(try apply({ try $0.passed(.down) }, to: tensor).values == down)
        #expect(try apply({ try $0.passed(.up) }, to: tensor).values == up)
    }

    /// Numbers in double precision become the next ones in single precision, or stay.
    @Test func doublesMoveOutward() {
        let largest = Float.greatestFiniteMagnitude
        let cases: [(x: Double, down: Float, up: Float)] = [
            (1 + 0x1p-40, 1, Float(1).nextUp), (-1 - 0x1p-40, Float(-1).nextDown, -1), (0.5, 0.5, 0.5),
            (1e-50, 0, 0x1p-126), (-1e-50, -0x1p-126, 0), (1e39, largest, .infinity), (-1e39, -.infinity, -largest),
            (.nan, -.infinity, .infinity),
        ]
        for (x, down, up) in cases { #expect(Gate.down(x) == down && Gate.up(x) == up, "\(x)") }
    }
}
