import SuretyStatistics
import Testing

@Suite struct VoteBoundsTests {
    @Test func oneBoundAtTheWholeLevel() throws {
        let bounds = try VoteBounds(votes: 99_000, samples: 100_000, alpha: 0.001)
        #expect(bounds.pALower == (try ClopperPearson.lowerBound(successes: 99_000, trials: 100_000, alpha: 0.001)))
        #expect(bounds.pBUpper == nil)
    }

    @Test func twoBoundsAtHalfOfIt() throws {
        let bounds = try VoteBounds(votes: 40, runnerUp: 3, samples: 100, alpha: 0.01)
        #expect(bounds.pALower == (try ClopperPearson.lowerBound(successes: 40, trials: 100, alpha: 0.005)))
        #expect(bounds.pBUpper == (try ClopperPearson.upperBound(successes: 3, trials: 100, alpha: 0.005)))
    }

    @Test func refusesMoreVotesThanSamples() throws {
        #expect(throws: StatisticsError.countsOutOfRange(successes: 101, trials: 100)) {
            try VoteBounds(votes: 60, runnerUp: 41, samples: 100, alpha: 0.001)
        }
        #expect(throws: StatisticsError.countsOutOfRange(successes: .max, trials: .max)) {
            try VoteBounds(votes: .max, runnerUp: 1, samples: .max, alpha: 0.001)
        }
        _ = try VoteBounds(votes: 60, runnerUp: 40, samples: 100, alpha: 0.001)
        for (votes, runnerUp) in [(-1, 0), (101, 0), (0, -1), (0, 101), (.min, .min)] {
            #expect(throws: StatisticsError.self) {
                try VoteBounds(votes: votes, runnerUp: runnerUp, samples: 100, alpha: 0.001)
            }
        }
        #expect(throws: StatisticsError.levelOutOfRange(name: "alpha", value: 1)) {
            try VoteBounds(votes: 60, runnerUp: 40, samples: 100, alpha: 1)
        }
    }
}
