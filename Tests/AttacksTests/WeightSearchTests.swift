import SuretyAttacks
import Testing

struct WeightSearchTests {
    @Test(arguments: [0.2, 3, 777.7])
    func comesCloseToTheSmallestThatSucceeds(_ threshold: Double) {
        var search = WeightSearch(initial: 0.001)
        for _ in 0..<40 { search.narrow(hasSucceeded: search.weight >= threshold) }
        #expect(abs(search.weight - threshold) < 1e-4 * threshold)
    }

    @Test func growsTenfoldWhileNothingSucceeds() {
        var search = WeightSearch(initial: 0.5)
        for _ in 0..<3 { search.narrow(hasSucceeded: false) }
        #expect(search.weight == 500)
        search.narrow(hasSucceeded: true)
        #expect(search.weight == 275)
    }
}
