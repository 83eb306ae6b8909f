import Foundation
import SuretyRecords
import SuretySmoothing
import Testing
import TestSupport

/// Directories of runs of certificates, as they are written, continued and refused.
@Suite struct CertificateDirectoryTests {
    /// The forms that other programs read, as they were agreed.
    @Test func filesHaveTheirForm() throws {
        let folder = try TemporaryFolder()
        try SmallRun().write(to: folder.url("run"))
        let files = try files(of: folder.url("run"))
        let record = try #require(try JSONSerialization.jsonObject(with: files["run.json"]!) as? [String: Any])
        #expect(Set(record.keys) == [
            "schema", "surety", "method", "model", "data", "settings", "random", "selection", "environment", "progress",
            "samplesPerSecond", "settingsDigest", "digest",
        ])
        let settings = try #require(record["settings"] as? [String: Any])
        #expect(Set(settings.keys) == ["noise", "alpha", "n0", "n", "seed", "bound", "norm"])
        let noise = try #require(settings["noise"] as? [String: Any])
        #expect(noise["name"] as? String == "gaussian" && noise["sigma"] as? Double == 0.25 && noise["grid"] as? Int == 255)
        #expect(settings["bound"] as? String == "clopper-pearson" && settings["norm"] as? String == "l2")
        #expect((record["selection"] as? [String: Any])?["max"] is NSNull)
        let progress = try #require(record["progress"] as? [String: Any])
        #expect(progress["images"] as? Int == 20 && progress["completed"] as? Int == 20 && progress["finished"] as? Bool == true)
        let seconds = try #require(progress["seconds"] as? Double)
        #expect(abs(try #require(record["samplesPerSecond"] as? Double) - 20 * 1020 / seconds) < 1e-9)

        let lines = String(decoding: files["certificates.jsonl"]!, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 20)
        let line = try #require(try JSONSerialization.jsonObject(with: Data(lines[2].utf8)) as? [String: Any])
        #expect(Set(line.keys) == [
            "class", "confidence", "counts", "digest", "image", "imageSHA256", "label", "norm", "pALower", "radius",
            "selectionCounts", "standing", "timing", "verdict",
        ])
        #expect(line["verdict"] as? String == "certified" && line["standing"] as? String == "highProbability")
        #expect(line["confidence"] as? Double == 0.999 && line["image"] as? Int == 2)
        #expect(lines[2].hasPrefix(#"{"class":2,"confidence":0.999,"counts":[10,0,990],"digest":""#))
        #expect(lines[4].hasPrefix(#"{"class":null,"#) && lines[4].hasSuffix(#""verdict":"abstained"}"#))

        let rows = String(decoding: files["certificates.tsv"]!, as: UTF8.self).split(separator: "\n")
        #expect(rows[0] == "idx\tlabel\tpredict\tradius\tcorrect\ttime")
        #expect(rows.count == 21)
        #expect(rows[3].hasPrefix("2\t2\t2\t0.") && rows[3].hasSuffix("\t1\t0.386"))
        #expect(rows[5] == "4\t1\t-1\t0.000000\t0\t0.671")
    }

    /// Two bounds state how they share α. A record without it is of before, when each had half; and it keeps its form.
    @Test func theSplitStandsInTheRecord() throws {
        for (bound, share) in [(Certifier.Bound.twoBound, 0.98), (.twoBoundHalves, nil), (.clopperPearson, nil)] {
            let folder = try TemporaryFolder()
            let run = try SmallRun(.certify(n0: 20, bound: bound, norm: .l2))
            try run.write(to: folder.url("run"), limit: 3)
            let record = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.url("run/run.json"))) as? [String: Any]
            let settings = try #require(record?["settings"] as? [String: Any])
            #expect(settings["split"] as? Double == share)
            #expect(settings["bound"] as? String == (bound == .clopperPearson ? "clopper-pearson" : "two-bound"))
            #expect(try SmoothingRun(of: folder.url("run")).record.settings == run.settings)
            // It can only continue with its own bound, which the message names.
            for other in Certifier.Bound.allCases where other != bound {
                let other = try SmallRun(.certify(n0: 20, bound: other, norm: .l2))
                let error = #expect(throws: RunError.self) { try RunDirectory(at: folder.url("run"), for: other.record) }
                #expect(error?.description.contains("Start with the settings it has (--bound \(bound.rawValue)), to go on") == true)
            }
            try run.write(to: folder.url("run"))
            #expect(Verification<SmoothingSettings>.findings(in: folder.url("run")).isEmpty)
        }
    }

    @Test func predictionsHaveNoRadius() throws {
        let folder = try TemporaryFolder()
        try SmallRun(.predict).write(to: folder.url("run"))
        let files = try files(of: folder.url("run"))
        let lines = String(decoding: files["certificates.jsonl"]!, as: UTF8.self).split(separator: "\n")
        #expect(lines[2].contains(#""pValue":"#) && lines[2].hasSuffix(#""verdict":"predicted"}"#))
        #expect(!lines[2].contains("radius") && !lines[2].contains("selectionCounts") && !lines[2].contains("pALower"))
        #expect(String(decoding: files["certificates.tsv"]!, as: UTF8.self).hasPrefix("idx\tlabel\tpredict\tcorrect\ttime\n0\t0\t0\t1\t"))
        #expect(!String(decoding: files["run.json"]!, as: UTF8.self).contains("n0"))
    }

    /// Killed at any byte of a line, a run goes on to the same files as one that was left alone.
    @Test func goesOnAfterATornLine() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun()
        try run.write(to: folder.url("undisturbed"))
        let truth = try files(of: folder.url("undisturbed"))
        let journal = truth["certificates.jsonl"]!
        let lineStarts = [0] + journal.indices.filter { journal[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }

        let withinALine = stride(from: lineStarts[3], through: lineStarts[4], by: 23)
        for length in [0, 1, 300] + withinALine + [lineStarts[4] - 1, lineStarts[4], lineStarts[19], journal.count - 1] {
            let url = folder.url("killed")
            try? FileManager.default.removeItem(at: url)
            try run.write(to: url, limit: 0, save: false)
            try journal.prefix(length).write(to: url.appending(path: "certificates.jsonl"))
            let directory = try RunDirectory(at: url, for: run.record)
            let complete = lineStarts.last { $0 <= length }!
            #expect(directory.completedBefore == lineStarts.firstIndex(of: complete)!)
            #expect(try Data(contentsOf: url.appending(path: "certificates.jsonl")) == journal.prefix(complete))
            for image in directory.remaining { try directory.append(run.certificate(image)) }
            try directory.save()
            #expect(try files(of: url) == truth)
        }
    }

    @Test func goesOnAfterAnInterruption() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun()
        try run.write(to: folder.url("undisturbed"))
        for limit in [0, 1, 7, 7, 13, 20, 20] {
            try run.write(to: folder.url("interrupted"), limit: limit)
            let record = try SmoothingRun(of: folder.url("interrupted")).record
            #expect(record.progress.completed == limit && record.progress.finished == (limit == 20))
        }
        #expect(try files(of: folder.url("interrupted")) == files(of: folder.url("undisturbed")))
    }

    /// What the machine was may change between starts; what votes depend on may not.
    @Test func refusesOtherSettingsAndNamesThem() throws {
        let folder = try TemporaryFolder()
        try SmallRun().write(to: folder.url("run"), limit: 3)
        let before = try files(of: folder.url("run"))
        let others: [(SmallRun, [String])] = [
            (try SmallRun(sigma: 0.5), ["settings.noise.sigma: 0.25 there, 0.5 here"]),
            (try SmallRun(seed: 8), ["settings.seed: 7 there, 8 here"]),
            (try SmallRun(.certify(n0: 10, bound: .twoBound, norm: .linf)), [
                "settings.bound: clopper-pearson there, two-bound here", "settings.n0: 20 there, 10 here",
                "settings.norm: l2 there, linf here", "settings.split: nothing there, 0.98 here",
                "Start with the settings it has (--bound clopper-pearson), to go on with it",
            ]),
            (try SmallRun(.predict), ["method: certify there, predict here", "settings.n0: 20 there, nothing here"]),
            (try SmallRun(modelSHA256: String(repeating: "b", count: 64)), ["model.sha256: aaaa"]),
            (try SmallRun(mean: nil), ["model.mean: [0.1307] there, nothing here"]),
            (try SmallRun(selection: ImageSelection(skip: 2)), ["selection.skip: 1 there, 2 here"]),
            (try SmallRun(selection: ImageSelection(max: 9)), ["selection.max: none there, 9 here"]),
            (try SmallRun(selection: ImageSelection(shard: .init("1/2"))), ["selection.shard: 0/1 there, 1/2 here"]),
        ]
        for (other, differences) in others {
            let error = #expect(throws: RunError.self) { try RunDirectory(at: folder.url("run"), for: other.record) }
            #expect(error?.reason == .differentSettings)
            #expect(error?.description.contains("random") == false)
            for difference in differences { #expect(error?.description.contains(difference) == true, "\(difference)") }
        }
        #expect(try files(of: folder.url("run")) == before)
    }

    /// A run that came to no certificate, say because its model answered the first image with no number, holds nothing: it does
    /// not keep its directory from other settings. One with a certificate does.
    @Test func aRunThatCameToNothingIsBegunAnew() throws {
        let folder = try TemporaryFolder()
        for save in [false, true] {
            let url = folder.url("\(save)")
            try SmallRun().write(to: url, limit: 0, save: save)
            let other = try SmallRun(sigma: 0.5)
            try other.write(to: url, limit: 1)
            #expect(try SmoothingRun(of: url).record.settings == other.settings)
            #expect(reason { try SmallRun().write(to: url) } == .differentSettings)
            try other.write(to: url)
            #expect(Verification<SmoothingSettings>.findings(in: url).isEmpty)
        }
        // Where certificates were and are gone, something was lost that others must not write over.
        try SmallRun().write(to: folder.url("lost"), limit: 3)
        try Data().write(to: folder.url("lost/certificates.jsonl"))
        #expect(reason { try SmallRun(sigma: 0.5).write(to: folder.url("lost")) } == .differentSettings)
    }

    /// A run that several machines and versions took part in names each once, however often they took turns.
    @Test func namesAllThatTookPart() throws {
        let folder = try TemporaryFolder()
        let here = try SmallRun()
        let elsewhere = try SmallRun(environment: .init(processor: "another", threads: 1, batch: 1, libraries: "none"))
        try here.write(to: folder.url("run"), limit: 3)
        try elsewhere.write(to: folder.url("run"), limit: 6)
        try here.write(to: folder.url("run"), limit: 9)
        let both = RunEnvironment(processor: "a \"test\"; another", threads: 2, batch: 8, libraries: "none")
        #expect(try SmoothingRun(of: folder.url("run")).record.environment == both)

        _ = try RunDirectory(at: folder.url("run"), for: here.record.ofVersion("0.0.9"))
        let record = try SmoothingRun(of: folder.url("run")).record
        #expect(record.version == "\(RecordFormat.version); 0.0.9" && record.environment == both)
        try here.write(to: folder.url("run"))
        #expect(Verification<SmoothingSettings>.findings(in: folder.url("run")).isEmpty)

        // A run that is finished has nothing left to take part in.
        let finished = try files(of: folder.url("run"))
        try SmallRun(environment: .init(processor: "third", threads: 1, batch: 1, libraries: "other")).write(to: folder.url("run"))
        #expect(try files(of: folder.url("run")) == finished)
    }

    /// A run never mixes two ways to convolve: it continues as it began, or not at all.
    @Test func goesOnWithTheConvolutionsItHas() throws {
        let folder = try TemporaryFolder()
        func run(_ convolution: String?) throws -> SmallRun {
            try SmallRun(environment: .init(processor: "a", threads: 1, libraries: "none", convolution: convolution))
        }
        for (first, second) in [(nil, "winograd"), ("winograd", nil)] as [(String?, String?)] {
            let url = folder.url(first ?? "direct")
            #expect(RunDirectory<SmoothingSettings>.recordOfResults(at: url) == nil)
            // If there is no certificate yet, nothing is lost.
            try run(second).write(to: url, limit: 0)
            #expect(RunDirectory<SmoothingSettings>.recordOfResults(at: url) == nil)
            try run(first).write(to: url, limit: 3)
            #expect(try #require(RunDirectory<SmoothingSettings>.recordOfResults(at: url)).environment?.convolution == first)
            let refusal = #expect(throws: RunError.self) { try run(second).write(to: url) }
            #expect(refusal?.description.contains("begun with \(first ?? "direct") convolutions") == true)
            try run(first).write(to: url)
            #expect(try SmoothingRun(of: url).record.environment?.convolution == first)
            #expect(Verification<SmoothingSettings>.findings(in: url).isEmpty)
        }
    }

    /// Whatever a start is refused for, it changes nothing: no torn line is cut off, no file made.
    @Test func aRefusedStartLeavesNoTrace() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun(), other = try SmallRun(sigma: 0.5)
        try run.write(to: folder.url("run"), limit: 3)
        let record = try Data(contentsOf: folder.url("run/run.json"))
        let lines = try Data(contentsOf: folder.url("run/certificates.jsonl"))
        let altered = Data("{}\n".utf8) + lines.dropLast(9)
        let cases: [(record: Data?, lines: Data?, reason: RunError.Reason)] = [
            (record, lines.dropLast(9), .differentSettings), (record, nil, .differentSettings),
            (nil, lines.dropLast(9), .damagedRecord), (nil, lines.prefix(9), .damagedRecord),
            (Data("{}".utf8), lines.dropLast(9), .damagedRecord), (Data("{}".utf8), nil, .damagedRecord),
            (record, altered, .damagedRecord),
        ]
        for (number, held) in cases.enumerated() {
            let url = folder.url("\(number)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            try held.record?.write(to: url.appending(path: "run.json"))
            try held.lines?.write(to: url.appending(path: "certificates.jsonl"))
            let start = held.reason == .differentSettings ? other : run
            #expect(reason { _ = try RunDirectory(at: url, for: start.record) } == held.reason, "case \(number)")
            let names = [held.record.map { _ in "run.json" }, held.lines.map { _ in "certificates.jsonl" }].compactMap { $0 }
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: url.path)) == Set(names), "case \(number)")
            for (name, data) in [("run.json", held.record), ("certificates.jsonl", held.lines)] where data != nil {
                #expect(try Data(contentsOf: url.appending(path: name)) == data, "case \(number)")
            }
        }
    }

    /// Times that no clock gives, with all digests to match.
    @Test func refusesImpossibleTimes() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun()
        try run.write(to: folder.url("run"), limit: 0)
        let directory = try RunDirectory(at: folder.url("run"), for: run.record)
        try directory.append(run.certificate(0, seconds: -1))
        #expect(throws: RunError.self) { try SmoothingRun(of: folder.url("run")) }
        try directory.save()
        let record = try Data(contentsOf: folder.url("run/run.json"))
        #expect(String(decoding: record, as: UTF8.self).contains(#""seconds": -1"#))
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(SmoothingRecord.self, from: record) }
    }

    @Test func refusesASecondWriter() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun()
        let first = try RunDirectory(at: folder.url("run"), for: run.record)
        #expect(reason { _ = try RunDirectory(at: folder.url("run"), for: run.record) } == .inUse)
        try first.append(run.certificate(0))
    }

    @Test func freesTheDirectoryWhenDone() throws {
        let folder = try TemporaryFolder()
        try SmallRun().write(to: folder.url("run"), limit: 2)
        try SmallRun().write(to: folder.url("run"), limit: 4)
        #expect(try SmoothingRun(of: folder.url("run")).certificates.count == 4)
    }

    @Test func refusesADamagedDirectory() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun()
        func damage(_ name: String, _ change: (inout String) -> Void) throws {
            try? FileManager.default.removeItem(at: folder.url("run"))
            try run.write(to: folder.url("run"), limit: 5)
            let url = folder.url("run/\(name)")
            var text = try String(contentsOf: url, encoding: .utf8)
            change(&text)
            try Data(text.utf8).write(to: url)
        }
        func message() -> String {
            do {
                _ = try RunDirectory(at: folder.url("run"), for: run.record)
                return "accepted"
            } catch {
                return error.description
            }
        }
        try damage("certificates.jsonl") { $0 = $0.replacingOccurrences(of: "\"label\":1", with: "\"label\":2") }
        #expect(message().contains("certificates.jsonl line 2: its content does not match its digest"))
        try damage("certificates.jsonl") { $0 = "{}\n" + $0 }
        #expect(message().contains("certificates.jsonl line 1: image is missing"))
        try damage("certificates.jsonl") { $0 = "\n" + $0 }
        #expect(message().contains("certificates.jsonl line 1: this is not JSON"))
        try damage("certificates.jsonl") { $0 = $0.split(separator: "\n").dropFirst().joined(separator: "\n") + "\n" }
        #expect(message().contains("certificates.jsonl line 1: it is of image 1, but image 0 is next"))
        try damage("run.json") { $0 = $0.replacingOccurrences(of: "\"sigma\": 0.25", with: "\"sigma\": 0.26") }
        #expect(message().contains("run.json: its content does not match its digest"))
        try damage("run.json") { $0 = "" }
        #expect(message().contains("run.json: this is not JSON"))
        try damage("run.json") { $0 = $0.replacingOccurrences(of: "\"alpha\": 0.001", with: "\"alpha\": 7") }
        #expect(message().contains("run.json: alpha is 7.0: it must lie strictly between 0 and 1"))
        try damage("run.json") { $0 = $0.replacingOccurrences(of: "\"schema\": 1", with: "\"schema\": 2") }
        #expect(message().contains("2 is not known to this version of Surety"))
        try damage("run.json") { _ in }
        try FileManager.default.removeItem(at: folder.url("run/run.json"))
        #expect(message().contains("run.json: it is missing beside certificates.jsonl"))
    }

    @Test func refusesCertificatesOutOfOrder() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun(selection: ImageSelection(skip: 5))
        let directory = try RunDirectory(at: folder.url("run"), for: run.record)
        #expect(directory.remaining == [0, 5, 10, 15])
        #expect(throws: RunError.self) { try directory.append(run.certificate(5)) }
        for image in directory.remaining { try directory.append(run.certificate(image)) }
        #expect(throws: RunError.self) { try directory.append(run.certificate(15)) }
        #expect(throws: RunError.self) { try directory.append(run.certificate(0, seconds: .nan)) }
        #expect(directory.record.progress.completed == 4)
    }

    /// Below a regular file no directory can be made, not even by root.
    @Test func saysWhyItCannotWrite() throws {
        let folder = try TemporaryFolder()
        try Data("text".utf8).write(to: folder.url("file"))
        let error = #expect(throws: RunError.self) {
            try RunDirectory(at: folder.url("file/run"), for: SmallRun().record)
        }
        #expect(error?.reason == .inaccessible)
        #expect(error?.description.contains(folder.url("file/run").path) == true)
    }

    /// Where one file cannot be written, the others stay as they were; here a directory is in its place.
    @Test func keepsTheOldFilesWhenNewOnesCannotBeWritten() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun()
        try run.write(to: folder.url("run"), limit: 3)
        let before = try Data(contentsOf: folder.url("run/run.json"))
        let directory = try RunDirectory(at: folder.url("run"), for: run.record)
        try directory.append(run.certificate(3))
        try FileManager.default.removeItem(at: folder.url("run/certificates.tsv"))
        try FileManager.default.createDirectory(at: folder.url("run/certificates.tsv"), withIntermediateDirectories: true)
        #expect(reason { try directory.save() } == .inaccessible)
        #expect(try Data(contentsOf: folder.url("run/run.json")) == before)
        #expect(try SmoothingRun(of: folder.url("run")).certificates.count == 4)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url("run").path).sorted()
        #expect(names == ["certificates.jsonl", "certificates.tsv", "run.json"])
    }

    /// A device like Linux's /dev/full: a disk without room. Its place is true where one can be made and opened.
    private static let makesDevices: Bool = {
        let path = FileManager.default.temporaryDirectory.appending(path: "surety-full-\(getpid())").path
        defer { unlink(path) }
        guard makeFullDevice(at: path) else { return false }
        let descriptor = open(path, O_WRONLY)
        defer { if descriptor >= 0 { close(descriptor) } }
        return descriptor >= 0
    }()

    private static func makeFullDevice(at path: String) -> Bool {
        #if os(Linux)
        mknod(path, S_IFCHR | 0o600, dev_t(1 << 8 | 7)) == 0
        #else
        false
        #endif
    }

    @Test(.enabled(if: makesDevices, "needs leave to make a device"))
    func saysThatTheDiskIsFull() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun()
        try FileManager.default.createDirectory(at: folder.url("run"), withIntermediateDirectories: true)
        try #require(Self.makeFullDevice(at: folder.url("run/certificates.jsonl").path))
        let directory = try RunDirectory(at: folder.url("run"), for: run.record)
        let error = #expect(throws: RunError.self) { try directory.append(run.certificate(0)) }
        #expect(error?.reason == .outOfSpace)
        #expect(error?.description.contains("make room and start the command again") == true)
        #expect(directory.record.progress.completed == 0)
    }
}
