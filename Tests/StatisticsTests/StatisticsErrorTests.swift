import SuretyStatistics
import Testing

@Suite struct StatisticsErrorTests {
    @Test func messagesNameTheValueAndTheRange() {
        #expect("\(StatisticsError.countsOutOfRange(successes: 11, trials: 10))".contains("11 of 10"))
        #expect("\(StatisticsError.levelOutOfRange(name: "alpha", value: 1.5))" == "alpha is 1.5: it must lie strictly between 0 and 1")
        #expect("\(StatisticsError.notPositive(name: "sigma", value: -1))".contains("sigma is -1.0"))
        #expect("\(StatisticsError.probabilityOutOfRange(name: "p", value: 2))".contains("p is 2.0"))
        #expect("\(StatisticsError.countNotPositive(name: "images", value: 0))".contains("images is 0"))
        #expect("\(StatisticsError.countTooLarge(name: "divisor", value: 9, most: 8))" == "divisor is 9: it must be at most 8")
    }
}
