import SuretyStatistics
import TestSupport
import Testing

@Suite struct SequentialBoundTests {
    static let caps = [500, 3000]

    /// Votes at a look: usually many for the class.
    private static func votes(_ samples: Int, _ generator: inout SeededGenerator) -> (votes: Int, others: [Int]) {
        let share = 1 - 0.4 * Double.random(in: 0...1, using: &generator) * Double.random(in: 0...1, using: &generator)
        let votes = Int(share * Double(samples)), second = Int.random(in: 0...(samples - votes), using: &generator)
        return (votes, [second, samples - votes - second, 0])
    }

    @Test func ofOneClassItIsTheEValuesBoundAndAtACapTheFixedOne() throws {
        let bound = try SequentialBound(comparesClasses: false, alpha: 0.01, caps: Self.caps)
        var generator = SeededGenerator(seed: 1)
        for samples in bound.looks {
            let (votes, others) = Self.votes(samples, &generator)
            let looked = try EValue.lowerBound(successes: votes, trials: samples, level: bound.reserve.eValueLevel(of: 0.01))
            let fixed = try bound.lastLevel(at: samples).map { level in
                try ClopperPearson.lowerBound(successes: votes, trials: samples, alpha: level)
            }
            let found = try bound.largestExcluded(votes: votes, others: others, samples: samples)
            let expected = max(looked, fixed ?? 0)
            if expected <= 0.5 { #expect(found == nil) } else { #expect(abs(found! - expected) < 1e-14, "\(samples)") }
        }
        #expect(bound.lastLevel(at: 500) == 0.001 && bound.lastLevel(at: 3000) == 0.0005 && bound.lastLevel(at: 64) == nil)
    }

    /// What a look excludes is all below a number, also where two classes are compared: the search finds that number.
    @Test(arguments: [true, false])
    func whatIsExcludedIsAllBelowANumber(comparesClasses: Bool) throws {
        let bound = try SequentialBound(comparesClasses: comparesClasses, alpha: 0.05, caps: Self.caps)
        var generator = SeededGenerator(seed: 2)
        var found = 0
        for samples in bound.looks + bound.caps + bound.caps {
            let (votes, others) = Self.votes(samples, &generator)
            func excludes(_ threshold: Double) throws -> Bool {
                try bound.excludes(threshold, votes: votes, others: others, samples: samples)
            }
            guard let largest = try bound.largestExcluded(votes: votes, others: others, samples: samples) else {
                for threshold in [0.51, 0.6, 0.9, 0.999] { #expect(try !excludes(threshold)) }
                continue
            }
            found += 1
            for _ in 0..<20 {
                #expect(try excludes(Double.random(in: 0.5...largest, using: &generator)))
                #expect(try !excludes(Double.random(in: largest.nextUp..<1, using: &generator)))
            }
            #expect(try bound.largestExcluded(above: largest, votes: votes, others: others, samples: samples) == nil)
            let again = try bound.largestExcluded(above: 0.5 * (0.5 + largest), votes: votes, others: others, samples: samples)
            #expect(abs(again! - largest) < 1e-12)
        }
        #expect(found > 10)
    }

    /// The mistake that would be easy: an e-value of the class alone that rises again for large thresholds.
    @Test func thresholdsBeyondTheVotesAreNeverExcluded() throws {
        let bound = try SequentialBound(comparesClasses: true, alpha: 0.05, caps: [3000])
        for (votes, others) in [(1500, [1500]), (900, [50, 50]), (100, [900]), (990, [10])] {
            let samples = others.reduce(votes, +)
            for threshold in [0.9995, 0.999999, 1 - 1e-12, 1.0.nextDown] {
                #expect(try !bound.excludes(threshold, votes: votes, others: others, samples: samples))
            }
        }
    }

    @Test func refusesNonsense() throws {
        for caps in [[], [0], [5, 5], [5, 4]] {
            #expect(throws: StatisticsError.self) { _ = try SequentialBound(comparesClasses: true, alpha: 0.05, caps: caps) }
        }
        #expect(throws: StatisticsError.self) { _ = try SequentialBound(comparesClasses: true, alpha: 0.5, caps: [10]) }
        let bound = try SequentialBound(comparesClasses: true, alpha: 0.05, caps: [100])
        #expect(throws: StatisticsError.self) { _ = try bound.excludes(0.6, votes: 90, others: [5], samples: 100) }
    }
}
