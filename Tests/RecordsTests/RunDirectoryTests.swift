import Foundation
import SuretyRecords
import Testing
import TestSupport

/// Lines that are not the next ones, and lines that are not final. The rest is tested with runs of certificates.
@Suite struct RunDirectoryTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open() throws -> RunDirectory<Tally> { try RunDirectory(at: folder.url("run"), for: Tally.record()) }

    @Test func findsWhatWasSetAside() throws {
        do {
            let directory = try open()
            try directory.setAside([Tally.Line(image: 2, label: 2)])
            // Set aside later, they replace those before.
            try directory.setAside([2, 0].map { Tally.Line(image: $0) } + [Tally.Line(image: 1, share: 0.75, timing: 3)])
            try directory.append(Tally.Line(image: 0))
        }
        let directory = try open()
        #expect(directory.lines == [Tally.Line(image: 0)] && directory.remaining == [1, 2] && directory.completedBefore == 1)
        let aside: [Tally.Line] = directory.setAside
        #expect(aside == [Tally.Line(image: 1, share: 0.75, timing: 3), Tally.Line(image: 2)])
        try directory.append(aside)
        try directory.save()
        #expect(!folder.has("run/unfinished-tallies.jsonl"), "it is forgotten once the run is finished")
        #expect(Verification<Tally>.findings(in: folder.url("run")).isEmpty)
    }

    /// From the first open line on, all are taken back when the directory is opened, and may be continued.
    @Test func takesOpenLinesBack() throws {
        do {
            let directory = try open()
            try directory.append([Tally.Line(image: 0), Tally.Line(image: 1, share: 0.75, isOpen: true), Tally.Line(image: 2)])
            try directory.save()
        }
        for _ in 0..<2 {
            let directory = try open()
            #expect(directory.lines == [Tally.Line(image: 0)] && directory.remaining == [1, 2])
            let aside: [Tally.Line] = directory.setAside
            #expect(aside == [Tally.Line(image: 1, share: 0.75, isOpen: true), Tally.Line(image: 2)])
            #expect(directory.record.progress.completed == 1 && !directory.record.progress.finished)
            #expect(try RunContents<Tally>(of: folder.url("run")).lines == [Tally.Line(image: 0)])
        }
        let directory = try open()
        try directory.append([Tally.Line(image: 1), Tally.Line(image: 2)])
        try directory.save()
        #expect(try RunContents<Tally>(of: folder.url("run")).record.progress.finished)
    }

    /// Lines are bound to the run also while they are set aside.
    @Test func refusesAlteredLinesSetAside() throws {
        do { try open().setAside([Tally.Line(image: 2)]) }
        let file = folder.url("run/unfinished-tallies.jsonl")
        let text = try String(contentsOf: file, encoding: .utf8)
        let altered = text.replacingOccurrences(of: "\"share\":0.5", with: "\"share\":0.6")
        try folder.write(Data(altered.utf8), to: "run/unfinished-tallies.jsonl")
        let error = #expect(throws: RunError.self) { try open() }
        #expect(error?.description.contains("unfinished-tallies.jsonl line 1: its content does not match its digest") == true)
    }

    @Test func refusesALineThatIsNotTheNext() throws {
        let directory = try open()
        for lines in [[1], [0, 2], [0, 1, 2, 3]].map({ $0.map { Tally.Line(image: $0) } }) {
            let error = #expect(throws: RunError.self) { try directory.append(lines) }
            #expect(error?.description.contains("is not the next one") == true)
            #expect(directory.lines.isEmpty && folder.contents(of: "run/tallies.jsonl") == Data())
        }
    }
}
