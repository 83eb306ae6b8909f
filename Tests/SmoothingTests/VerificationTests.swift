import Foundation
import SuretyDatasets
import SuretyRecords
import SuretySmoothing
import SuretyStatistics
import SuretyTensors
import Testing
import TestSupport

@Suite struct VerificationTests {
    @Test(arguments: [
        SmallRun.certify, .certify(n0: 20, bound: .twoBound, norm: .l2), .certify(n0: 20, bound: .twoBound, norm: .linf),
        .certify(n0: 20, bound: .twoBoundHalves, norm: .l2),
        .certify(n0: 20, bound: .clopperPearson, norm: .linf), .predict,
    ])
    func anUntouchedRunIsSound(verb: SmallRun.Verb) throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun(verb)
        try run.write(to: folder.url("run"))
        let findings = Verification<SmoothingSettings>.findings(
            in: folder.url("run"), modelSHA256: String(repeating: "a", count: 64), images: run.images)
        #expect(findings.isEmpty, "\(findings)")
    }

    /// Any byte changed or taken out, in any file, is found and its line named.
    @Test(arguments: [
        (SmallRun.certify, "run.json"), (SmallRun.certify, "certificates.jsonl"), (SmallRun.certify, "certificates.tsv"),
        (.predict, "certificates.jsonl"), (.predict, "certificates.tsv"),
    ])
    func everyAlteredByteIsFound(verb: SmallRun.Verb, name: String) throws {
        let folder = try TemporaryFolder()
        try SmallRun(verb, selection: ImageSelection(skip: 14)).write(to: folder.url("run"))
        let url = folder.url("run").appending(path: name)
        let original = try Data(contentsOf: url)
        var line = 1
        for (index, byte) in original.enumerated() {
            let isLineFeed = byte == UInt8(ascii: "\n")
            var changed = original
            changed[index] = byte == UInt8(ascii: "9") ? UInt8(ascii: "1") : byte &+ 1
            let shortened = original[..<index] + original[(index + 1)...]
            // Only for every third byte, since each takes a whole verification: what is missing moves all that follows.
            for altered in index % 3 == 0 ? [changed, shortened] : [changed] {
                try altered.writeQuickly(to: url)
                let findings = Verification<SmoothingSettings>.findings(in: folder.url("run"))
                let isNamed = findings.contains {
                    $0.file == name && (name == "run.json" || $0.line == line || (isLineFeed && $0.line == nil))
                }
                #expect(isNamed, "byte \(index), line \(line), \(findings)")
            }
            if isLineFeed { line += 1 }
        }
    }

    /// A forger who recomputes the digests is detected by the counts, or by the data.
    @Test func forgedNumbersAreNamed() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun(selection: ImageSelection(max: 3))
        let honest = try run.certificate(2)
        guard case let .certified(answer, radius, norm) = honest.verdict.outcome,
              case let .bounds(pALower, _) = honest.verdict.evidence else { Issue.record("no certificate"); return }
        func verdict(
            _ outcome: Verdict.Outcome? = nil, _ evidence: Verdict.Evidence? = nil, confidence: Double = 0.999
        ) -> Verdict {
            Verdict(outcome ?? honest.verdict.outcome, evidence ?? honest.verdict.evidence,
                confidence: confidence)
        }
        func certified(_ answer: Int, _ radius: Double, _ norm: Norm = .l2) -> Verdict {
            verdict(.certified(class: answer, radius: radius, norm: norm))
        }
        // Within what the independent route can tell, beyond what versions of libraries may differ by.
        let (raised, lowered) = (1 + 1e-13, 1 - 1e-13)
        let forgeries: [(Certificate, String)] = [
            (honest.with(verdict: certified(answer, radius * 1.000_001, norm)), "radius \(radius * 1.000_001) is not what"),
            (honest.with(verdict: certified(answer, radius * 0.999, norm)), "radius \(radius * 0.999) is not what"),
            (honest.with(verdict: certified(answer, radius * raised, norm)), "radius \(radius * raised) is not exactly what"),
            (honest.with(verdict: certified(answer, radius * lowered, norm)), "radius \(radius * lowered) is not exactly what"),
            (honest.with(verdict: verdict(nil, .bounds(pALower: pALower * raised, pBUpper: nil))), "pALower \(pALower * raised) is not exactly"),
            (honest.with(verdict: certified(answer, -radius, norm)), "radius \(-radius) is not what"),
            (honest.with(verdict: certified(1, radius)), "class 1 is not what the votes chose (2)"),
            (honest.with(verdict: certified(answer, radius, .linf)), "norm linf is not that of the run"),
            (honest.with(verdict: verdict(.abstained)), "verdict abstained, but the counts certify class 2"),
            (honest.with(verdict: verdict(.predicted(class: 2))), "verdict predicted must not appear"),
            (honest.with(verdict: verdict(nil, .bounds(pALower: pALower + 1e-6, pBUpper: nil))), "pALower \(pALower + 1e-6)"),
            (honest.with(verdict: verdict(nil, .bounds(pALower: pALower - 1e-6, pBUpper: nil))), "pALower \(pALower - 1e-6)"),
            (honest.with(verdict: verdict(nil, .bounds(pALower: pALower, pBUpper: 0.1))), "pBUpper must not appear"),
            (honest.with(verdict: verdict(nil, .test(pValue: 0.1))), "a certificate has no pValue"),
            (honest.with(verdict: verdict(confidence: 0.9999)), "confidence 0.9999 is not that of the run (0.999)"),
            (honest.with(counts: [0, 0, 1000]), "pALower \(pALower) is not what the counts give (0.993"),
            (honest.with(counts: [0, 0, 1001]), "counts sums to 1001, but there were 1000 samples"),
            (honest.with(counts: [-10, 20, 990]), "counts holds -10 votes"),
            (honest.with(counts: [10, 990]), "different numbers of classes"),
            (honest.with(selectionCounts: [20, 0, 0]), "class 2 is not what the votes chose (0)"),
            (honest.with(selectionCounts: [0, 0, 19]), "selectionCounts sums to 19"),
            (honest.with(selectionCounts: .some(nil)), "selectionCounts is missing"),
            (honest.with(label: 3), "label 3 is not one of the 3 classes"),
            (honest.with(label: 1), "label 1 is not that of the data (2)"),
            (honest.with(imageSHA256: String(repeating: "0", count: 64)), "imageSHA256 000000000000… is not that of the data"),
        ]
        for (forgery, message) in forgeries {
            let url = folder.url(UUID().uuidString)
            let directory = try RunDirectory(at: url, for: run.record)
            for certificate in try [run.certificate(0), run.certificate(1), forgery] { try directory.append(certificate) }
            try directory.save()
            let findings = Verification<SmoothingSettings>.findings(in: url, images: run.images)
            let isNamed = findings.contains {
                $0.file == "certificates.jsonl" && $0.line == 3 && $0.image == 2 && $0.message.contains(message)
            }
            #expect(isNamed, "\(message): \(findings)")
        }
    }

    /// Whatever split a record is made to state, its certificates are held to that one; and only the known ones are.
    @Test func anAlteredSplitIsFound() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun(.certify(n0: 20, bound: .twoBound, norm: .l2), selection: ImageSelection(max: 3))
        try run.write(to: folder.url("run"))
        let original = try String(contentsOf: folder.url("run/run.json"), encoding: .utf8)
        for altered in ["0.5", "0.979", "1", "null"] {
            let text = original.replacingOccurrences(of: "\"split\": 0.98", with: "\"split\": \(altered)")
            #expect(text != original)
            try Data(text.utf8).write(to: folder.url("run/run.json"))
            let findings = Verification<SmoothingSettings>.findings(in: folder.url("run"))
            #expect(findings.contains { $0.file == "run.json" }, "\(findings)")
        }
        // A forger who seals the certificates of one split as those of another.
        for (bound, other) in [(Certifier.Bound.twoBound, Certifier.Bound.twoBoundHalves), (.twoBoundHalves, .twoBound)] {
            let honest = try SmallRun(.certify(n0: 20, bound: bound, norm: .l2), selection: ImageSelection(max: 3))
            let url = folder.url(bound.rawValue)
            let forged = try SmallRun(.certify(n0: 20, bound: other, norm: .l2), selection: ImageSelection(max: 3))
            let directory = try RunDirectory(at: url, for: forged.record)
            for image in 0..<3 { try directory.append(honest.certificate(image)) }
            try directory.save()
            let findings = Verification<SmoothingSettings>.findings(in: url)
            for line in 1...3 {
                #expect(findings.contains { $0.line == line && $0.message.contains("is not what the counts give") }, "\(findings)")
            }
        }
    }

    /// A bound of pB that the cap does not allow, and one that is not capped where it must be.
    @Test func theCapIsChecked() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun(.certify(n0: 20, bound: .twoBound, norm: .l2), selection: ImageSelection(max: 3))
        let honest = try run.certificate(2)
        guard case let .bounds(pALower, pBUpper?) = honest.verdict.evidence else { Issue.record("no bounds"); return }
        #expect(abs(pBUpper - (1 - pALower)) < 1e-15)
        let uncapped = try ClopperPearson.upperBound(successes: 10, trials: 1000, alpha: 0.001 * (1 - 0.98))
        #expect(uncapped > pBUpper)
        for forged in [uncapped, pBUpper * 0.999_99, pBUpper * (1 - 1e-13), 0] {
            let url = folder.url(UUID().uuidString)
            let directory = try RunDirectory(at: url, for: run.record)
            let verdict = Verdict(honest.verdict.outcome, .bounds(pALower: pALower, pBUpper: forged), confidence: 0.999)
            for certificate in try [run.certificate(0), run.certificate(1), honest.with(verdict: verdict)] {
                try directory.append(certificate)
            }
            try directory.save()
            let findings = Verification<SmoothingSettings>.findings(in: url)
            #expect(findings.contains { $0.line == 3 && $0.message.contains("pBUpper \(forged) is not") }, "\(findings)")
        }
    }

    @Test func forgedPredictionsAreNamed() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun(.predict, selection: ImageSelection(max: 5))
        let (clear, close) = (try run.certificate(3), try run.certificate(4))
        guard case .test(let pValue) = clear.verdict.evidence else { Issue.record("no prediction"); return }
        func verdict(_ outcome: Verdict.Outcome, _ evidence: Verdict.Evidence) -> Verdict {
            Verdict(outcome, evidence, confidence: clear.verdict.confidence)
        }
        let lowered = 1 - 1e-13
        let forgeries: [(Certificate, String)] = [
            (clear.with(verdict: verdict(clear.verdict.outcome, .test(pValue: pValue * 1.001))), "pValue \(pValue * 1.001)"),
            (clear.with(verdict: verdict(clear.verdict.outcome, .test(pValue: pValue * lowered))), "pValue \(pValue * lowered) is not exactly"),
            (
                clear.with(verdict: verdict(.predicted(class: 2), clear.verdict.evidence)),
                "class 2 is not the one with the most votes"
            ),
            (clear.with(verdict: verdict(.abstained, clear.verdict.evidence)), "verdict abstained, but the p-value allows"),
            (close.with(verdict: verdict(.predicted(class: 1), close.verdict.evidence)), "but the p-value requires an abstention"),
            (clear.with(verdict: verdict(clear.verdict.outcome, .bounds(pALower: 0.9, pBUpper: nil))), "pValue is missing"),
            (clear.with(verdict: verdict(.certified(class: 0, radius: 1, norm: .l2), clear.verdict.evidence)), "must not appear"),
            (clear.with(selectionCounts: [1, 2, 3]), "a prediction has no selectionCounts"),
        ]
        for (forgery, message) in forgeries {
            let url = folder.url(UUID().uuidString)
            let directory = try RunDirectory(at: url, for: run.record)
            for image in directory.remaining {
                try directory.append(image == forgery.image ? forgery : run.certificate(image))
            }
            try directory.save()
            let findings = Verification<SmoothingSettings>.findings(in: url)
            #expect(findings.contains { $0.image == forgery.image && $0.message.contains(message) }, "\(message): \(findings)")
        }
    }

    @Test func linesOutOfPlaceAreNamed() throws {
        let folder = try TemporaryFolder()
        try SmallRun().write(to: folder.url("run"))
        let original = try String(contentsOf: folder.url("run/certificates.jsonl"), encoding: .utf8)
            .split(separator: "\n").map(String.init)
        func findings(_ change: (inout [String]) -> Void) throws -> [String] {
            var lines = original
            change(&lines)
            let text = lines.map { $0 + "\n" }.joined()
            try Data(text.utf8).write(to: folder.url("run/certificates.jsonl"))
            return Verification<SmoothingSettings>.findings(in: folder.url("run")).map(\.description)
        }
        #expect(try findings { _ in }.isEmpty)
        #expect(try findings { $0.remove(at: 11) }.contains("certificates.jsonl: image 11 is missing"))
        #expect(try findings { $0.removeSubrange(3...5) }.contains("certificates.jsonl: 3 images (3, 4, 5) are missing"))
        #expect(try findings { $0.insert($0[4], at: 9) }
            .contains("certificates.jsonl line 10, image 4: the image is on line 5 already"))
        #expect(try findings { $0.swapAt(7, 8) }
            .contains("certificates.jsonl line 9, image 7: it is out of order: image 8 stands before it"))
        #expect(try findings { $0.insert("", at: 2) }.contains { $0.hasPrefix("certificates.jsonl line 3: it is not a certificate") })
        #expect(try findings { $0.removeLast() }.contains("run.json: progress.completed is 20, but the certificates make it 19"))
        #expect(try findings { $0.removeAll() }.contains { $0.contains("20 images (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …) are missing") })
        #expect(try findings { $0[3] = $0[3].replacingOccurrences(of: "\"seconds\":0.5", with: "\"seconds\":0.4") }
            .contains { $0.hasPrefix("certificates.jsonl line 4, image 3: the time 0.4") })
        // A certificate of another run, sound in itself.
        try SmallRun(sigma: 0.5).write(to: folder.url("other"))
        let other = try String(contentsOf: folder.url("other/certificates.jsonl"), encoding: .utf8).split(separator: "\n")
        #expect(try findings { $0[6] = String(other[6]) }
            .contains { $0.hasPrefix("certificates.jsonl line 7, image 6: the result does not match its digest") })
    }

    @Test func tableThatDiffersIsNamed() throws {
        let folder = try TemporaryFolder()
        try SmallRun().write(to: folder.url("run"))
        let original = try String(contentsOf: folder.url("run/certificates.tsv"), encoding: .utf8)
        func findings(_ text: String) throws -> [String] {
            try Data(text.utf8).write(to: folder.url("run/certificates.tsv"))
            return Verification<SmoothingSettings>.findings(in: folder.url("run")).map(\.description)
        }
        let shorter = original.split(separator: "\n").dropLast(2).map { $0 + "\n" }.joined()
        #expect(try findings(shorter) == [
            "certificates.tsv line 20, image 18: the line is missing", "certificates.tsv line 21, image 19: the line is missing",
        ])
        #expect(try findings(original + "20\t0\t0\t9\t1\t0\n") == ["certificates.tsv line 22: there are 1 lines more than certificates"])
        #expect(try findings("").count == 21)
        #expect(try findings(original).isEmpty)
    }

    @Test func otherModelOrDataIsNamed() throws {
        let folder = try TemporaryFolder()
        let run = try SmallRun()
        try run.write(to: folder.url("run"))
        let model = Verification<SmoothingSettings>.findings(in: folder.url("run"), modelSHA256: String(repeating: "b", count: 64))
        #expect(model.map(\.description) == ["run.json: model.sha256 aaaaaaaaaaaa… is not that of the model given (bbbbbbbbbbbb…)"])
        let others = try LabelledImages.small(labels: (0..<20).map { ($0 + ($0 == 11 ? 1 : 0)) % 3 })
        let data = Verification<SmoothingSettings>.findings(in: folder.url("run"), images: others).map(\.description)
        #expect(data.count == 2)
        #expect(data[0].hasPrefix("run.json: data.sha256"))
        #expect(data[1] == "certificates.jsonl line 12, image 11: label 2 is not that of the data (0)")
    }

    /// Settings exchanged for others, with the right digests for them: no line is bound to them.
    @Test func exchangedSettingsAreFound() throws {
        let folder = try TemporaryFolder()
        try SmallRun().write(to: folder.url("run"))
        try SmallRun(sigma: 0.5).write(to: folder.url("other"))
        try FileManager.default.removeItem(at: folder.url("run/run.json"))
        try FileManager.default.copyItem(at: folder.url("other/run.json"), to: folder.url("run/run.json"))
        let findings = Verification<SmoothingSettings>.findings(in: folder.url("run"))
        for line in 1...20 { #expect(findings.contains { $0.file == "certificates.jsonl" && $0.line == line }) }
    }

    @Test func missingOrUnreadableFilesAreNamed() throws {
        let folder = try TemporaryFolder()
        for name in ["run.json", "certificates.jsonl", "certificates.tsv"] {
            let url = folder.url(name + "/run")
            try SmallRun().write(to: url)
            try FileManager.default.removeItem(at: url.appending(path: name))
            #expect(Verification<SmoothingSettings>.findings(in: url).contains { $0.description == "\(name): the file is missing" })
            try Data(repeating: UInt8(ascii: "["), count: 100_000).write(to: url.appending(path: name))
            #expect(Verification<SmoothingSettings>.findings(in: url).contains { $0.file == name })
            try FileManager.default.removeItem(at: url.appending(path: name))
            try FileManager.default.createSymbolicLink(atPath: url.appending(path: name).path, withDestinationPath: "/dev/zero")
            #expect(Verification<SmoothingSettings>.findings(in: url).contains { $0.file == name && $0.message.contains("not a file") })
        }
        #expect(Verification<SmoothingSettings>.findings(in: folder.url("nowhere")).map(\.description) == ["run.json: the file is missing"])
    }

    @Test func anUnfinishedRunIsNotSound() throws {
        let folder = try TemporaryFolder()
        try SmallRun().write(to: folder.url("run"), limit: 18)
        #expect(Verification<SmoothingSettings>.findings(in: folder.url("run")).map(\.description)
            == ["certificates.jsonl: 2 images (18, 19) are missing: the run is not finished"])
    }
}

extension Data {
    /// Writes without waiting for the disk, as `write(to:)` would, thousands of times.
    fileprivate func writeQuickly(to url: URL) throws {
        unlink(url.path)
        let file = try #require(fopen(url.path, "wb"))
        defer { fclose(file) }
        try #require(withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) } == count)
    }
}

extension Certificate {
    fileprivate func with(
        label: Int? = nil, imageSHA256: String? = nil, selectionCounts: [Int]?? = nil, counts: [Int]? = nil,
        verdict: Verdict? = nil
    ) -> Certificate {
        Certificate(
            image: image, imageSHA256: imageSHA256 ?? self.imageSHA256, label: label ?? self.label,
            selectionCounts: selectionCounts ?? self.selectionCounts, counts: counts ?? self.counts,
            verdict: verdict ?? self.verdict, seconds: seconds)
    }
}
