import SuretyRecords
import Testing

@Suite struct StandingTests {
    /// Records hold these names: another one makes them unreadable.
    @Test(arguments: [
        (Standing.proven, "proven", nil), (.highProbability(alpha: 0.001), "highProbability", 0.001),
        (.floatNoise(alpha: 0.05), "float noise: not proven", 0.05), (.estimate, "estimate", nil),
    ] as [(Standing, String, Double?)])
    func hasItsNameAndItsAlpha(standing: Standing, name: String, alpha: Double?) {
        #expect(standing.name == name && standing.alpha == alpha)
    }

    /// A statement at one level is not one at another, nor is it one under another law of noise.
    @Test func differsByLevelAndKind() {
        #expect(Standing.highProbability(alpha: 0.001) != .highProbability(alpha: 0.01))
        #expect(Standing.highProbability(alpha: 0.001) != .floatNoise(alpha: 0.001))
    }
}
