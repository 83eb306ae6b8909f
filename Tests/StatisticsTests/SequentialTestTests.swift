import Foundation
import SuretyStatistics
import Testing
import TestSupport

@Suite struct SequentialTestTests {
    static let columns = [0.5, 0.84, 0.977]

    /// Goes through the looks with a share of votes for the class.
    private func finish(_ test: SequentialTest, share: Double) throws -> SequentialTest.State {
        var state = test.start
        while let look = state.nextLook { state = try test.state(after: state, votes: Int((share * Double(look)).rounded())) }
        return state
    }

    @Test func reachesWhatTheVotesAllow() throws {
        let test = try SequentialTest(thresholds: Self.columns, alpha: 0.001, caps: [100_000])
        let unanimous = try finish(test, share: 1)
        #expect(unanimous.reached == 3 && unanimous.end == .reached)
        let middling = try finish(test, share: 0.9)
        #expect(middling.reached == 2 && middling.end == .hopeless)
        let none = try finish(test, share: 0.3)
        #expect(none.reached == 0 && none.end == .hopeless)
        // Just above the second threshold, the last look decides by the Clopper–Pearson bound at a tenth of α.
        let bound = try ClopperPearson.lowerBound(successes: 84_450, trials: 100_000, alpha: 0.0001)
        let close = try finish(test, share: 0.8445)
        #expect(bound > 0.84 && close.reached == 2 && close.end == .hopeless || close.end == .cap)
    }

    /// A unanimous image takes the fewest samples at which an e-value reaches 1/.8α; the next look decides.
    @Test func stopsAtTheFirstLookThatDecides() throws {
        let test = try SequentialTest(thresholds: [0.977], alpha: 0.001, caps: [100_000])
        var (state, last) = (test.start, 0)
        while let look = state.nextLook { (state, last) = try (test.state(after: state, votes: look), look) }
        let first = try #require(try test.looks.first { try EValue.leastCount(trials: $0, threshold: 0.977, level: 0.8 * 0.001) != nil })
        #expect(last == first && state.end == .reached)
        // What comes after the end changes nothing.
        #expect(try test.state(after: state, votes: 0) == state)
    }

    /// An order in which thresholds are reached, whichever look reaches them: none is skipped, none is given back.
    @Test func reachedNeverFalls() throws {
        let test = try SequentialTest(thresholds: Self.columns, alpha: 0.05, caps: [5000], hope: 0)
        for seed in 0..<200 {
            var generator = SeededGenerator(seed: seed)
            let walk = VoteWalk(test.looks, Double.random(in: 0.4...1, using: &generator))
            var (state, votes) = (test.start, 0)
            while let look = state.nextLook {
                let before = state
                votes = walk.votes(votes, at: state.look, &generator)
                state = try test.state(after: state, votes: votes)
                #expect(state.reached >= before.reached)
                let byEValue = try Self.columns.prefix {
                    try EValue.logarithm(successes: votes, trials: look, threshold: $0) >= log(1 / (0.8 * 0.05))
                }
                #expect(state.reached >= byEValue.count)
                if look < 5000 { #expect(state.reached == max(before.reached, byEValue.count)) }
            }
            #expect(state.end == .cap || state.end == .reached)
        }
    }

    /// Giving up leaves exclusions out, and adds none.
    @Test func hopeChangesOnlyWhenToStop() throws {
        let patient = try SequentialTest(thresholds: Self.columns, alpha: 0.001, caps: [20_000], hope: 0)
        let hasty = try SequentialTest(thresholds: Self.columns, alpha: 0.001, caps: [20_000], hope: 0.3)
        var givenUp = 0
        for seed in 0..<300 {
            var generator = SeededGenerator(seed: seed)
            let walk = VoteWalk(patient.looks, Double.random(in: 0.3...1, using: &generator))
            var (first, second, votes) = (patient.start, hasty.start, 0)
            for place in patient.looks.indices where first.end == nil {
                votes = walk.votes(votes, at: place, &generator)
                first = try patient.state(after: first, votes: votes)
                second = try hasty.state(after: second, votes: votes)
                #expect(second.reached <= first.reached)
                if second.end == nil { #expect(second == first) }
            }
            if second.end == .hopeless { givenUp += 1 }
        }
        #expect(givenUp > 100)
    }

    /// At each cap the bound has the share of α that no other cap has.
    @Test func eachCapHasAShareOfItsOwn() throws {
        let caps = [1000, 2000, 4000]
        let test = try SequentialTest(thresholds: [0.5], alpha: 0.05, caps: caps, hope: 0)
        for (place, cap) in caps.enumerated() {
            let level = 0.05 * 0.2 / pow(2, Double(place + 1))
            let least = try #require(try ClopperPearson.leastCount(trials: cap, exceeding: 0.5, alpha: level))
            #expect(try ClopperPearson.lowerBound(successes: least, trials: cap, alpha: level) >= 0.5)
            #expect(try ClopperPearson.lowerBound(successes: least - 1, trials: cap, alpha: level) < 0.5)
            for (votes, reached) in [(least, 1), (least - 1, 0)] {
                var state = test.start
                while let next = state.nextLook, next < cap { state = try test.state(after: state, votes: next / 2) }
                let needed = try #require(try EValue.leastCount(trials: cap, threshold: 0.5, level: 0.8 * 0.05))
                #expect(try test.state(after: state, votes: votes).reached == (votes >= min(needed, least) ? 1 : 0))
                if needed >= least { #expect(try test.state(after: state, votes: votes).reached == reached) }
            }
        }
    }

    /// Computed look by look, decisions are those of the tables.
    @Test(arguments: [false, true])
    func tablesChangeNothing(comparesClasses: Bool) throws {
        let tests = try [true, false].map {
            try SequentialTest(
                thresholds: Self.columns, comparesClasses: comparesClasses, alpha: 0.001, caps: [1000, 3000], hope: 0.05, tabulates: $0)
        }
        for seed in 0..<100 {
            var generator = SeededGenerator(seed: seed)
            let walk = VoteWalk(tests[0].looks, Double.random(in: 0.3...1, using: &generator))
            var (states, votes) = (tests.map(\.start), 0)
            while let look = states[0].nextLook {
                votes = walk.votes(votes, at: states[0].look, &generator)
                let others = comparesClasses ? [(look - votes) / 2, look - votes - (look - votes) / 2] : []
                for place in tests.indices { states[place] = try tests[place].state(after: states[place], votes: votes, others: others) }
                #expect(states[0] == states[1])
            }
        }
    }

    /// A class that leads without a majority, or by more than its votes alone say.
    @Test func comparingClassesReachesMore() throws {
        let tests = try [false, true].map {
            try SequentialTest(thresholds: Self.columns, comparesClasses: $0, alpha: 0.001, caps: [20_000])
        }
        func finish(_ test: SequentialTest, _ shares: [Double]) throws -> SequentialTest.State {
            var state = test.start
            while let look = state.nextLook {
                let others = shares.map { Int($0 * Double(look)) }
                state = try test.state(after: state, votes: look - others.reduce(0, +), others: others)
            }
            return state
        }
        let spread = Array(repeating: 0.06, count: 9)  // .46 for the class
        #expect(try finish(tests[0], spread).reached == 0)
        #expect(try finish(tests[1], spread).reached == 1)
        #expect(try finish(tests[0], [0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02]).reached == 1)
        #expect(try finish(tests[1], [0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02]).reached == 2)
        // The rest of the votes must be there.
        #expect(throws: StatisticsError.self) { try tests[1].state(after: tests[1].start, votes: 30, others: [3]) }
        #expect(throws: StatisticsError.self) { try tests[0].state(after: tests[0].start, votes: 65) }
    }

    @Test func refusesNonsense() {
        let wrong: [() throws -> SequentialTest] = [
            { try SequentialTest(thresholds: [], alpha: 0.001, caps: [10]) },
            { try SequentialTest(thresholds: [0.5, 0.5], alpha: 0.001, caps: [10]) },
            { try SequentialTest(thresholds: [0.4], comparesClasses: true, alpha: 0.001, caps: [10]) },
            { try SequentialTest(thresholds: [0], alpha: 0.001, caps: [10]) },
            { try SequentialTest(thresholds: [0.5], alpha: 0.5, caps: [10]) },
            { try SequentialTest(thresholds: [0.5], alpha: 0, caps: [10]) },
            { try SequentialTest(thresholds: [0.5], alpha: 0.001, caps: []) },
            { try SequentialTest(thresholds: [0.5], alpha: 0.001, caps: [10, 10]) },
            { try SequentialTest(thresholds: [0.5], alpha: 0.001, caps: [0]) },
            { try SequentialTest(thresholds: [0.5], alpha: 0.001, caps: [10], hope: 1) },
            { try SequentialTest(thresholds: [0.5], alpha: 0.001, caps: [10], hope: .nan) },
        ]
        for make in wrong { #expect(throws: StatisticsError.self) { try make() } }
    }
}
