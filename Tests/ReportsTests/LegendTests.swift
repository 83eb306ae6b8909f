import SuretyReports
import Testing

struct LegendTests {
    /// A title of twice as many letters as fit is written half as large, and so takes half the height; no letter is tiny.
    @Test func longTitlesAreWrittenSmaller() {
        let usual = Legend(["one", String(repeating: "x", count: 54), "three"])
        #expect(usual.rows == 3 && usual.settings == Legend(rows: 3).settings)
        let long = Legend(["one", String(repeating: "x", count: 108), "three"])
        #expect(long.rows == 2 && long.settings == Legend(rows: 2).settings + ["set key maxrows 3 font ',6'"])
        #expect(Legend([String(repeating: "x", count: 1000)]).settings.last == "set key maxrows 1 font ',5'")
        #expect(Legend(rows: 2).settings.first == "set tmargin 3.5")
    }
}
