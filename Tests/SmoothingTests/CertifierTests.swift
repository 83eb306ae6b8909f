import Foundation
import SuretySmoothing
import SuretyStatistics
import SuretyTensors
import Testing
import TestSupport

@Suite struct CertifierTests {
    static func certifier(
        n0: Int = 100, n: Int = 100_000, bound: Certifier.Bound = .clopperPearson,
        norm: Norm = .l2, sigma: Double = 0.25, alpha: Double = 0.001
    ) throws -> Certifier {
        try Certifier(noise: .gaussian(sigma: sigma), alpha: alpha, n0: n0, n: n, bound: bound, norm: norm)
    }

    /// pA and Φ⁻¹(pA) from mpmath with 40 digits.
    @Test func certifiesTheClassOfTheSelection() throws {
        let verdict = try Self.certifier().verdict(selectionCounts: [1, 99, 0], counts: [600, 99_000, 400], dimensions: 784)
        #expect(verdict.answer == 1)
        guard case .bounds(let pALower, nil) = verdict.evidence else { Issue.record("no bounds"); return }
        #expect(abs(pALower - 0.98898934037747476) < 1e-12)
        #expect(abs(try #require(verdict.radius) - 0.25 * 2.2899999552137662) < 1e-9)
        #expect(verdict.confidence == 0.999)
    }

    /// The votes that bound the probability must not choose the class as well.
    @Test func theOtherVotesDoNotChooseTheClass() throws {
        let verdict = try Self.certifier().verdict(selectionCounts: [51, 49], counts: [1000, 99_000], dimensions: 784)
        #expect(verdict.outcome == .abstained)
    }

    @Test func tiesGoToTheLowerClass() throws {
        let verdict = try Self.certifier(n0: 4).verdict(selectionCounts: [0, 2, 2], counts: [0, 100_000, 0], dimensions: 784)
        #expect(verdict.answer == 1)
    }

    @Test func abstainsBelowOneHalf() throws {
        #expect(try Self.certifier().verdict(selectionCounts: [100, 0], counts: [50_400, 49_600], dimensions: 784).outcome == .abstained)
        #expect(try Self.certifier().verdict(selectionCounts: [100, 0], counts: [50_600, 49_400], dimensions: 784).answer == 0)
    }

    @Test func twoBoundsCertifyWithoutAMajority() throws {
        let counts = [40_000, 20_000, 20_000, 20_000]
        #expect(try Self.certifier().verdict(selectionCounts: [100, 0, 0, 0], counts: counts, dimensions: 784).outcome == .abstained)
        let verdict = try Self.certifier(bound: .twoBound).verdict(selectionCounts: [100, 0, 0, 0], counts: counts, dimensions: 784)
        guard case .bounds(let pALower, let pBUpper?) = verdict.evidence else { Issue.record("no bounds"); return }
        let (levelA, levelB) = (0.98 * 0.001, (1 - 0.98) * 0.001)
        // What 784 values of the noise may be off by is charged once, to each: 784 · 1.053·10⁻¹⁷.
        let (pA, pB) = (
            try ClopperPearson.lowerBound(successes: 40_000, trials: 100_000, alpha: levelA),
            try ClopperPearson.upperBound(successes: 20_000, trials: 100_000, alpha: levelB))
        #expect(pALower < pA && pA - pALower < 1e-14 && pBUpper > pB && pBUpper - pB < 1e-14)
        #expect(verdict.radius == (try SmoothingRadius.l2(sigma: 0.25, pALower: pALower, pBUpper: pBUpper)))
    }

    /// The two bounds from before the split was chosen, for records of that time.
    @Test func halvesAreEqualAndWithoutACap() throws {
        let verdict = try Self.certifier(bound: .twoBoundHalves).verdict(
            selectionCounts: [100, 0], counts: [99_900, 100], dimensions: 784)
        guard case .bounds(let pALower, let pBUpper?) = verdict.evidence else { Issue.record("no bounds"); return }
        #expect(abs(pALower - (try ClopperPearson.lowerBound(successes: 99_900, trials: 100_000, alpha: 0.0005))) < 1e-14)
        #expect(abs(pBUpper - (try ClopperPearson.upperBound(successes: 100, trials: 100_000, alpha: 0.0005))) < 1e-14)
    }

    @Test func twoBoundsAreTheDefault() throws {
        #expect(try Certifier(noise: .gaussian(sigma: 1), alpha: 0.001, n0: 1, n: 1).bound == .twoBound)
    }

    /// With two classes pB is capped at 1 − pA: no radius falls behind the one bound's by more than α's other share costs.
    @Test(arguments: [(100_000, 0.001, 0.001), (100, 0.001, 0.0015), (100_000, 0.05, 0.0016)])
    func twoBoundsCostNextToNothing(n: Int, alpha: Double, loss: Double) throws {
        for errors in [0, 1, 2, 5, 10, 20, 30, 40] {
            let counts = [n - errors * n / 100, errors * n / 100]
            let radii = try [Certifier.Bound.clopperPearson, .twoBound].map { bound in
                try Self.certifier(n: n, bound: bound, sigma: 1, alpha: alpha)
                    .verdict(selectionCounts: [100, 0], counts: counts, dimensions: 784).radius ?? 0
            }
            #expect(radii[1] >= radii[0] - loss, "\(counts): \(radii)")
        }
    }

    /// An image beside the grid is certified for what is left of the radius, and not at all where nothing is.
    @Test func theWayToTheGridIsTakenOff() throws {
        func radius(_ rounding: Double) throws -> Double? {
            try Self.certifier().verdict(selectionCounts: [100, 0], counts: [99_000, 1000], dimensions: 784, rounding: rounding).radius
        }
        let whole = try #require(try radius(0))
        let left = try #require(try radius(0.0625))
        #expect(left <= whole - 0.0625 && left > whole - 0.0625 - 1e-15)
        #expect(try radius(whole) == nil && radius(1) == nil && radius(.infinity) == nil)
    }

    /// pA − dτ, at the least that can be charged, for noise and images of any size.
    @Test(arguments: [1, 784, 150_528]) func variationIsChargedOnce(dimensions: Int) throws {
        let noise = try Noise.gaussian(sigma: 1)
        let variation = try #require(try noise.family.totalVariation()) * Double(dimensions)
        let drawn = try ClopperPearson.lowerBound(successes: 990, trials: 1000, alpha: 0.001)
        let verdict = try Certifier(noise: noise, alpha: 0.001, n0: 10, n: 1000, bound: .clopperPearson)
            .verdict(selectionCounts: [10, 0], counts: [990, 10], dimensions: dimensions)
        guard case .bounds(let pALower, nil) = verdict.evidence else { Issue.record("no bounds"); return }
        #expect(pALower <= drawn - variation && pALower > drawn - variation - 4 * drawn.ulp)
    }

    @Test func infinityNormDividesByTheRootOfTheDimensions() throws {
        let l2 = try Self.certifier().verdict(selectionCounts: [100, 0], counts: [99_000, 1000], dimensions: 784)
        let linf = try Self.certifier(norm: .linf).verdict(selectionCounts: [100, 0], counts: [99_000, 1000], dimensions: 784)
        let radii = (try #require(l2.radius), try #require(linf.radius))
        #expect(radii.1 <= radii.0 / 28 && radii.1 > radii.0 / 28 * (1 - 1e-14))
        guard case .certified(_, _, .linf) = linf.outcome else { Issue.record("not in linf"); return }
    }

    @Test func refusesNonsense() throws {
        let certifier = try Self.certifier()
        for (selectionCounts, counts) in [
            ([99, 0], [100_000, 0]), ([100, 0], [99_999, 0]), ([101, -1], [100_000, 0]), ([100, 0], [100_001, -1]),
            ([100], [100_000, 0]), ([], []), ([100, 0], []), ([.max, .max], [100_000, 0]),
        ] {
            #expect(reason { _ = try certifier.verdict(selectionCounts: selectionCounts, counts: counts, dimensions: 784) } == .invalidCounts)
        }
        for alpha in [0, 1, -1, .nan] { #expect(reason { _ = try Self.certifier(alpha: alpha) } == .invalidSettings) }
        for n in [0, -1, 1 << 40] {
            #expect(reason { _ = try Self.certifier(n: n) } == .invalidSettings)
            #expect(reason { _ = try Self.certifier(n0: n) } == .invalidSettings)
        }
    }

    /// Whole certificates of classifiers with known probabilities: a certificate is false when its radius exceeds the
    /// true one, σ/2 (Φ⁻¹(pA) − Φ⁻¹(pB)) for the class it names, or that class is not the most probable.
    @Test(arguments: Certifier.Bound.allCases)
    func certificatesFailNoMoreOftenThanAlpha(bound: Certifier.Bound) throws {
        let (n, alpha, runs) = (200, 0.02, 20_000)
        let certifier = try Self.certifier(n0: 10, n: n, bound: bound, sigma: 1, alpha: alpha)
        var generator = SeededGenerator(seed: 2019)
        var (wrong, certified) = (0, 0)
        let truths = [[0.52, 0.48, 0], [0.6, 0.3, 0.1], [0.9, 0.05, 0.05], [0.45, 0.3, 0.25]]
        for truth in truths {
            for _ in 0..<runs / truths.count {
                let verdict = try certifier.verdict(
                    selectionCounts: votes(10, truth, &generator), counts: votes(n, truth, &generator), dimensions: 784)
                guard case .certified(let answer, let radius, _) = verdict.outcome else { continue }
                certified += 1
                let others = truth.indices.filter { $0 != answer }.map { truth[$0] }
                let zA = try NormalDistribution.independentQuantile(truth[answer])
                let zB = try NormalDistribution.independentQuantile(others.max()!)
                if radius > max(0, bound == .clopperPearson ? zA : (zA - zB) / 2) { wrong += 1 }
            }
        }
        // Five standard deviations above the level.
        let allowed = alpha * Double(runs) + 5 * (alpha * (1 - alpha) * Double(runs)).squareRoot()
        #expect(Double(wrong) <= allowed, "\(wrong) false of \(certified)")
        #expect(certified > runs / 4)
        #expect(wrong > 0)
    }

    private func votes(_ n: Int, _ truth: [Double], _ generator: inout SeededGenerator) -> [Int] {
        var counts = [0, 0, 0]
        for _ in 0..<n {
            let uniform = Double.random(in: 0..<1, using: &generator)
            counts[uniform < truth[0] ? 0 : uniform < truth[0] + truth[1] ? 1 : 2] += 1
        }
        return counts
    }
}
