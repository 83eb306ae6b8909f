import SuretySmoothing
import SuretyStatistics
import SuretyTensors
import Testing

@Suite struct PredictorTests {
    private func verdict(_ counts: [Int], alpha: Double = 0.001) throws -> Verdict {
        try Predictor(noise: .gaussian(sigma: 0.5), alpha: alpha, n: counts.reduce(0, +)).verdict(counts: counts)
    }

    @Test func comparesTheTwoLargestCounts() throws {
        let clear = try verdict([10, 700, 290])
        #expect(clear.answer == 1)
        #expect(clear.evidence == .test(pValue: try BinomialTest.pValue(700, 290)))
        #expect(try verdict([330, 340, 330]).outcome == .abstained)
        // 2 · 2⁻¹⁰ = 0.00195: ten votes to none are too few at 0.001 and enough at 0.002.
        #expect(try verdict([0, 10]).outcome == .abstained)
        #expect(try verdict([0, 10], alpha: 0.002).outcome == .predicted(class: 1))
        #expect(try verdict([11]).outcome == .predicted(class: 0))
    }

    @Test func refusesNonsense() throws {
        let predictor = try Predictor(noise: .gaussian(sigma: 0.5), alpha: 0.001, n: 10)
        for counts in [[], [9], [11, -1], [5, 6]] {
            #expect(reason { _ = try predictor.verdict(counts: counts) } == .invalidCounts)
        }
    }
}
