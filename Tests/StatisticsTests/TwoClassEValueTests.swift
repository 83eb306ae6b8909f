import Foundation
import SuretyStatistics
import Testing
import TestSupport

@Suite struct TwoClassEValueTests {
    /// ln E from mpmath with 50 digits, the supremum by golden section.
    static let table: [(votes: Int, other: Int, samples: Int, gap: Double, logarithm: Double)] = [
        (64, 0, 64, 1.0, 18.75275817411233704133131),
        (60, 1, 64, 1.0, 13.13952723940758631338507),
        (600, 200, 1000, 0.5, 23.67268442398918615773448),
        (990, 5, 1000, 3.0, 40.91249738040117953320101),
        (990, 10, 1000, 3.0, 32.25093730058272760132151),
        (900, 0, 1000, 2.5, 55.32577507115906853444189),
        (99_000, 300, 100_000, 4.5, 248.1424108107866739267268),
        (40_000, 20_000, 100_000, 0.5, 64.54410562384798214398019),
        (100_000, 0, 100_000, 7.0, 11.0595364921627814469604),
        (9_500_000, 100_000, 10_000_000, 3.5, 47977.4274364346856314581),
    ]

    @Test(arguments: table)
    func besideFiftyDigits(votes: Int, other: Int, samples: Int, gap: Double, logarithm: Double) throws {
        let own = try TwoClassEValue.logarithm(votes: votes, other: other, samples: samples, gap: gap)
        #expect(own <= logarithm && own >= logarithm - TwoClassEValue.agreement(samples: samples), "\(own)")
        let independent = try TwoClassEValue.independentLogarithm(votes: votes, other: other, samples: samples, gap: gap)
        #expect(abs(independent - logarithm) <= 1e-10 + 1e-12 * Double(samples), "\(independent)")
    }

    @Test func independentRouteAgrees() throws {
        var generator = SeededGenerator(seed: 1973)
        for _ in 0..<1000 {
            let n = Int(pow(10, Double.random(in: 0...6, using: &generator)))
            let gap = Double.random(in: 0...7, using: &generator)
            let a = n - Int(Double(n) * pow(10, Double.random(in: -5...0, using: &generator)))
            let b = Int.random(in: 0...(n - a), using: &generator)
            let own = try TwoClassEValue.logarithm(votes: a, other: b, samples: n, gap: gap)
            let independent = try TwoClassEValue.independentLogarithm(votes: a, other: b, samples: n, gap: gap)
            #expect(own <= independent + 1e-10 + 1e-12 * Double(n), "\(a), \(b) of \(n), gap \(gap)")
            #expect(own == independent || own >= independent - TwoClassEValue.agreement(samples: n), "\(a), \(b) of \(n), gap \(gap)")
        }
    }

    /// Wherever in the hypothesis the truth is, E's mean is at most 1: on its boundary, in it, and at its corner.
    @Test(arguments: [(0.5, 12), (2.0, 12), (1.0, 30)])
    func meanIsAtMostOne(gap: Double, samples: Int) throws {
        var values: [[Double]] = []
        for a in 0...samples {
            values.append(try (0...(samples - a)).map { b in
                exp(try TwoClassEValue.logarithm(votes: a, other: b, samples: samples, gap: gap))
            })
        }
        for u in [-gap / 2, -gap / 2 - 0.1, -gap / 2 - 1, -gap / 2 - 2] {
            for lead in [gap, gap / 2, 0] {
                let (pA, pB) = (NormalDistribution.cumulative(u + lead), NormalDistribution.cumulative(u))
                let rest = max(0, 1 - pA - pB)
                var mean = 0.0
                for a in 0...samples {
                    for b in 0...(samples - a) where values[a][b] > 0 {
                        let c = samples - a - b
                        let choose = lgamma(Double(samples + 1)) - lgamma(Double(a + 1)) - lgamma(Double(b + 1)) - lgamma(Double(c + 1))
                        mean += exp(choose) * pow(pA, Double(a)) * pow(pB, Double(b)) * pow(rest, Double(c)) * values[a][b]
                    }
                }
                #expect(mean <= 1, "\(pA), \(pB)")
            }
        }
    }

    @Test func againstEveryOtherClassItIsTheLeast() throws {
        let all = try [300, 50, 0, 50].map { try TwoClassEValue.logarithm(votes: 600, other: $0, samples: 1000, gap: 0.5) }
        #expect(try TwoClassEValue.logarithm(votes: 600, others: [300, 50, 0, 50], gap: 0.5) == all.min())
    }

    /// Votes within the hypothesis are no evidence against it, and neither is having no votes.
    @Test func noEvidenceWithinTheHypothesis() throws {
        for (a, b, n, gap) in [(0, 0, 10, 0.0), (50, 50, 100, 0.0), (60, 40, 100, 1.0), (10, 90, 100, 0.5)] {
            #expect(try TwoClassEValue.logarithm(votes: a, other: b, samples: n, gap: gap) == -.infinity)
            #expect(try TwoClassEValue.independentLogarithm(votes: a, other: b, samples: n, gap: gap) == -.infinity)
        }
        // A gap that no certificate has: the likelihood underflows.
        #expect(try TwoClassEValue.logarithm(votes: 50, other: 0, samples: 100, gap: 1e3) == -.infinity)
    }

    @Test func refusesNonsense() {
        for (a, b, n) in [(-1, 0, 10), (5, 6, 10), (11, 0, 10), (0, 0, 0)] {
            #expect(throws: StatisticsError.self) { try TwoClassEValue.logarithm(votes: a, other: b, samples: n, gap: 1) }
        }
        #expect(throws: StatisticsError.self) { try TwoClassEValue.logarithm(votes: .max, others: [1], gap: 1) }
        for gap in [-1, .infinity, .nan] {
            #expect(throws: StatisticsError.self) { try TwoClassEValue.logarithm(votes: 1, other: 0, samples: 1, gap: gap) }
        }
    }
}
