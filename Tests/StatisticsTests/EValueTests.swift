import Foundation
import SuretyStatistics
import Testing
import TestSupport

@Suite struct EValueTests {
    /// ln E from mpmath with 50 digits, the mixture integrated numerically, without incomplete beta functions.
    static let table: [(successes: Int, trials: Int, threshold: Double, logarithm: Double)] = [
        (1, 1, 0.5, 0.510825623765990683205514096304),
        (40, 64, 0.5, 0.252770113059576045577322158687),
        (60, 64, 0.5, 27.8432859004407041211355021001),
        (70, 70, 0.975, 1.30615997226890310403788009312),
        (300, 300, 0.97725, 5.82130643275594014077105727337),
        (990, 1000, 0.97725, 3.26561170561420891458241278388),
        (9900, 10_000, 0.98, 28.7649128604166368124333878902),
        (100_000, 100_000, 0.9999, 8.72841375962498270395836943599),
        (99_990, 100_000, 0.9997, 7.53683950267803724628089962112),
        (52_000, 100_000, 0.5, 74.5102821263051548825390279919),
        (50_600, 100_000, 0.5, 1.67538851109937056533293991664),
        (84_700, 100_000, 0.841344746068543, 7.40419343919598476990704926106),
        (9_998_000, 10_000_000, 0.99978, 5.75919744859353654379077205433),
        (60_000, 100_000, 0.25, 27378.1356169474345251790247084),
    ]

    @Test(arguments: table)
    func besideFiftyDigits(successes: Int, trials: Int, threshold: Double, logarithm: Double) throws {
        let own = try EValue.logarithm(successes: successes, trials: trials, threshold: threshold)
        #expect(own <= logarithm && own >= logarithm - EValue.agreement(trials: trials), "\(own)")
        let independent = try EValue.independentLogarithm(successes: successes, trials: trials, threshold: threshold)
        #expect(abs(independent - logarithm) <= 1e-12 * (1 + Double(trials) / 1000), "\(independent)")
    }

    /// Counts of every size: the second route is above the first, by no more than the first is generous.
    @Test func independentRouteAgrees() throws {
        var generator = SeededGenerator(seed: 1939)
        for _ in 0..<5000 {
            let n = Int(pow(10, Double.random(in: 0...7, using: &generator)))
            let p0 = 1 - pow(10, Double.random(in: -4.5 ... -0.3, using: &generator))
            let spread = (p0 * (1 - p0) * Double(n)).squareRoot() + 1
            let a = min(n, max(0, Int(Double(n) * p0 + spread * Double.random(in: -2...6, using: &generator))))
            let own = try EValue.logarithm(successes: a, trials: n, threshold: p0)
            let independent = try EValue.independentLogarithm(successes: a, trials: n, threshold: p0)
            if own > -.infinity {
                #expect(own <= independent + 1e-12 * (1 + Double(n) / 1000), "\(a) of \(n) against \(p0)")
                let generosity = EValue.agreement(trials: n) + (independent > 0 ? 0 : log(2))
                #expect(own >= independent - generosity, "\(a) of \(n) against \(p0)")
            } else {
                #expect(Double(a) <= Double(n) * p0 + 1, "\(a) of \(n) against \(p0)")
            }
        }
    }

    /// At p₀ the mean of the whole mixture is 1. What is taken, E where A > N·p₀, is below it, and not far: nothing is lost
    /// where it matters. Under smaller p it is less.
    @Test(arguments: [1, 7, 64, 500], [0.5, 0.84, 0.977])
    func meanIsAtMostOne(n: Int, p0: Double) throws {
        let values = try (0...n).map { exp(try EValue.logarithm(successes: $0, trials: n, threshold: p0)) }
        let means = [p0, 0.9 * p0, 0.5 * p0].map { p in
            zip(BinomialSum(n, p).probabilities, values).map { $0 * $1 }.sorted().reduce(0, +)
        }
        #expect(means[0] <= 1 && means[0] > 0.5, "\(means)")
        #expect(means[1] < means[0] && means[2] < means[1], "\(means)")
    }

    /// Below the mean there is no evidence, whatever underflows: clipped from below, Q would give e-values without bound.
    @Test(arguments: [(0, 1000, 0.5), (500, 1000, 0.5), (100, 100_000, 0.99991), (50_000, 100_000, 0.9999), (99_980, 100_000, 0.9999)])
    func noEvidenceBelowTheMean(successes: Int, trials: Int, threshold: Double) throws {
        #expect(try EValue.logarithm(successes: successes, trials: trials, threshold: threshold) == -.infinity)
        #expect(try EValue.independentLogarithm(successes: successes, trials: trials, threshold: threshold) == -.infinity)
    }

    @Test(arguments: [64, 1000, 100_000, 10_000_000], [0.5, 0.84, 0.977, 0.9997])
    func leastCountIsTheFirstThatReaches(n: Int, p0: Double) throws {
        for level in [0.05, 0.001, 0.0008] {
            guard let least = try EValue.leastCount(trials: n, threshold: p0, level: level) else {
                #expect(try EValue.logarithm(successes: n, trials: n, threshold: p0) < log(1 / level))
                continue
            }
            #expect(try EValue.logarithm(successes: least, trials: n, threshold: p0) >= log(1 / level))
            #expect(try EValue.logarithm(successes: least - 1, trials: n, threshold: p0) < log(1 / level) * (1 + 1e-14))
            // The bound of the same votes is on the same side.
            #expect(try EValue.lowerBound(successes: least, trials: n, level: level) >= p0)
            #expect(try EValue.lowerBound(successes: least - 1, trials: n, level: level) < p0)
        }
    }

    /// With all votes ln E is about (1−p₀) N: 2σ take some 300 samples at α = .001, 3σ 5100.
    @Test(arguments: [(0.97725, 300), (0.99865, 5100)])
    func samplesThatAUnanimousImageTakes(p0: Double, floor: Int) throws {
        let needed = try #require(try (1...4 * floor).first { try EValue.leastCount(trials: $0, threshold: p0, level: 0.001) != nil })
        #expect(needed > floor && needed < floor * 3 / 2, "\(needed)")
    }

    /// Every number that a lower bound excludes, it excludes with all smaller ones.
    @Test func excludesWhatIsSmaller() throws {
        var generator = SeededGenerator(seed: 1970)
        for _ in 0..<200 {
            let n = Int(pow(10, Double.random(in: 0.7...6, using: &generator)))
            let a = Int.random(in: 0...n, using: &generator)
            let bound = try EValue.lowerBound(successes: a, trials: n, level: 0.05)
            #expect(bound < Double(a) / Double(n) || a == 0 && bound == 0)
            guard bound > 0 else { continue }
            #expect(try EValue.logarithm(successes: a, trials: n, threshold: bound.nextUp.nextUp) < log(20) + 1e-9)
            for share in [0.01, 0.3, 0.9, 0.999, 0.999_999] {
                #expect(try EValue.logarithm(successes: a, trials: n, threshold: bound * share) >= log(20), "\(a) of \(n) at \(share)")
            }
        }
    }

    @Test(arguments: [(0.0, 0.0, 0.5), (3.0, -2.0, 0.9), (-Double.infinity, 1.0, 0.9), (700.0, 800.0, 0.1), (-1.0, -Double.infinity, 0.9)])
    func meanOfTwoIsOne(first: Double, second: Double, weight: Double) {
        let mean = EValue.logarithmOfMean(first, second, weight: weight)
        let shift = max(first, second)
        let truth = shift + log(weight * exp(first - shift) + (1 - weight) * exp(second - shift))
        #expect(mean <= truth + 1e-15 && mean >= truth - 1e-11)
        #expect(EValue.logarithmOfMean(-.infinity, -.infinity, weight: weight) == -.infinity)
    }

    @Test func refusesNonsense() {
        #expect(throws: StatisticsError.countsOutOfRange(successes: 11, trials: 10)) {
            try EValue.logarithm(successes: 11, trials: 10, threshold: 0.5)
        }
        for threshold in [0, 1, -1, .nan] {
            #expect(throws: StatisticsError.self) { try EValue.logarithm(successes: 1, trials: 1, threshold: threshold) }
            #expect(throws: StatisticsError.self) { try EValue.leastCount(trials: 1, threshold: 0.5, level: threshold) }
        }
        #expect(throws: StatisticsError.levelOutOfRange(name: "alpha", value: 0.5)) {
            try EValue.lowerBound(successes: 1, trials: 1, level: 0.5)
        }
    }
}
