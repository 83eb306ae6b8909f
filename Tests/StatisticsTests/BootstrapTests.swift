import SuretyStatistics
import Testing
import TestSupport

@Suite struct BootstrapTests {
    /// Each number is drawn with the same chance, with replacement.
    @Test func drawsUniformlyWithReplacement() {
        var generator = SeededGenerator(seed: 1)
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<1000 {
            let drawn = Bootstrap.indices(count: 10, using: &generator)
            #expect(drawn.count == 10)
            for index in drawn { counts[index] += 1 }
        }
        // 10 000 draws: a standard deviation of 30 each.
        for count in counts { #expect(abs(count - 1000) < 180) }
    }

    @Test func theSpreadIsTheMiddleNineTenths() {
        #expect(Bootstrap.spread(of: []) == nil)
        #expect(Bootstrap.spread(of: [3]) == 3...3)
        #expect(Bootstrap.spread(of: (1...100).map(Double.init).shuffled()) == 6...95)
        #expect(Bootstrap.spread(of: (1...100).map(Double.init).shuffled(), holding: .nineteenTwentieths) == 3...98)
    }

    /// For a mean, the spread is what theory predicts: ±1.645 standard errors.
    @Test func theSpreadOfAMeanIsItsStandardError() {
        var generator = SeededGenerator(seed: 2)
        let numbers = (0..<400).map { _ in Double.random(in: 0..<1, using: &generator) }
        let means = (0..<2000).map { _ in
            Bootstrap.indices(count: 400, using: &generator).reduce(0) { $0 + numbers[$1] } / 400
        }
        let spread = Bootstrap.spread(of: means) ?? 0...0
        let expected = 2 * 1.645 * (1.0 / 12 / 400).squareRoot()
        #expect(abs((spread.upperBound - spread.lowerBound) / expected - 1) < 0.15)
    }
}
