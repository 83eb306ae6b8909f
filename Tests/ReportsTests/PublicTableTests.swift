import Foundation
import SuretyReports
import Testing

@Suite struct PublicTableTests {
    private static let header = "idx\tlabel\tpredict\tradius\tcorrect\ttime\n"

    @Test func readsAllThatToolsWrite() throws {
        let run = try read(Self.header + """
            0\t3\t3\t0.378\t1\t15.4
            20\t7\t-1\t0.0\t0\t0:00:15.600000
            40\t4\t2\t1e-1\t0\t1:02:03.5
            60\t1\t1\t2\t1\t1 day, 0:00:01

            """)
        #expect(run.name == "log")
        #expect(run.alpha == nil)
        #expect(run.images == [
            ReportedImage(index: 0, label: 3, prediction: 3, radius: 0.378, seconds: 15.4),
            ReportedImage(index: 20, label: 7, prediction: nil, radius: 0, seconds: 15.6),
            ReportedImage(index: 40, label: 4, prediction: 2, radius: 0.1, seconds: 3723.5),
            ReportedImage(index: 60, label: 1, prediction: 1, radius: 2, seconds: 86_401),
        ])
    }

    @Test func readsPredictionsAndForeignColumns() throws {
        let run = try read("idx\tlabel\tpredict\tcorrect\tnote\r\n5\t2\t2\t1\tfine\r\n")
        #expect(run.images == [ReportedImage(index: 5, label: 2, prediction: 2, radius: nil)])
    }

    @Test(arguments: [
        ("0\t3\t3\t0.378\t1", "line 2: there are 5 fields"),
        ("0\t3\t3\t0.378\t1\t15.4\t9", "line 2: there are 7 fields"),
        ("x\t3\t3\t0.378\t1\t15.4", "line 2: 'x' in the column idx"),
        ("0\t-1\t3\t0.378\t0\t15.4", "line 2: '-1' in the column label"),
        ("0\t3\t-2\t0.378\t0\t15.4", "line 2: '-2' in the column predict"),
        ("0\t3\t3\tnan\t1\t15.4", "line 2: 'nan' in the column radius"),
        ("0\t3\t3\t-0.1\t1\t15.4", "line 2: '-0.1' in the column radius"),
        ("0\t3\t3\tinf\t1\t15.4", "line 2: 'inf' in the column radius"),
        ("0\t3\t3\t0.378\t0\t15.4", "line 2: correct is 0, but label 3 and prediction 3 make it 1"),
        ("0\t3\t-1\t0\t1\t15.4", "line 2: correct is 1, but label 3 and prediction -1 make it 0"),
        ("0\t3\t3\t0.378\t2\t15.4", "line 2: correct is 2"),
        ("0\t3\t3\t0.378\t1\tsoon", "line 2: 'soon' in the column time"),
        ("0\t3\t3\t0.378\t1\t1:2:3:4", "line 2: '1:2:3:4' in the column time"),
        ("0\t3\t3\t0.1\t1\t1\n1\t3\t3\t0.1\t1\t1\n0\t3\t3\t0.2\t1\t1", "line 4: image 0 has been on line 2"),
        ("0\t3\t-1\tnan\t0\t15.4", "line 2: 'nan' in the column radius"),
        ("0\t3\t3\t0.1\t2.0\t1", "line 2: '2.0' in the column correct"),
        ("0\t3\t3\t0.1\t1\t1\nclean accuracy 0.5", "line 3: there are 1 fields"),
        ("", "no results"),
    ])
    func namesTheLineThatIsWrong(lines: String, words: String) throws {
        let error = #expect(throws: ReportError.self) { try read(Self.header + lines + "\n") }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("-log.tsv, line") == true || error?.description.contains("-log.tsv: ") == true)
    }

    /// Forms in which people have these logs, each of which says the same as the first: restarts, editors, spreadsheets, other
    /// spellings of a truth or an abstention, and a line that a killed run did not finish.
    @Test(arguments: [
        ("plain", "idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t3\t3\t0.25\t1\t1.5\n20\t7\t-1\t0.0\t0\t2\n"),
        ("header twice", "idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t3\t3\t0.25\t1\t1.5\nidx\tlabel\tpredict\tradius\tcorrect\ttime\n20\t7\t-1\t0.0\t0\t2\n"),
        ("repeated", "idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t3\t3\t0.25\t1\t1.5\n0\t3\t3\t0.25\t1\t9\n20\t7\t-1\t0.0\t0\t2\n"),
        ("torn", "idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t3\t3\t0.25\t1\t1.5\n20\t7\t-1\t0.0\t0\t2\n40\t9\t"),
        ("byte order mark", "\u{FEFF}idx\tlabel\tpredict\tradius\tcorrect\ttime\r\n0\t3\t3\t0.25\t1\t1.5\r\n20\t7\t-1\t0.0\t0\t2\r\n\r\n"),
        ("commas", "idx,label,predict,radius,correct,time\n0,3,3,0.25,1,1.5\n20,7,-1,0.0,0,2\n"),
        ("spaces", "idx  label  predict  radius  correct  time\n0  3  3  0.25  1  1.5\n20   7  -1  0.0  0  2\n"),
        ("capitals", "Idx\tLabel\tPredict\tRadius\tCorrect\tTime\n0\t3\t3\t0.25\tTrue\t1.5\n20\t7\t-1\t0.0\tFalse\t2\n"),
        ("decimals", "idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t3\t3\t0.25\t1.0\t1.5\n20\t7\t-1\t-1.0\t0.0\t2\n"),
        ("tab at the end", "idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t3\t3\t0.25\t1\t1.5\t\n20\t7\t-1\t0.0\t0\t2\t\n"),
    ])
    func readsWhatIsClear(form: String, text: String) throws {
        let expected = [
            ReportedImage(index: 0, label: 3, prediction: 3, radius: 0.25, seconds: 1.5),
            ReportedImage(index: 20, label: 7, prediction: nil, radius: 0, seconds: 2),
        ]
        #expect(try read(text).images == expected, "\(form)")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)-log.tsv")
        defer { unlink(file.path) }
        try #require(text.data(using: .utf16)).write(to: file)
        #expect(try ReportedRun(table: file, name: "log").images == expected, "\(form) in UTF-16")
    }

    @Test func namesTheColumnThatIsMissing() {
        let error = #expect(throws: ReportError.self) { try read("idx\tlabel\tradius\n0\t1\t2\n") }
        #expect(error?.description.contains("line 1: there is no column 'predict'") == true)
        #expect(throws: ReportError.self) { try read("") }
    }

    @Test func namesTheFileThatIsMissing() {
        let error = #expect(throws: ReportError.self) {
            try ReportedRun(table: URL(fileURLWithPath: "/nowhere/log.tsv"), name: "log")
        }
        #expect(error?.description.contains("/nowhere/log.tsv") == true)
    }

    /// Two thousand logs with a byte or two changed are read or refused, and what is read is sound.
    @Test func damageIsHarmless() throws {
        let sound = Array((Self.header + "0\t3\t3\t0.378\t1\t15.4\n20\t7\t-1\t0.0\t0\t0:00:15.6\n").utf8)
        var state: UInt64 = 7
        func below(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        var refused = 0
        for _ in 0..<2_000 {
            var bytes = sound
            for _ in 0...below(2) { bytes[below(bytes.count)] = UInt8(below(256)) }
            do {
                let run = try read(String(decoding: bytes, as: UTF8.self))
                #expect(run.images.allSatisfy { ($0.radius ?? 0) >= 0 && $0.index >= 0 && $0.label >= 0 })
            } catch is ReportError {
                refused += 1
            }
        }
        #expect((500..<2_000).contains(refused))
    }

    private func read(_ text: String) throws -> ReportedRun {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)-log.tsv")
        defer { unlink(file.path) }
        let disk = try #require(fopen(file.path, "wb"))
        fwrite(Array(text.utf8), 1, text.utf8.count, disk)
        fclose(disk)
        return try ReportedRun(table: file, name: "log")
    }
}
