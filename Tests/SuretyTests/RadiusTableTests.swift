import Foundation
import Surety
import TestSupport
import Testing

@Suite struct RadiusTableTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func answers(_ lines: String...) throws -> (lines: [String], error: SuretyError?) {
        try folder.write(lines: lines, to: "votes.csv")
        let table = try RadiusTable(contentsOf: folder("votes.csv"))
        var answers: [String] = []
        do throws(SuretyError) { try table.answer { answers.append($0) } } catch { return (answers, error) }
        return (answers, nil)
    }

    /// All of n votes bound the probability by α^(1/n): at α = Φ(1)^n the radius is σ. No votes say nothing.
    @Test func answersInClosedForm() throws {
        let phi = 0.5 * (1 + erf(0.5.squareRoot()))
        let (lines, error) = try answers(
            "image, alpha ,k,n", "a,\(pow(phi, 10)),10,10", "b, 1e-3 ,1,1", "c,0.5, 0 ,7")
        #expect(error == nil && lines.count == 4 && lines[0] == "k,n,alpha,lower,radius_over_sigma")
        let fields = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let (lower, radius) = (try #require(Double(fields[1][3])), try #require(Double(fields[1][4])))
        #expect(abs(lower - phi) < 1e-9 && abs(radius - 1) < 1e-8)
        #expect(fields[2][0...2] == ["1", "1", "1e-3"] && fields[2][4] == "")
        #expect(abs(try #require(Double(fields[2][3])) - 0.001) < 1e-11)
        #expect(lines[3] == "0,7,0.5,0.0,")
    }

    /// What comes before a row without an answer is answered.
    @Test(arguments: [
        ("5,4,0.001", "5 of 4 votes"), ("1,2,2", "alpha is 2"), ("1.5,2,0.1", "'1.5,2,0.1'"), ("1,2", "'1,2'"),
        ("1,2,0.1,0", "'1,2,0.1,0'"),
    ])
    func namesTheFirstRowWithoutAnAnswer(row: String, words: String) throws {
        let (lines, error) = try answers("k,n,alpha", "9,9,0.1", row, "also not a row")
        #expect(lines.count == 2)
        let message = try #require(error).description
        #expect(message.contains("votes.csv, line 3: ") && message.contains(words), "\(message)")
    }

    /// Empty lines say nothing, but count.
    @Test func emptyLinesAreCounted() throws {
        let (lines, error) = try answers("", "k,n,alpha", "", "9,9,0.1", "", "not a row")
        #expect(lines.count == 2 && error?.description.contains("votes.csv, line 6: ") == true)
    }

    @Test func refusesOtherFiles() throws {
        for header in ["", "k,n", "K,N,ALPHA"] {
            try folder.write(lines: [header], to: "votes.csv")
            let error = #expect(throws: SuretyError.self) { try RadiusTable(contentsOf: folder("votes.csv")) }
            #expect(error?.description.contains("columns k, n and alpha") == true)
        }
        let error = #expect(throws: SuretyError.self) { try RadiusTable(contentsOf: folder("none.csv")) }
        #expect(error?.description.contains("cannot read \(folder("none.csv"))") == true)
    }
}
