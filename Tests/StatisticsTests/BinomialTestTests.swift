import Foundation
import SuretyStatistics
import Testing
import TestSupport

@Suite struct BinomialTestTests {
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func matchesTheTable() throws {
        let table = try ReferenceTable("reference/binomial_test.csv")
        #expect(table.rows.count == 300)
        var largest = 0.0
        for row in table.rows {
            let (n1, n2, truth) = (Int(row["n1"]!), Int(row["n2"]!), row["pvalue"]!)
            let pValue = try BinomialTest.pValue(n1, n2)
            #expect(abs(pValue / truth - 1) <= 1e-10, "\(n1) against \(n2)")
            let independent = try BinomialTest.independentPValue(n1, n2)
            #expect(abs(independent / truth - 1) <= BinomialTest.agreement / 2, "\(n1) against \(n2)")
            largest = max(largest, abs(pValue / truth - 1))
        }
        print("Binomial test: largest relative error \(largest)")
    }

    @Test func closedForms() throws {
        #expect(try BinomialTest.pValue(0, 1) == 1)
        #expect(try BinomialTest.pValue(5, 5) == 1)
        #expect(try BinomialTest.pValue(6, 5) == 1)
        // All n alike: 2 · 2⁻ⁿ.
        for n in [2, 10, 100, 1000] {
            let truth = exp2(1 - Double(n))
            #expect(abs(try BinomialTest.pValue(n, 0) / truth - 1) < 1e-13)
            #expect(try BinomialTest.pValue(0, n) == BinomialTest.pValue(n, 0))
        }
    }

    @Test func fallsWithTheDifference() throws {
        var previous = 2.0
        for first in 500...1000 {
            let pValue = try BinomialTest.pValue(first, 1000 - first)
            #expect(pValue < previous)
            previous = pValue
        }
    }

    @Test func refusesNonsense() {
        for (first, second) in [(0, 0), (-1, 5), (5, -1), (.max, 1), (.max, .max), (.min, .min)] {
            #expect(throws: StatisticsError.self) { try BinomialTest.pValue(first, second) }
            #expect(throws: StatisticsError.self) { try BinomialTest.independentPValue(first, second) }
        }
    }
}
