import Foundation
import SuretyStatistics
import Testing
import TestSupport

@Suite struct ClopperPearsonTests {
    /// 300 rows computed with 70 digits.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func lowerBoundsMatchTheTable() throws {
        let table = try ReferenceTable("reference/clopper_pearson.csv")
        #expect(table.rows.count == 300)
        var (aboveInUlps, below) = (-Double.infinity, 0.0)
        for row in table.rows {
            let (k, n, alpha, truth) = (Int(row["k"]!), Int(row["n"]!), row["alpha"]!, row["lower"]!)
            let bound = try ClopperPearson.lowerBound(successes: k, trials: n, alpha: alpha)
            #expect(bound <= truth + truth.ulp, "\(k) of \(n) at \(alpha)")
            #expect(bound >= truth * (1 - 1e-9), "\(k) of \(n) at \(alpha)")
            if truth > 0 {
                aboveInUlps = max(aboveInUlps, (bound - truth) / truth.ulp)
                below = max(below, 1 - bound / truth)
            }
        }
        print("Clopper-Pearson: at most \(aboveInUlps) ulp above the 50-digit bound, at most \(below) below, relatively")
    }

    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func upperBoundsMatchTheTable() throws {
        var above = 0.0
        for row in try ReferenceTable("reference/clopper_pearson.csv").rows {
            let (k, n, alpha, truth) = (Int(row["k"]!), Int(row["n"]!), row["alpha"]!, row["upper"]!)
            let bound = try ClopperPearson.upperBound(successes: k, trials: n, alpha: alpha)
            #expect(bound >= truth - truth.ulp, "\(k) of \(n) at \(alpha)")
            #expect(bound <= truth * (1 + 1e-7), "\(k) of \(n) at \(alpha)")
            above = max(above, bound / truth - 1)
        }
        print("Clopper-Pearson: upper bounds at most \(above) above, relatively")
    }

    @Test(arguments: [1, 2, 10, 1000, 100_000, 10_000_000], [1e-12, 1e-3, 0.05, 0.5, 0.999])
    func closedForms(n: Int, alpha: Double) throws {
        // k = n: p^n = alpha. k = 1: 1 - (1-p)^n = alpha. No successes: nothing; all successes: no upper bound.
        let all = try ClopperPearson.lowerBound(successes: n, trials: n, alpha: alpha)
        #expect(isJustBelow(all, exp(log(alpha) / Double(n))))
        #expect(try ClopperPearson.lowerBound(successes: 0, trials: n, alpha: alpha) == 0)
        #expect(try ClopperPearson.upperBound(successes: n, trials: n, alpha: alpha) == 1)
        if alpha <= 0.1 {
            let one = try ClopperPearson.lowerBound(successes: 1, trials: n, alpha: alpha)
            #expect(isJustBelow(one, -expm1(log1p(-alpha) / Double(n))))
            let none = try ClopperPearson.upperBound(successes: 0, trials: n, alpha: alpha)
            let truth = -expm1(log(alpha) / Double(n))
            #expect(none >= truth * (1 - 4e-16))
            #expect(none <= truth * (1 + 1e-7 + 1e-16 / alpha))
        }
    }

    /// An ordinary count on which gsl_cdf_beta_Pinv gives NaN.
    @Test func cohensDefaultsAreComputable() throws {
        let bound = try ClopperPearson.lowerBound(successes: 99_000, trials: 100_000, alpha: 0.001)
        let independent = try ClopperPearson.independentLowerBound(successes: 99_000, trials: 100_000, alpha: 0.001)
        #expect(isJustBelow(bound, independent))
    }

    /// Near the mean and for millions of trials GSL's continued fraction gives NaN; bounds must still come out, and valid.
    @Test(arguments: [5_000_000, 10_000_000, 100_000_000])
    func manyTrials(n: Int) throws {
        for fraction in [0.1, 0.5, 0.9, 0.999, 0.9999999] {
            for alpha in [1e-9, 0.001, 0.1] {
                let k = Int(Double(n) * fraction)
                let bound = try ClopperPearson.lowerBound(successes: k, trials: n, alpha: alpha)
                let independent = try ClopperPearson.independentLowerBound(successes: k, trials: n, alpha: alpha)
                #expect(isJustBelow(bound, independent), "\(k) of \(n) at \(alpha)")
            }
        }
        // Hundreds of millions, at a level where the root itself lies where GSL gives NaN: low, but a bound.
        let low = try ClopperPearson.lowerBound(successes: n / 2, trials: n, alpha: 0.4)
        #expect(low <= (try ClopperPearson.independentLowerBound(successes: n / 2, trials: n, alpha: 0.4)))
        #expect(low >= 0.499)
    }

    /// Levels above ½, where the root lies above the mean and GSL's continued fraction runs in 1−p. The truth is mpmath's.
    @Test func neverExceedsTheTruthAboveTheMean() throws {
        let (k, n, alpha, truth) = (12, 440_517, 0.8991092239910178, 0.00003762915472366036984751717)
        let bound = try ClopperPearson.lowerBound(successes: k, trials: n, alpha: alpha)
        #expect(bound <= truth && bound >= truth * (1 - 1e-9))
    }

    @Test func growsWithSuccessesAndLevel() throws {
        for n in [1, 7, 100, 3000] {
            for alpha in [1e-6, 0.001, 0.05] {
                var (previousLower, previousUpper) = (-1.0, 0.0)
                for k in stride(from: 0, through: n, by: max(1, n / 50)) {
                    let lower = try ClopperPearson.lowerBound(successes: k, trials: n, alpha: alpha)
                    let upper = try ClopperPearson.upperBound(successes: k, trials: n, alpha: alpha)
                    #expect(lower > previousLower)
                    #expect(upper > previousUpper || upper == 1)
                    #expect(lower <= Double(k) / Double(n) && Double(k) / Double(n) <= upper)
                    #expect(try ClopperPearson.lowerBound(successes: k, trials: n, alpha: alpha / 2) <= lower)
                    #expect(try ClopperPearson.upperBound(successes: k, trials: n, alpha: alpha / 2) >= upper)
                    (previousLower, previousUpper) = (lower, upper)
                }
            }
        }
    }

    /// The definition, with the tail summed term by term.
    @Test(arguments: [(3, 10), (7, 10), (17, 20), (150, 200), (12, 400)])
    func tailAtTheBoundIsAlpha(k: Int, n: Int) throws {
        for alpha in [1e-6, 0.001, 0.05] {
            let lower = try ClopperPearson.lowerBound(successes: k, trials: n, alpha: alpha)
            let upper = try ClopperPearson.upperBound(successes: k, trials: n, alpha: alpha)
            let (atLeast, atMost) = (BinomialSum(n, lower).sum(k...n), BinomialSum(n, upper).sum(0...k))
            #expect(abs(atLeast / alpha - 1) < 1e-10)
            #expect(abs(atMost / alpha - 1) < 1e-10)
        }
    }

    /// Counts of every size: the two libraries agree, and the rounded bounds are on the safe side.
    @Test func independentRouteAgrees() throws {
        var generator = SeededGenerator(seed: 1934)
        for _ in 0..<10_000 {
            let n = Int(pow(10, Double.random(in: 0...7, using: &generator)))
            let fewest = Int(pow(Double(n), Double.random(in: 0...1, using: &generator)))
            let k = min(n, Bool.random(using: &generator) ? fewest : n - fewest + 1)
            let alpha = pow(10, Double.random(in: -9 ... -1, using: &generator))
            let lower = try ClopperPearson.lowerBound(successes: k, trials: n, alpha: alpha)
            let upper = try ClopperPearson.upperBound(successes: k, trials: n, alpha: alpha)
            #expect(isJustBelow(lower, try ClopperPearson.independentLowerBound(successes: k, trials: n, alpha: alpha)), "\(k) of \(n) at \(alpha): \(lower)")
            let independent = try ClopperPearson.independentUpperBound(successes: k, trials: n, alpha: alpha)
            #expect(upper >= independent * (1 - 1e-15) && upper <= independent * (1 + 1e-7), "\(k) of \(n) at \(alpha)")
        }
    }

    @Test func refusesNonsense() {
        typealias Bound = (Int, Int, Double) throws -> Double
        let bounds: [Bound] = [
            { try ClopperPearson.lowerBound(successes: $0, trials: $1, alpha: $2) },
            { try ClopperPearson.upperBound(successes: $0, trials: $1, alpha: $2) },
            { try ClopperPearson.independentLowerBound(successes: $0, trials: $1, alpha: $2) },
            { try ClopperPearson.independentUpperBound(successes: $0, trials: $1, alpha: $2) },
        ]
        for bound in bounds {
            for (k, n) in [(-1, 10), (11, 10), (0, 0), (1, 0), (0, -5), (.min, .max)] {
                #expect(throws: StatisticsError.countsOutOfRange(successes: k, trials: n)) { try bound(k, n, 0.001) }
            }
            for alpha in [0, 1, -0.1, 1.5, .infinity] {
                #expect(throws: StatisticsError.levelOutOfRange(name: "alpha", value: alpha)) { try bound(5, 10, alpha) }
            }
            #expect(throws: StatisticsError.self) { try bound(5, 10, .nan) }
        }
    }
}

/// Whether `bound` is below `truth` (itself good to a few units in the last place) by less than 1e-9.
private func isJustBelow(_ bound: Double, _ truth: Double) -> Bool {
    bound <= truth * (1 + 4e-16) && bound >= truth * (1 - 1e-9)
}
