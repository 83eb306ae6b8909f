import Foundation
import SuretyStatistics
import Testing
import TestSupport

@Suite struct KolmogorovSmirnovTests {
    /// Marsaglia, Tsang and Wang (2003) print K(10, .274) = .6284796154565; for one number P[D ≥ d] = 2(1 − d), for two
    /// and d ≥ ½ it is 2(1 − d)².
    @Test func agreesWithPublishedValues() {
        #expect(abs(1 - KolmogorovSmirnov.pValue(distance: 0.274, count: 10) - 0.6284796154565) < 1e-12)
        #expect(abs(KolmogorovSmirnov.pValue(distance: 0.7, count: 1) - 0.6) < 1e-12)
        #expect(abs(KolmogorovSmirnov.pValue(distance: 0.8, count: 2) - 0.08) < 1e-12)
        // Critical values at 5 %, Massey (1951): .409 for 10, .294 for 20, 1.36/√n for many.
        #expect(abs(KolmogorovSmirnov.pValue(distance: 0.40925, count: 10) - 0.05) < 1e-4)
        #expect(abs(KolmogorovSmirnov.pValue(distance: 0.29408, count: 20) - 0.05) < 1e-4)
        #expect(abs(KolmogorovSmirnov.pValue(distance: 1.3581 / 1e3, count: 1_000_000) - 0.05) < 1e-4)
    }

    /// The exact distribution and its limit meet where one takes over from the other.
    @Test(arguments: [0.03, 0.06, 0.09, 0.12]) func theLimitContinuesTheExactDistribution(distance: Double) {
        let (exact, limit) = (
            KolmogorovSmirnov.pValue(distance: distance, count: 200),
            KolmogorovSmirnov.pValue(distance: distance * (200.0 / 201).squareRoot(), count: 201))
        #expect(abs(exact - limit) < 0.01)
    }

    /// One in ten samples from the distribution itself has a p-value below a tenth.
    @Test func isUniformUnderTheHypothesis() {
        var generator = SeededGenerator(seed: 5)
        var below = 0
        for _ in 0..<1000 {
            let sample = (0..<40).map { _ in Double.random(in: 0...1, using: &generator) }.sorted()
            if KolmogorovSmirnov.pValue(sample, distribution: { $0 }) < 0.1 { below += 1 }
        }
        #expect((70...130).contains(below))
    }

    @Test func findsTheDistance() {
        // The largest distance of 0.1, 0.2, 0.9 from the uniform distribution is at 0.2: 2/3 − 0.2.
        let p = KolmogorovSmirnov.pValue([0.1, 0.2, 0.9], distribution: { $0 })
        #expect(p == KolmogorovSmirnov.pValue(distance: 2.0 / 3 - 0.2, count: 3))
    }
}
