import SuretyStatistics
import Testing

@Suite struct ClampedRoundingTests {
    @Test(arguments: [
        (0.0, 0), (0.4, 0), (0.5, 1), (-1.6, -2), (1e15 + 0.25, 1_000_000_000_000_000), (1e300, .max), (.infinity, .max),
        (-1e300, .min), (-.infinity, .min), (.nan, 0), (9_223_372_036_854_775_808, .max), (-9_223_372_036_854_775_808, .min),
    ])
    func everyNumberHasAnInteger(value: Double, expected: Int) {
        #expect(Int(clamping: value) == expected)
    }
}
