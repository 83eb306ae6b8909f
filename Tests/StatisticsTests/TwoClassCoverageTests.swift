import Foundation
import SuretyStatistics
import Testing
import TestSupport

/// Classifiers whose class leads the runner-up by exactly D = Φ⁻¹(pA) − Φ⁻¹(pB), or less: a certificate fails when it excludes
/// that, and it may fail with probability α at most.
@Suite struct TwoClassCoverageTests {
    static let certificates = SequentialCoverageTests.certificates

    /// Probabilities of the class, the runner-up and further classes.
    struct Truth: CustomTestStringConvertible {
        let probabilities: [Double]
        let gap: Double

        /// On the boundary for D: pB = Φ(u), and what is left in `others` equal parts; beyond it if these are larger.
        init(gap: Double, at u: Double, others: Int) {
            let (pA, pB) = (NormalDistribution.cumulative(u + gap), NormalDistribution.cumulative(u))
            self.gap = gap
            let rest = max(0, 1 - pA - pB)
            probabilities = [pA, pB] + Array(repeating: others > 0 ? rest / Double(others) : 0, count: others)
        }

        /// How many certificates there is time for when each is looked at again and again: a tenth with many classes, whose votes
        /// hardly ever come twice.
        var certificates: Int { TwoClassCoverageTests.certificates / (probabilities.count > 4 ? 10 : 1) }

        var testDescription: String { "\(probabilities)" }

        /// Adds the votes of further samples.
        func vote(_ samples: Int, _ counts: inout [Int], _ generator: inout SeededGenerator) {
            for _ in 0..<samples {
                var uniform = Double.random(in: 0..<1, using: &generator)
                let choice = probabilities.firstIndex { uniform -= $0; return uniform < 0 }
                counts[choice ?? probabilities.count - 1] += 1
            }
        }
    }

    static let truths = [
        Truth(gap: 1, at: -0.5, others: 0), Truth(gap: 1, at: -0.8, others: 1), Truth(gap: 0.2, at: -0.6, others: 2),
        Truth(gap: 3, at: -2, others: 8), Truth(gap: 2, at: -1.5, others: 40), Truth(gap: 2, at: -3, others: 40),
    ]

    /// The e-value against every other class, alone and averaged with that of the class alone, looked at again and again.
    @Test(arguments: truths)
    func certificatesFailNoMoreOftenThanAlpha(truth: Truth) throws {
        let looks = LookSchedule.standard.looks(upTo: [200])
        let threshold = NormalDistribution.cumulative(truth.gap / 2)
        let levels = [0.05, 0.001]
        var generator = SeededGenerator(seed: 1854)
        var known: [[Int]: (two: Double, both: Double)] = [:]
        func logarithms(_ counts: [Int]) throws -> (two: Double, both: Double) {
            let key = [counts[0]] + counts.dropFirst().sorted()
            if let value = known[key] { return value }
            let two = try TwoClassEValue.logarithm(votes: counts[0], others: Array(counts.dropFirst()), gap: truth.gap)
            let one = try EValue.logarithm(successes: counts[0], trials: counts.reduce(0, +), threshold: threshold)
            known[key] = (two, EValue.logarithmOfMean(one, two, weight: 0.9))
            return known[key]!
        }
        var failures = [[0, 0], [0, 0]]
        for _ in 0..<Self.certificates {
            var counts = [Int](repeating: 0, count: truth.probabilities.count)
            var most = (two: -Double.infinity, both: -Double.infinity)
            for (place, look) in looks.enumerated() {
                truth.vote(look - (place > 0 ? looks[place - 1] : 0), &counts, &generator)
                let value = try logarithms(counts)
                most = (max(most.two, value.two), max(most.both, value.both))
            }
            for (place, level) in levels.enumerated() {
                if most.two >= log(1 / level) { failures[place][0] += 1 }
                if most.both >= log(1 / level) { failures[place][1] += 1 }
            }
        }
        for (place, level) in levels.enumerated() {
            #expect(failures[place].max()! <= SequentialCoverageTests.allowed(level), "\(failures[place]) at \(level)")
        }
        print("Coverage, two classes, \(truth.probabilities.prefix(3)): \(failures[0]) false at .05, \(failures[1]) at .001")
    }

    /// When columns are given up, and at which numbers of samples there are bounds.
    struct Ending: Sendable {
        let hope: Double
        let caps: [Int]
    }

    static let endings = [Ending(hope: 0, caps: [100, 150]), Ending(hope: 0.05, caps: [300, 1500]), Ending(hope: 0.3, caps: [1000])]

    /// The whole procedure by leads: averaged e-values at every look, two bounds at each cap. The threshold is on the boundary,
    /// and there is one below and one above it.
    @Test(arguments: truths, endings)
    func columnsFailNoMoreOftenThanAlpha(truth: Truth, ending: Ending) throws {
        for alpha in [0.05, 0.001] { try columnsFailNoMoreOftenThanAlpha(truth, alpha, ending) }
    }

    private func columnsFailNoMoreOftenThanAlpha(_ truth: Truth, _ alpha: Double, _ ending: Ending) throws {
        let leads = [truth.gap / 2, truth.gap, truth.gap + 1]
        let test = try SequentialTest(
            thresholds: leads.map { NormalDistribution.cumulative($0 / 2) }, comparesClasses: true, alpha: alpha, caps: ending.caps,
            hope: ending.hope, tabulates: ending.hope > 0)
        var generator = SeededGenerator(seed: 1956)
        var known: [[Int]: SequentialTest.State] = [:]
        var failures = 0
        for _ in 0..<truth.certificates {
            var state = test.start, counts = [Int](repeating: 0, count: truth.probabilities.count), last = 0
            while let look = state.nextLook {
                truth.vote(look - last, &counts, &generator)
                last = look
                let key = [look, state.reached, counts[0]] + counts.dropFirst().sorted()
                if known[key] == nil { known[key] = try test.state(after: state, votes: counts[0], others: Array(counts.dropFirst())) }
                state = known[key]!
            }
            if state.reached > 1 { failures += 1 }
        }
        #expect(failures <= BinomialSum(truth.certificates, alpha).upperQuantile(1e-6), "\(failures) at α = \(alpha)")
    }

    /// How often some look excludes the truth, two bounds at each cap: only then does the search for the largest radius certify too
    /// much, whatever ends it.
    @Test(arguments: truths, [0.05, 0.001])
    func looksExcludeTheTruthNoMoreOftenThanAlpha(truth: Truth, alpha: Double) throws {
        let bound = try SequentialBound(comparesClasses: true, alpha: alpha, caps: [300, 1500])
        let threshold = NormalDistribution.cumulative(truth.gap / 2)
        var generator = SeededGenerator(seed: 1763)
        var known: [[Int]: Bool] = [:]
        var failures = 0
        for _ in 0..<truth.certificates {
            var (counts, last, fails) = ([Int](repeating: 0, count: truth.probabilities.count), 0, false)
            for look in bound.looks where !fails {
                truth.vote(look - last, &counts, &generator)
                last = look
                // No evidence comes from votes that the hypothesis itself would explain best.
                let (a, b) = (Double(counts[0]) / Double(look), Double(counts.dropFirst().max()!) / Double(look))
                guard a > b, b == 0 || a == 1 || probit(a) - probit(b) > truth.gap || a > threshold else { continue }
                let key = [look, counts[0]] + counts.dropFirst().sorted()
                if known[key] == nil {
                    known[key] = try bound.excludes(threshold, votes: counts[0], others: Array(counts.dropFirst()), samples: look)
                }
                fails = known[key]!
            }
            if fails { failures += 1 }
        }
        #expect(failures <= BinomialSum(truth.certificates, alpha).upperQuantile(1e-6), "\(failures)")
    }

    private func probit(_ p: Double) -> Double { (try? NormalDistribution.independentQuantile(p)) ?? .nan }

    /// The fixed-sample bounds at .98 and .02 of α, with the cap.
    @Test(arguments: truths, [0.05, 0.001])
    func twoBoundsFailNoMoreOftenThanAlpha(truth: Truth, alpha: Double) throws {
        var generator = SeededGenerator(seed: 98)
        var known: [[Int]: Bool] = [:]
        var failures = 0
        for _ in 0..<Self.certificates {
            var counts = [Int](repeating: 0, count: truth.probabilities.count)
            truth.vote(300, &counts, &generator)
            let key = [counts[0], counts.dropFirst().max()!]
            if known[key] == nil {
                let bounds = try VoteBounds(votes: key[0], runnerUp: key[1], samples: 300, alpha: alpha, split: .standard)
                let radius = try SmoothingRadius.l2(sigma: 1, pALower: bounds.pALower, pBUpper: try #require(bounds.pBUpper))
                known[key] = radius.map { $0 > truth.gap / 2 } ?? false
            }
            if known[key]! { failures += 1 }
        }
        #expect(failures <= SequentialCoverageTests.allowed(alpha), "\(failures) of \(Self.certificates)")
    }

    /// Without any chance, for a few samples: the votes for the class, the runner-up and the rest, over all their paths.
    @Test(arguments: [(0.5, -0.25), (0.5, -0.6), (2.0, -1.0), (2.0, -1.5), (2.0, -2.5)])
    func smallCapsExactly(gap: Double, u: Double) throws {
        let truth = Truth(gap: gap, at: u, others: 1).probabilities
        let (size, looks) = (5, 12)
        let step = Self.trinomial(size, truth[0], truth[1])
        for alpha in [0.2, 0.05, 0.01] {
            var alive = [[0, 0]: 1.0], crossed = 0.0
            for look in 1...looks {
                var next: [[Int]: Double] = [:]
                for (votes, mass) in alive {
                    for (more, probability) in step { next[[votes[0] + more[0], votes[1] + more[1]], default: 0] += mass * probability }
                }
                alive = try next.filter { votes, mass in
                    let logarithm = try TwoClassEValue.logarithm(votes: votes[0], other: votes[1], samples: look * size, gap: gap)
                    if logarithm >= log(1 / alpha) { crossed += mass }
                    return logarithm < log(1 / alpha)
                }
            }
            #expect(crossed <= alpha, "\(crossed) at \(alpha)")
        }
    }

    /// The probabilities of all votes of a few samples.
    private static func trinomial(_ n: Int, _ pA: Double, _ pB: Double) -> [(votes: [Int], probability: Double)] {
        let rest = max(0, 1 - pA - pB)
        return (0...n).flatMap { a in
            (0...(n - a)).map { b in
                let c = n - a - b
                let ways: Double = lgamma(Double(n + 1)) - lgamma(Double(a + 1)) - lgamma(Double(b + 1)) - lgamma(Double(c + 1))
                let each: Double = pow(pA, Double(a)) * pow(pB, Double(b)) * pow(rest, Double(c))
                return ([a, b], exp(ways) * each)
            }
        }
    }

    /// The hypothesis must be tested on its boundary: a likelihood of one point in it is no bound of the supremum.
    @Test func aSupremumTakenAtOnePointIsFound() throws {
        let truth = Truth(gap: 1, at: -0.8, others: 1)
        let other = Truth(gap: 1, at: -0.5, others: 1)
        let looks = LookSchedule.standard.looks(upTo: [200])
        var generator = SeededGenerator(seed: 1)
        var failures = 0
        for _ in 0..<1000 {
            var counts = [0, 0, 0]
            for (place, look) in looks.enumerated() {
                truth.vote(look - (place > 0 ? looks[place - 1] : 0), &counts, &generator)
                let (a, b, c) = (Double(counts[0]), Double(counts[1]), Double(counts[2]))
                let gammas: Double = lgamma(a + 0.5) + lgamma(b + 0.5) + lgamma(c + 0.5)
                let mixture: Double = gammas - lgamma(a + b + c + 1.5) - log(2 * Double.pi)
                let (lnA, lnB, lnC) = (log(other.probabilities[0]), log(other.probabilities[1]), log(0.001))
                let fixed: Double = a * lnA + b * lnB + c * lnC
                if mixture - fixed >= log(20) { failures += 1; break }
            }
        }
        #expect(failures > BinomialSum(1000, 0.05).upperQuantile(1e-6))
    }
}
