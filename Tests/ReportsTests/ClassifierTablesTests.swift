import Foundation
import SuretyReports
import SuretySmoothing
import Testing

/// The tables of one classifier.
@Suite struct ClassifierTablesTests {
    private let runs: HandMadeRuns

    init() throws { runs = try HandMadeRuns(images: 5) }

    private func header(_ paths: [String], _ words: String = "Accuracy of the classifier") throws -> [String] {
        try #require(try MarkdownTables(paths).rows(words)).first ?? []
    }

    /// Even steps, at most seven, up to where anything is known.
    @Test(arguments: [
        (0.0, ["0"]), (0.033, ["0", "0.01", "0.02", "0.03"]), (0.35, ["0", "0.05", "0.1", "0.15", "0.2", "0.25", "0.3", "0.35"]),
        (0.7, ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"]), (1.5, ["0", "0.25", "0.5", "0.75", "1", "1.25", "1.5"]),
        (30, ["0", "5", "10", "15", "20", "25", "30"]),
    ] as [(Double, [String])])
    func radiiSuitTheCurves(_ largest: Double, _ expected: [String]) throws {
        let path = try runs.bounds("bounds", [0.0, 0.3, 1, 0.5, 0.7].map { .init(proven: $0 * largest) })
        #expect(try header([path]) == ["", "images"] + expected.map { "r = \($0)" })
    }

    /// One in two of 400 images is certified at 0.2, and by Bernstein's inequality 4.15 of them may be falsely.
    @Test func saysWhatCertificatesMeanTogether() throws {
        let runs = try HandMadeRuns(images: 400)
        let path = try runs.certificates("certificates", (0..<400).map { (0, $0 % 2 == 0 ? 0.2 : 0.1) })
        let rows = try #require(try MarkdownTables([path]).rows("Accuracy of the classifier"))
        #expect(rows.last?.prefix(2) == ["truly robust, at all radii together with probability 99 %", "400"])
        let (certified, truly) = (try #require(rows.first { $0[0].hasPrefix("certified") }), try #require(rows.last))
        let column = try #require(rows[0].firstIndex(of: "r = 0.2"))
        let allowed = 0.001 + (2 * 0.001 * 0.999 * log(100) / 400).squareRoot() + log(100) / 1200
        #expect(certified[column] == "0.500" && truly[column] == String(format: "%.3f", ((0.5 - allowed) * 1000).rounded(.down) / 1000))
        let proof = try runs.bounds("bounds", [.init(proven: 0.1)])
        #expect(try MarkdownTables([proof]).rows("Accuracy of the classifier")?.contains { $0[0].hasPrefix("truly") } == false)
    }

    /// An image that stopped may be certified up to its radius and undecided beyond it; one without a radius is undecided at 0, too.
    @Test func saysHowManyAreUndecided() throws {
        let results: [(Int?, Double)] = [(0, 0.4), (0, 0.2), (0, 0.2), (nil, 0), (nil, 0)]
        let beyond: [Double?] = [nil, 0.2, nil, 0, nil]
        let columns = try Columns(radii: [0.2, 0.4])
        let path = try runs.certificates("columns", results, columns: columns) { beyond[$0] }
        let rows = try #require(try MarkdownTables([path]).rows("Accuracy of the classifier"))
        let row = try #require(rows.first { $0[0] == "undecided, and counted as not certified" })
        let share = ["r = 0": "0.200", "r = 0.2": "0.200", "r = 0.4": "0.400"]
        #expect(row[1] == "5")
        for (radius, share) in share { #expect(row[try #require(rows[0].firstIndex(of: radius))] == share, "\(row)") }
        let decided = try runs.certificates("decided", results, columns: columns)
        #expect(try MarkdownTables([decided]).rows("Accuracy of the classifier")?.contains { $0[0].hasPrefix("undecided") } == false)
    }

    /// An attacked radius becomes an additional step if it is not one already.
    @Test func attackedRadiiAreShownOnce() throws {
        let path = try runs.attack("attack", norm: "linf", radii: [0.12, 0.3, 0.6], [0.1, 0.2, 0.5, 0.6].map { .found(l2: 9, linf: $0, as: 1) })
        #expect(try header([path]) == ["", "images"] + ["0", "0.1", "0.12", "0.2", "0.3", "0.4", "0.5", "0.6"].map { "r = \($0)" })
        let tables = try MarkdownTables([path])
        let row = try #require(tables.rows("Accuracy of the classifier")?.last)
        #expect(row == ["under attack", "4", "1.000", "0.750", "0.750", "0.500", "0.500", "0.500", "0.250", "0.000"])
        // The attack's own table knows what it tried.
        #expect(try header([path], "Accuracy under each attack") == ["attack", "from", "images", "r = 0.12", "r = 0.3", "r = 0.6"])
        #expect(tables.rows("Accuracy under each attack")?.last == ["pgd", "itself", "4", "0.750", "0.500", "0.000"])
    }

    /// Beyond its own largest radius nothing is known from an attack, and a dash says so.
    @Test func whatWasNotTriedIsADash() throws {
        let paths = try [
            runs.attack("near", radii: [0.25], sigma: 0.5, [.nothing, .misclassified(nil)]),
            runs.attack("far", radii: [0.5], sigma: 0.5, [.nothing, .misclassified(nil)]),
        ]
        let rows = try #require(try MarkdownTables(paths).rows("Accuracy under each attack"))
        #expect(rows == [
            ["attack", "m_test", "images", "r = 0.25", "r = 0.5"], ["pgd", "4", "2", "0.500", "–"], ["pgd", "4", "2", "0.500", "0.500"],
        ])
    }

    @Test func estimatesAreCountedAgainstAttacks() throws {
        let paths = try [
            runs.bounds("bounds", [0.2, 0.4, 0.6, nil].map { .init(lipschitz: $0) }),
            runs.attack("attack", [0.1, 0.3, 0.7].map { .found(l2: $0, linf: 0.1, as: 1) }),
        ]
        let rows = try #require(try MarkdownTables(paths).rows("Estimates, and how often"))
        #expect(rows.dropFirst() == [["L-bound, logits", "3", "0.4000", "2 of 3", "0.666"]])
        #expect(try MarkdownTables([paths[1]]).rows("Estimates, and how often") == nil)
    }
}
