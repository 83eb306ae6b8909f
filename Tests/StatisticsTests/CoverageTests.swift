import Foundation
import SuretyStatistics
import Testing
import TestSupport

/// Classifiers whose pA is known are certified 10⁵ times, or as often as SURETY_COVERAGE says for each pA (`make test-coverage`: 10⁶):
/// a certificate fails when its bound exceeds pA, and it may fail with probability α at most.
@Suite struct CoverageTests {
    static let truths = [0.5, 0.6, 0.8, 0.9, 0.97, 0.99]
    static let certificates = ProcessInfo.processInfo.environment["SURETY_COVERAGE"].flatMap(Int.init).map { $0 * truths.count } ?? 100_000

    @Test(arguments: [0.001, 0.05])
    func boundsFailNoMoreOftenThanAlpha(alpha: Double) throws {
        let failures = try failures { k, n in try ClopperPearson.lowerBound(successes: k, trials: n, alpha: alpha) }
        #expect(failures <= allowed(alpha), "\(failures) of \(Self.certificates) at \(alpha)")
        // The bound is exact, not merely safe: near the level, not at zero.
        #expect(Double(failures) > 0.3 * alpha * Double(Self.certificates))
        print("Coverage: \(failures) of \(Self.certificates) certificates false at alpha \(alpha), allowed \(allowed(alpha))")
    }

    @Test(arguments: [0.001, 0.05])
    func upperBoundsFailNoMoreOftenThanAlpha(alpha: Double) throws {
        let failures = try failures { k, n in
            try 1 - ClopperPearson.upperBound(successes: n - k, trials: n, alpha: alpha)
        }
        #expect(failures <= allowed(alpha))
    }

    /// The same check catches wrong bounds: the plain proportion, the textbook's normal approximation, and twice the level.
    @Test(arguments: [0.001, 0.05])
    func wrongBoundsFailTheSameCheck(alpha: Double) throws {
        let z = try -NormalDistribution.independentQuantile(alpha)
        let proportion = failures { k, n in Double(k) / Double(n) }
        let normal = failures { k, n in
            let p = Double(k) / Double(n)
            return p - z * (p * (1 - p) / Double(n)).squareRoot()
        }
        let twice = try failures { k, n in try ClopperPearson.lowerBound(successes: k, trials: n, alpha: 2 * alpha) }
        #expect(proportion > allowed(alpha))
        #expect(normal > allowed(alpha))
        #expect(twice > allowed(alpha))
    }

    /// The certificates in equal parts for each true pA, n = 1000 votes each.
    private func failures(of bound: (Int, Int) throws -> Double) rethrows -> Int {
        let n = 1000
        var generator = SeededGenerator(seed: 20_190_210)
        var failures = 0
        for pA in Self.truths {
            let cumulative = BinomialSum(n, pA).cumulative
            let bounds = try (0...n).map { try bound($0, n) }
            for _ in 0..<Self.certificates / Self.truths.count {
                let uniform = Double.random(in: 0..<1, using: &generator)
                let votes = cumulative.firstIndex { uniform < $0 } ?? n
                if bounds[votes] > pA { failures += 1 }
            }
        }
        return failures
    }

    /// The number of failures that the certificates, each failing with probability α, exceed once in a million runs.
    private func allowed(_ alpha: Double) -> Int {
        BinomialSum(Self.certificates, alpha).upperQuantile(1e-6)
    }
}
