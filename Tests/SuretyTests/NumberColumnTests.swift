import Foundation
import Surety
import TestSupport
import Testing

@Suite struct NumberColumnTests {
    @Test func readsNumbersAndSkipsTheRest() throws {
        let folder = try TemporaryFolder()
        try folder.write(lines: ["# maxima", "", "  1.5 ", "-2e-3", "   # the last", "inf"], to: "numbers.txt")
        #expect(try NumberColumn(contentsOf: folder("numbers.txt")).numbers == [1.5, -0.002, .infinity])
        try folder.write(Data(), to: "empty.txt")
        #expect(try NumberColumn(contentsOf: folder("empty.txt")).numbers == [])
    }

    /// Lines are counted as an editor counts them.
    @Test func namesTheLineThatIsNoNumber() throws {
        let folder = try TemporaryFolder()
        try folder.write(lines: ["# maxima", "", "1", "1,5"], to: "numbers.txt")
        let error = #expect(throws: SuretyError.self) { try NumberColumn(contentsOf: folder("numbers.txt")) }
        #expect(error?.description.contains("numbers.txt, line 4: '1,5' is not a number") == true)
        let missing = #expect(throws: SuretyError.self) { try NumberColumn(contentsOf: folder("none.txt")) }
        #expect(missing?.description.contains("cannot read \(folder("none.txt"))") == true)
    }
}
