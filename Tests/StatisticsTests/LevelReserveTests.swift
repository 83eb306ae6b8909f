import SuretyStatistics
import Testing

@Suite struct LevelReserveTests {
    /// However often the cap is raised, all shares together are at most α, and nearly that.
    @Test(arguments: [0.2, 0.1, 0.9, 0])
    func neverSpendsMoreThanAlpha(share: Double) throws {
        let reserve = try LevelReserve(share: share)
        let levels = (0..<40).compactMap { reserve.lastLevel(of: 0.001, cap: $0) }
        #expect(levels.isEmpty == (share == 0))
        let spent = reserve.eValueLevel(of: 0.001) + levels.reduce(0, +)
        #expect(spent <= 0.001 * (1 + 1e-15) && spent > 0.000_999)
        for (earlier, later) in zip(levels, levels.dropFirst()) { #expect(later == earlier / 2) }
    }

    @Test func standardShares() {
        #expect(LevelReserve.standard.eValueLevel(of: 0.001) == 0.8 * 0.001)
        #expect(LevelReserve.standard.lastLevel(of: 0.001, cap: 0) == 0.1 * 0.001)
        #expect(LevelReserve.none.lastLevel(of: 0.001, cap: 0) == nil && LevelReserve.none.eValueLevel(of: 0.5) == 0.5)
    }

    @Test func refusesNonsense() {
        for share in [-0.1, 1, .nan] { #expect(throws: StatisticsError.self) { try LevelReserve(share: share) } }
    }
}
