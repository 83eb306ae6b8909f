import Foundation
import SuretyStatistics
import Testing
import TestSupport

@Suite struct VoteBoundsTests {
    @Test func oneBoundAtTheWholeLevel() throws {
        let bounds = try VoteBounds(votes: 99_000, samples: 100_000, alpha: 0.001)
        #expect(bounds.pALower == (try ClopperPearson.lowerBound(successes: 99_000, trials: 100_000, alpha: 0.001)))
        #expect(bounds.pBUpper == nil)
    }

    @Test func twoBoundsAtHalfOfIt() throws {
        let bounds = try VoteBounds(votes: 40, runnerUp: 3, samples: 100, alpha: 0.01, split: .halves)
        #expect(bounds.pALower == (try ClopperPearson.lowerBound(successes: 40, trials: 100, alpha: 0.005)))
        #expect(bounds.pBUpper == (try ClopperPearson.upperBound(successes: 3, trials: 100, alpha: 0.005)))
    }

    /// Clopper–Pearson bounds at .98 α and .02 α from mpmath with 60 digits; where pB's is above 1 − pA, that.
    @Test(arguments: [
        (990, 4, 1000, 0.001, 0.976003707793930048069557286031, 0.0196396789361021585031655230978),
        (400, 200, 1000, 0.001, 0.352340998494220747076273288466, 0.255781621260346167412054862384),
        (995, 5, 1000, 0.001, 0.983611507491152284473461077077, 0.0163884925088477155265389229229),
        (100, 0, 100, 0.05, 0.970290905558666294207311230933, 0.0297090944413337057926887690668),
        (100_000, 0, 100_000, 0.001, 0.999930722819911677651337509585, 0.0000692771800883223486624904149807),
        (5, 2, 10, 0.05, 0.22129297867517010962541283446, 0.718456618042416452338147087007),
    ])
    func standardSplitBesideFiftyDigits(
        votes: Int, runnerUp: Int, samples: Int, alpha: Double, pA: Double, pB: Double
    ) throws {
        let bounds = try VoteBounds(votes: votes, runnerUp: runnerUp, samples: samples, alpha: alpha, split: .standard)
        let upper = try #require(bounds.pBUpper)
        #expect(bounds.pALower <= pA.nextUp && bounds.pALower >= pA * (1 - 1e-9))
        // On the safe side: above the truth, by at most the amount that pA is below it.
        #expect(upper >= pB.nextDown && upper <= pB * (1 + 1e-7) + (pA - bounds.pALower).magnitude + 1e-16)
        #expect(upper >= 1 - pA - 1e-16 || bounds.pALower + upper <= 1)
    }

    /// pB's bound is never below both what its own votes and what pA's say, and 1 is never rounded away.
    @Test func theCapNeverUnderstates() throws {
        var generator = SeededGenerator(seed: 98)
        for _ in 0..<2000 {
            let samples = Int.random(in: 1...3000, using: &generator)
            let votes = Int.random(in: 0...samples, using: &generator)
            let runnerUp = Int.random(in: 0...(samples - votes), using: &generator)
            let alpha = [0.001, 0.05, 0.5].randomElement(using: &generator)!
            let bounds = try VoteBounds(votes: votes, runnerUp: runnerUp, samples: samples, alpha: alpha, split: .standard)
            let upper = try #require(bounds.pBUpper)
            let own = try ClopperPearson.upperBound(successes: runnerUp, trials: samples, alpha: alpha * (1 - 0.98))
            #expect(upper <= own)
            if upper < own {
                // upper ≥ 1 − pA in exact arithmetic: with the rounding error of 1 − pA, which doubles hold exactly.
                let rounded = 1 - bounds.pALower, error = (1 - rounded) - bounds.pALower
                #expect(upper > rounded || upper == rounded && error <= 0, "\(votes), \(runnerUp) of \(samples) at \(alpha)")
                #expect(upper <= rounded.nextUp)
            }
        }
    }

    @Test func refusesMoreVotesThanSamples() throws {
        #expect(throws: StatisticsError.countsOutOfRange(successes: 101, trials: 100)) {
            try VoteBounds(votes: 60, runnerUp: 41, samples: 100, alpha: 0.001, split: .standard)
        }
        #expect(throws: StatisticsError.countsOutOfRange(successes: .max, trials: .max)) {
            try VoteBounds(votes: .max, runnerUp: 1, samples: .max, alpha: 0.001, split: .standard)
        }
        _ = try VoteBounds(votes: 60, runnerUp: 40, samples: 100, alpha: 0.001, split: .standard)
        for (votes, runnerUp) in [(-1, 0), (101, 0), (0, -1), (0, 101), (.min, .min)] {
            #expect(throws: StatisticsError.self) {
                try VoteBounds(votes: votes, runnerUp: runnerUp, samples: 100, alpha: 0.001, split: .standard)
            }
        }
        #expect(throws: StatisticsError.levelOutOfRange(name: "alpha", value: 1)) {
            try VoteBounds(votes: 60, runnerUp: 40, samples: 100, alpha: 1, split: .standard)
        }
    }
}
