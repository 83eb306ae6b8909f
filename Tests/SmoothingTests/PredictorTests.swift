import SuretySmoothing
import SuretyStatistics
import SuretyTensors
import Testing

@Suite struct PredictorTests {
    private func verdict(_ counts: [Int], alpha: Double = 0.001) throws -> Verdict {
        try Predictor(noise: .gaussian(sigma: 0.5), alpha: alpha, n: counts.reduce(0, +)).verdict(counts: counts, dimensions: 784)
    }

    @Test func comparesTheTwoLargestCounts() throws {
        let clear = try verdict([10, 700, 290])
        #expect(clear.answer == 1)
        // The p-value, and what a thousand samples of noise that is off by 784 τ may be off by.
        guard case .test(let pValue) = clear.evidence else { Issue.record("no p-value"); return }
        let (exact, variation) = (try BinomialTest.pValue(700, 290), 784_000 * 2.091e-17)
        #expect(pValue >= exact + 0.99 * variation && pValue <= exact + 1.01 * variation)
        #expect(try verdict([330, 340, 330]).outcome == .abstained)
        // 2 · 2⁻¹⁰ = 0.00195: ten votes to none are too few at 0.001 and enough at 0.002.
        #expect(try verdict([0, 10]).outcome == .abstained)
        #expect(try verdict([0, 10], alpha: 0.002).outcome == .predicted(class: 1))
        #expect(try verdict([11]).outcome == .predicted(class: 0))
    }

    @Test func refusesNonsense() throws {
        let predictor = try Predictor(noise: .gaussian(sigma: 0.5), alpha: 0.001, n: 10)
        for counts in [[], [9], [11, -1], [5, 6]] {
            #expect(reason { _ = try predictor.verdict(counts: counts, dimensions: 784) } == .invalidCounts)
        }
    }
}
