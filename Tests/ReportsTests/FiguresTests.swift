import Foundation
import SuretyReports
import Testing

/// How figures are rounded: never in favour of the classifier, and never in favour of the attack.
@Suite struct FiguresTests {
    /// The nearest double to 411/500 lies below it, but the text is still 0.822; the same holds for all thousandths.
    @Test(arguments: [(411, 500), (89, 500), (1, 3), (2, 3), (499, 500), (57, 100), (29, 100), (0, 7)])
    func sharesAreCutOffAsRatios(_ right: Int, _ all: Int) throws {
        let runs = try HandMadeRuns(images: all)
        let path = try runs.attack("attack", radii: [1], (0..<all).map { $0 < right ? .nothing : .misclassified(1) })
        let thousandths = right * 1000 / all
        let expected = "\(thousandths / 1000)." + String("00\(thousandths % 1000)".suffix(3))
        #expect(try MarkdownTables([path]).column("accuracy", in: "Each row is about") == [expected])
    }

    /// In the page's list of images what is guaranteed is rounded down and where an attack succeeded up.
    @Test func radiiAreRoundedDownAndDistancesUp() throws {
        let runs = try HandMadeRuns(images: 3)
        let paths = try [
            runs.bounds("bounds", [0.12349, 0.25, 0.0999].map { .init(proven: $0) }),
            runs.attack("attack", radii: [0.5, 0.75], [.found(l2: 0.12341, linf: 0.1, as: 0), .nothing, .misclassified(1)]),
        ]
        let page = try RobustnessReport(paths).text(.html)
        let table = try #require(page.range(of: "Each image: guaranteed radius"))
        let rows = page[table.upperBound...].components(separatedBy: "<tr>").dropFirst(2).map { row in
            row.matches(of: /<td>([^<\n]*)/).map { String($0.1) }
        }
        #expect(rows == [
            ["0", "0", "0.1234", "0.1235", "pgd"], ["1", "0", "0.2500", "none within 0.75", "–"],
            ["2", "0", "0.0999", "0.0000", "misclassified"],
        ])
    }
}
