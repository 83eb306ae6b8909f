import SuretyStatistics
import Testing

@Suite struct LookScheduleTests {
    @Test func looksGrowByASixteenth() {
        let looks = LookSchedule.standard.looks(upTo: [1000])
        #expect(looks.prefix(5) == [60, 63, 66, 70, 74])
        #expect(looks.last == 1000 && looks == Array(Set(looks)).sorted())
        #expect(LookSchedule.standard.looks(upTo: [100_000]).count == 126)
        #expect(LookSchedule.standard.looks(upTo: [30]) == [30])
        #expect(LookSchedule.standard.looks(upTo: []).isEmpty)
    }

    /// With a larger cap the looks before are the same: what was counted remains usable.
    @Test func aLargerCapKeepsTheLooks() {
        let earlier = LookSchedule.standard.looks(upTo: [5000])
        let later = LookSchedule.standard.looks(upTo: [5000, 70_000])
        #expect(later.starts(with: earlier) && later.last == 70_000)
    }

    @Test func endsNearTheLargestNumbers() throws {
        let looks = try LookSchedule(first: 1, divisor: 1).looks(upTo: [.max])
        #expect(looks.count == 64 && looks.last == .max)
        #expect(try LookSchedule(first: 1, divisor: 100).looks(upTo: [50]) == Array(1...50))
    }

    @Test func refusesNonsense() {
        #expect(throws: StatisticsError.countNotPositive(name: "first", value: 0)) { try LookSchedule(first: 0, divisor: 1) }
        #expect(throws: StatisticsError.countNotPositive(name: "divisor", value: -1)) { try LookSchedule(first: 1, divisor: -1) }
        let most = LookSchedule.largestDivisor
        #expect(throws: StatisticsError.countTooLarge(name: "divisor", value: most + 1, most: most)) {
            try LookSchedule(first: 1, divisor: most + 1)
        }
    }
}
