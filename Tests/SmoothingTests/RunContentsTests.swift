import Foundation
import SuretyRecords
import SuretySmoothing
import Testing
import TestSupport

@Suite struct RunContentsTests {
    /// Numbers come back to the last bit.
    @Test(arguments: [
        SmallRun.certify, .certify(n0: 20, bound: .twoBound, norm: .linf), .predict,
    ])
    func readsWhatWasWritten(verb: SmallRun.Verb) throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun(verb, sigma: 0.1 + 0.2, seed: .max)
        try run.write(to: folder.url("run"))
        let contents = try SmoothingRun(of: folder.url("run"))
        #expect(contents.certificates == (try run.indices.map { try run.certificate($0) }))
        #expect(contents.record.settings == run.settings)
        #expect(contents.record.model == run.record.model && contents.record.data == run.record.data)
        #expect(contents.record.selection == run.record.selection && contents.record.progress.finished)
    }

    /// A process killed before it could write its record leaves the certificates; they count.
    @Test func countsCertificatesThatTheRecordDoesNotKnowOf() throws {
        let folder = try TemporaryFolder()
        try SmallRun().write(to: folder.url("run"), limit: 6, save: false)
        let record = try SmoothingRun(of: folder.url("run")).record
        #expect(record.progress.completed == 6 && !record.progress.finished && record.samplesPerSecond ?? 0 > 0)
    }

    @Test func refusesAlteredFiles() throws {
        let folder = try TemporaryFolder()
        try SmallRun().write(to: folder.url("run"))
        let url = folder.url("run/certificates.jsonl")
        let text = try String(contentsOf: url, encoding: .utf8)
        try Data(text.replacingOccurrences(of: "\"label\":1", with: "\"label\":0").utf8).write(to: url)
        let error = #expect(throws: RunError.self) { try SmoothingRun(of: folder.url("run")) }
        #expect(error?.reason == .damagedRecord)
        #expect(error?.description.contains("certificates.jsonl line 2: its content does not match its digest") == true)
        try Data((text + text.prefix { $0 != "\n" } + "\n").utf8).write(to: url)
        #expect(reason { _ = try SmoothingRun(of: folder.url("run")) } == .damagedRecord)
        #expect(reason { _ = try SmoothingRun(of: folder.url("nowhere")) } == .inaccessible)
    }
}
