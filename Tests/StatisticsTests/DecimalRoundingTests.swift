import Foundation
import SuretyStatistics
import Testing

@Suite struct DecimalRoundingTests {
    @Test(arguments: [
        (0.952864, 3, "0.952"), (0.29, 2, "0.28"), (0.5, 1, "0.5"), (0.1, 1, "0.1"), (0.3, 1, "0.2"),
        (2.9999999, 0, "2"), (0, 6, "0.000000"), (0.9999999999, 6, "0.999999"), (1e22, 2, "10000000000000000000000.00"),
        (.leastNonzeroMagnitude, 3, "0.000"),
    ])
    func cutsOff(value: Double, digits: Int, text: String) {
        // 0.29 and 0.3 are stored a little below those decimals.
        #expect(value.decimalRoundedDown(digits: digits) == text)
    }

    @Test func neverOverstatesAndIsWithinOneDigit() throws {
        var value = 0.0001234567
        while value < 100 {
            for digits in [0, 1, 3, 6, 12] {
                let text = value.decimalRoundedDown(digits: digits)
                let (printed, stored) = (try #require(Decimal(string: text)), try #require(Decimal(string: String(format: "%.36f", value))))
                #expect(printed <= stored)
                #expect(stored - printed < Decimal(sign: .plus, exponent: -digits, significand: 1))
            }
            value *= 1.0371
        }
    }

    @Test func printsWhatIsNotANumberAsSuch() {
        #expect(Double.infinity.decimalRoundedDown(digits: 3) == "inf")
        #expect(Double.nan.decimalRoundedDown(digits: 3) == "nan")
    }
}
