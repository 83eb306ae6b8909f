import Foundation
import SuretyStatistics
import Testing
import TestSupport

/// Classifiers whose pA is known are certified again and again, by sequential procedures: a certificate fails when it says that
/// pA exceeds a threshold that it does not exceed, and it may fail with probability α at most, whatever the rule for stopping.
///
/// The suite makes 10⁴ certificates in each setting. `make test-coverage` makes 10⁶, by SURETY_COVERAGE.
@Suite struct SequentialCoverageTests {
    static let certificates = ProcessInfo.processInfo.environment["SURETY_COVERAGE"].flatMap(Int.init) ?? 10_000

    /// Φ(r/σ) for r/σ = 0, ½, 1, … 3½.
    static let thresholds = stride(from: 0, through: 3.5, by: 0.5).map(NormalDistribution.cumulative)

    /// What is decided, and when it stops.
    struct Setting: CustomTestStringConvertible {
        let name: String
        let thresholds: [Double]
        let caps: [Int]
        var hope = 0.0
        var reserve = LevelReserve.standard

        var testDescription: String { name }
        func test(alpha: Double) throws -> SequentialTest {
            try SequentialTest(thresholds: thresholds, alpha: alpha, reserve: reserve, caps: caps, hope: hope)
        }
    }

    static let settings = [
        Setting(name: "columns", thresholds: thresholds, caps: [20_000]),
        Setting(name: "columns, given up without hope", thresholds: thresholds, caps: [20_000], hope: 0.05),
        Setting(name: "columns, given up early", thresholds: thresholds, caps: [100_000], hope: 0.5),
        Setting(name: "one radius of 2σ", thresholds: [thresholds[4]], caps: [100_000], hope: 0.05),
        Setting(name: "cap raised twice", thresholds: thresholds, caps: [1000, 4000, 16_000], hope: 0.02),
        Setting(name: "nearly all of α in reserve, cap raised", thresholds: thresholds, caps: [500, 20_000], reserve: try! .init(share: 0.98)),
        Setting(name: "no reserve", thresholds: thresholds, caps: [2000], reserve: .none),
    ]

    /// pA on each threshold, just below and far below: where the incomplete beta function underflows.
    static func truths(_ setting: Setting) -> [Double] {
        setting.thresholds.flatMap { [$0, $0 - 0.02 * (1 - $0)] } + [0.3, 0.01]
    }

    @Test(arguments: settings, [0.05, 0.001])
    func certificatesFailNoMoreOftenThanAlpha(setting: Setting, alpha: Double) throws {
        let test = try setting.test(alpha: alpha)
        var (most, reached) = (0, 0)
        for (place, truth) in Self.truths(setting).enumerated() {
            let walk = VoteWalk(test.looks, truth)
            var generator = SeededGenerator(seed: 1000 + place)
            var failures = 0
            for _ in 0..<Self.certificates {
                var (state, votes) = (test.start, 0)
                while state.end == nil {
                    votes = walk.votes(votes, at: state.look, &generator)
                    state = try test.state(after: state, votes: votes)
                }
                if state.reached > 0 {
                    reached += 1
                    if test.thresholds[state.reached - 1] >= truth { failures += 1 }
                }
            }
            #expect(failures <= Self.allowed(alpha), "\(failures) of \(Self.certificates) at pA = \(truth)")
            most = max(most, failures)
        }
        #expect(reached > 0)
        print("Coverage, \(setting.name), α = \(alpha): at most \(most) of \(Self.certificates) false")
    }

    /// Small caps without any chance: the probability of a false certificate, summed over all paths of votes.
    @Test(arguments: [0.05, 0.001], [LevelReserve.standard, .none, try! .init(share: 0.98)])
    func smallCapsExactly(alpha: Double, reserve: LevelReserve) throws {
        let thresholds = Self.thresholds.prefix(5)
        for caps in [[100], [600], [100, 300, 600]] {
            for (place, threshold) in thresholds.enumerated() {
                let test = try SequentialTest(
                    thresholds: [threshold], alpha: alpha, reserve: reserve, caps: caps, hope: 0)
                let least = try test.looks.map { look in
                    try (0...look).first { votes in try Self.reaches(test, look, votes) }
                }
                for truth in [threshold, threshold * 0.99, threshold / 2] {
                    let failures = VoteWalk.crossing(test.looks, truth, least: least)
                    #expect(failures <= alpha, "threshold \(place) at \(truth), caps \(caps)")
                    if truth < threshold / 1.5 { #expect(failures < alpha / 10) }
                }
            }
        }
    }

    /// Each next cap chosen after the votes of the one before, by somebody who wants a false certificate: the probability by the best
    /// choices, summed exactly. The shares alone do not prove that this is below α.
    @Test(arguments: [0.05, 0.001])
    func theWorstNextCapsAreCovered(alpha: Double) throws {
        let most = LevelReserve.mostForFurtherCaps
        for share in [most, most / 2] {
            let chances = try Self.thresholds[1...4].map { try Self.worstChance(5, upTo: 1000, $0, alpha, LevelReserve(share: share)) }
            #expect(chances.allSatisfy { $0 > alpha / 10 && $0 < 0.75 * alpha }, "\(chances.map { $0 / alpha }) with \(share) in reserve")
        }
    }

    /// The same search convicts a reserve of nearly everything.
    @Test func aLargeReserveForChosenCapsIsFound() throws {
        #expect(try Self.worstChance(5, upTo: 1000, Self.thresholds[1], 0.001, LevelReserve(share: 0.99)) > 0.001)
    }

    /// The chance of certifying a threshold that pA is exactly on, with the best choice of each cap among the looks.
    private static func worstChance(
        _ caps: Int, upTo most: Int, _ threshold: Double, _ alpha: Double, _ reserve: LevelReserve
    ) throws -> Double {
        let looks = LookSchedule.standard.looks(upTo: [most])
        let least = try looks.map {
            try EValue.leastCount(trials: $0, threshold: threshold, level: reserve.eValueLevel(of: alpha)) ?? $0 + 1
        }
        let places = Dictionary(uniqueKeysWithValues: zip(looks, looks.indices))
        // For each look, by the votes there if they did not certify: the chance with the caps still to be chosen.
        var after = looks.map { [Double](repeating: 0, count: $0 + 1) }
        var chance = 0.0
        for cap in (0..<caps).reversed() {
            let level = try #require(reserve.lastLevel(of: alpha, cap: cap))
            var before = after.map { $0.map { _ in 0.0 } }
            for (place, look) in looks.enumerated() {
                var value = after[place]
                let byBound = try ClopperPearson.leastCount(trials: look, exceeding: threshold, alpha: level) ?? look + 1
                for votes in value.indices.dropFirst(min(byBound, least[place])) { value[votes] = 1 }
                for samples in (0..<look).reversed() {
                    for votes in 0...samples { value[votes] = (1 - threshold) * value[votes] + threshold * value[votes + 1] }
                    guard let earlier = places[samples] else { continue }
                    for votes in 0...samples { before[earlier][votes] = max(before[earlier][votes], value[votes]) }
                    for votes in (0...samples).dropFirst(least[earlier]) { value[votes] = 1 }
                }
                if cap == 0 { chance = max(chance, value[0]) }
            }
            after = before
        }
        return chance
    }

    private static func reaches(_ test: SequentialTest, _ look: Int, _ votes: Int) throws -> Bool {
        var state = test.start
        while let next = state.nextLook, next < look { state = try test.state(after: state, votes: 0) }
        return try test.state(after: state, votes: votes).reached == 1
    }

    /// The largest number excluded at some look, which may be any: a radius without columns.
    @Test(arguments: [0.5, 0.9, 0.977], [0.05, 0.001])
    func lowerBoundsHoldAtAllLooks(truth: Double, alpha: Double) throws {
        let looks = LookSchedule.standard.looks(upTo: [1000])
        let walk = VoteWalk(looks, truth)
        var generator = SeededGenerator(seed: 95)
        var known: [[Int]: Double] = [:]
        var failures = 0
        for _ in 0..<Self.certificates {
            var (votes, most) = (0, 0.0)
            for (place, look) in looks.enumerated() {
                votes = walk.votes(votes, at: place, &generator)
                if known[[place, votes]] == nil {
                    known[[place, votes]] = try EValue.lowerBound(successes: votes, trials: look, level: alpha)
                }
                most = max(most, known[[place, votes]]!)
            }
            if most > truth { failures += 1 }
        }
        #expect(failures <= Self.allowed(alpha), "\(failures) of \(Self.certificates)")
    }

    /// How often some look excludes the truth, bounds at caps included. The search for the largest radius certifies too much only
    /// then, because a look excludes what is below a number (`SequentialBoundTests`); whatever ends the search leaves out looks.
    @Test(arguments: [0.5, 0.9, 0.977, 0.9987], [0.05, 0.001])
    func looksExcludeTheTruthNoMoreOftenThanAlpha(truth: Double, alpha: Double) throws {
        for caps in [[8000], [500, 8000], [100, 1000, 8000]] {
            let bound = try SequentialBound(comparesClasses: false, alpha: alpha, caps: caps)
            let least = try bound.looks.map { look in
                var (tooFew, enough) = (-1, look + 1)
                while enough - tooFew > 1 {
                    let middle = (tooFew + enough) / 2
                    if try bound.excludes(truth, votes: middle, others: [], samples: look) { enough = middle } else { tooFew = middle }
                }
                return enough
            }
            let walk = VoteWalk(bound.looks, truth)
            var generator = SeededGenerator(seed: 1987)
            var failures = 0
            for _ in 0..<Self.certificates {
                var (votes, fails) = (0, false)
                for place in bound.looks.indices where !fails {
                    votes = walk.votes(votes, at: place, &generator)
                    fails = votes >= least[place]
                }
                if fails { failures += 1 }
            }
            #expect(failures <= Self.allowed(alpha), "\(failures) of \(Self.certificates), caps \(caps)")
        }
    }

    /// A number of samples that other samples chose, and the bound from fresh ones.
    @Test(arguments: [0.05, 0.001])
    func aPilotMayChooseTheNumberOfSamples(alpha: Double) throws {
        let (truth, sizes) = (0.9, [200, 1000, 5000])
        let pilot = BinomialSampler(100, truth), samplers = sizes.map { BinomialSampler($0, truth) }
        let least = try sizes.map { try #require(try ClopperPearson.leastCount(trials: $0, exceeding: truth, alpha: alpha)) }
        var generator = SeededGenerator(seed: 2024)
        var failures = 0
        for _ in 0..<Self.certificates {
            let choice = pilot.draw(&generator) % 3
            if samplers[choice].draw(&generator) >= least[choice] { failures += 1 }
        }
        #expect(failures <= Self.allowed(alpha), "\(failures) of \(Self.certificates)")
    }

    // The same check convicts the mistakes that are easily made.

    /// Stopping at 1/(4α).
    @Test func fourTimesTheLevelIsFound() throws {
        let looks = try LookSchedule(first: 1, divisor: 20).looks(upTo: [20_000])
        let least = try looks.map { try EValue.leastCount(trials: $0, threshold: 0.5, level: 4 * 0.05) }
        #expect(try failures(looks, 0.5, least) > Self.allowed(0.05))
        let right = try looks.map { try EValue.leastCount(trials: $0, threshold: 0.5, level: 0.05) }
        #expect(try failures(looks, 0.5, right) <= Self.allowed(0.05))
    }

    /// The complementary beta function clipped from below, and taken below the mean as well.
    @Test func aClippedTailIsFound() throws {
        let (p0, looks) = (Self.thresholds[7], LookSchedule.standard.looks(upTo: [20_000]))
        func clipped(_ successes: Int, _ trials: Int) -> Double {
            let (a, n) = (Double(successes), Double(trials))
            let lnB = lgamma(a + 1) + lgamma(n - a + 0.5) - lgamma(n + 1.5)
            let tail = max(1e-300, (try? EValue.independentTail(successes: successes, trials: trials, threshold: p0)) ?? 0)
            return lnB + log(tail / 2) - a * log(p0) - (n - a + 0.5) * log1p(-p0)
        }
        let walk = VoteWalk(looks, 0.9)
        var (generator, failures) = (SeededGenerator(seed: 375), 0)
        let certificates = min(1000, Self.certificates)
        for _ in 0..<certificates {
            var votes = 0
            for (place, look) in looks.enumerated() {
                votes = walk.votes(votes, at: place, &generator)
                if clipped(votes, look) >= log(20) { failures += 1; break }
            }
        }
        #expect(failures > BinomialSum(certificates, 0.05).upperQuantile(1e-6))
    }

    /// Clopper–Pearson at the whole level at whichever look the votes choose.
    @Test func aFixedBoundAtAChosenStopIsFound() throws {
        let looks = LookSchedule.standard.looks(upTo: [20_000])
        let least = try looks.map { try ClopperPearson.leastCount(trials: $0, exceeding: 0.5, alpha: 0.05) }
        #expect(try failures(looks, 0.5, least) > Self.allowed(0.05))
        // It is right where the number was fixed.
        #expect(try failures([20_000], 0.5, [least.last!]) <= Self.allowed(0.05))
    }

    /// The whole reserve at the first cap and at the second again.
    @Test func aReserveSpentTwiceIsFound() throws {
        let caps = [500, 20_000], reserve = try LevelReserve(share: 0.98)
        let twice = try caps.map { try ClopperPearson.leastCount(trials: $0, exceeding: 0.5, alpha: 0.98 * 0.05) }
        #expect(try failures(caps, 0.5, twice) > Self.allowed(0.05))
        let shares = try caps.enumerated().map {
            try ClopperPearson.leastCount(trials: $1, exceeding: 0.5, alpha: try #require(reserve.lastLevel(of: 0.05, cap: $0)))
        }
        #expect(try failures(caps, 0.5, shares) <= Self.allowed(0.05))
    }

    /// The class chosen by the votes that also bound its probability: two classes at ½ each.
    @Test func aClassChosenOnTheCountedVotesIsFound() throws {
        let (n, sampler) = (1000, BinomialSampler(1000, 0.5))
        let least = try #require(try ClopperPearson.leastCount(trials: n, exceeding: 0.5, alpha: 0.05))
        var generator = SeededGenerator(seed: 2)
        var (chosen, fixed) = (0, 0)
        for _ in 0..<Self.certificates {
            let votes = sampler.draw(&generator)
            if max(votes, n - votes) >= least { chosen += 1 }
            if votes >= least { fixed += 1 }
        }
        #expect(chosen > Self.allowed(0.05))
        #expect(fixed <= Self.allowed(0.05))
    }

    private func failures(_ looks: [Int], _ truth: Double, _ least: [Int?]) throws -> Int {
        let walk = VoteWalk(looks, truth)
        var (generator, failures) = (SeededGenerator(seed: 64), 0)
        for _ in 0..<Self.certificates {
            var votes = 0
            for place in looks.indices {
                votes = walk.votes(votes, at: place, &generator)
                if let least = least[place], votes >= least { failures += 1; break }
            }
        }
        return failures
    }

    /// The number of failures that the certificates, each failing with probability α, exceed once in a million settings.
    static func allowed(_ alpha: Double) -> Int {
        BinomialSum(certificates, alpha).upperQuantile(1e-6)
    }
}
