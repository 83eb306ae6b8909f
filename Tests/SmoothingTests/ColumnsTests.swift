import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretySmoothing
import SuretyStatistics
import SuretyTensors
import Testing
import TestSupport

/// Certification by columns: a half-space, of which every radius is known, on random images.
@Suite struct ColumnsTests {
    let temporary: TemporaryFolder
    let space: KnownHalfSpace

    init() throws { (temporary, space) = (try TemporaryFolder(), try KnownHalfSpace()) }

    private var images: LabelledImages { space.images }

    static func certifier(
        radii: [Double] = [0, 0.25, 0.5, 0.75], hope: Double = 0.05, n: Int = 20_000, alpha: Double = 0.001,
        bound: Certifier.Bound = .twoBound, norm: Norm = .l2
    ) throws -> Certifier {
        try Certifier(
            noise: KnownHalfSpace.noise, alpha: alpha, n0: 50, n: n, bound: bound, norm: norm, stopping: .columns(Columns(radii: radii, hope: hope)))
    }

    private func certificates(_ certifier: Certifier, batch: Int = 16, of images: LabelledImages? = nil) throws -> [Certificate] {
        let classifier = try SmoothedClassifier(KnownHalfSpace.network, KnownHalfSpace.noise, key: 5, batchSize: batch)
        return try classifier.certificates(.certify(certifier), on: Array(0..<40), of: images ?? self.images)
    }

    @Test(arguments: [Certifier.Bound.twoBound, .clopperPearson])
    func halfSpacesAgreeWithTheClosedForm(bound: Certifier.Bound) throws {
        let certifier = try Self.certifier(bound: bound)
        var samples = 0, certified = 0, givenUp = 0
        for certificate in try certificates(certifier) {
            let truth = space.margin(certificate.image), columns = certifier.columns!.radii
            samples += certificate.samples
            if let radius = certificate.verdict.radius {
                certified += 1
                #expect(certificate.verdict.answer == (truth > 0 ? 1 : 0))
                #expect(columns.contains(radius) && radius <= abs(truth))
            }
            // What was not certified is beyond the truth, or near it.
            let next = columns.first { $0 > certificate.verdict.radius ?? -1 }
            if let next { #expect(next > abs(truth) - 0.12, "image \(certificate.image): \(truth)") }
            if let beyond = certificate.verdict.undecidedBeyond {
                givenUp += 1
                #expect(beyond == certificate.verdict.radius ?? 0 && certificate.counts.reduce(0, +) < 20_000)
            }
            let looks = try #require(certificate.looks)
            #expect(looks.last == certificate.counts)
            #expect(looks.map { $0.reduce(0, +) } == Array(LookSchedule.standard.looks(upTo: [20_000]).prefix(looks.count)))
        }
        #expect(certified > 25 && givenUp > 5)
        #expect(samples < 40 * 20_050 / 4)
    }

    /// Votes are those of the noise's key, whoever counts them, and however long an image stays in work.
    @Test func votesDoNotDependOnBatchOrThreads() throws {
        let certifier = try Self.certifier()
        let classifiers = try [1, 7, 64, 500].map { try SmoothedClassifier(KnownHalfSpace.network, KnownHalfSpace.noise, key: 5, batchSize: $0) }
        let runs = try classifiers.map { try $0.certificates(.certify(certifier), on: Array(0..<40), of: images) }
        for run in runs.dropFirst() {
            #expect(run.map(\.looks) == runs[0].map(\.looks) && run.map(\.verdict) == runs[0].map(\.verdict))
        }
        // At each look they are the first votes of a run without looks.
        for certificate in runs[0].prefix(5) {
            for look in certificate.looks! {
                let votes = try classifiers[1].votes(
                    on: [certificate.image], of: images, selection: 50, estimation: look.reduce(0, +), threads: 1)
                #expect(votes[0].estimation == look && votes[0].selection == certificate.selectionCounts)
            }
        }
    }

    @Test(arguments: [Certifier.Bound.twoBound, .clopperPearson], [Norm.l2, .linf])
    func anHonestRunIsSoundAndReplays(bound: Certifier.Bound, norm: Norm) throws {
        let certifier = try Self.certifier(radii: norm == .l2 ? [0, 0.25, 0.5, 0.75] : [0, 0.125, 0.25], bound: bound, norm: norm)
        let directory = try space.run(certifier, in: temporary)
        let findings = Verification<SmoothingSettings>.findings(in: directory, images: images)
        #expect(findings.isEmpty, "\(findings)")
        let contents = try SmoothingRun(of: directory)
        #expect(contents.record.settings == space.record(certifier).settings)
        #expect(contents.certificates.contains { $0.verdict.radius != nil })
        let replay = try Replay(of: directory, KnownHalfSpace.network, images)
        #expect(try replay.findings(on: replay.chosen(nil), threads: 2).isEmpty)
    }

    /// Each forgery with digests to match is named.
    @Test func forgeriesAreNamed() throws {
        let certifier = try Self.certifier()
        let honest = try certificates(certifier)
        let image = try #require(honest.first { $0.verdict.radius == 0.25 && $0.verdict.undecidedBeyond != nil && $0.looks!.count > 3 }).image
        let forgeries: [(String, @Sendable (Certificate) -> Certificate)] = [
            ("radius 0.5 is certified, but the looks do not reach it", { $0.forged(radius: 0.5, undecidedBeyond: 0.5) }),
            ("radius 0.0 is certified, but the looks reach 0.25", { $0.forged(radius: 0, undecidedBeyond: 0) }),
            ("radius 0.3 is not one of the columns", { $0.forged(radius: 0.3, undecidedBeyond: 0.3) }),
            ("nothing is certified, but the looks reach radius 0.25", { $0.forged(radius: .some(nil), undecidedBeyond: 0) }),
            ("the verdict is not what the counts give", { $0.forged(radius: 0.25, undecidedBeyond: .some(nil)) }),
            ("the verdict is not what the counts give", { $0.forged(radius: 0.25, undecidedBeyond: 0.5) }),
            ("looks is missing", { $0.forged(looks: .some(nil)) }),
            ("counts are not those of the last look", { $0.forged(looks: Array($0.looks!.dropLast())) }),
            ("looks ends before the image is decided", { $0.forged(looks: Array($0.looks!.dropLast()), counts: $0.looks!.dropLast().last!) }),
            ("looks has more entries than are needed to decide the image", {
                let more = $0.counts.map { $0 * 2 }
                return $0.forged(looks: $0.looks! + [more], counts: more)
            }),
            ("sums to", { $0.forged(looks: Array($0.looks!.dropFirst())) }),
            ("fewer votes for a class", { $0.forged(looks: [[0, 60]] + $0.looks!.dropFirst()) }),
            ("looks has more entries than are needed to decide the image", {
                $0.forged(selectionCounts: $0.selectionCounts!.reversed())
            }),
        ]
        for (message, forge) in forgeries {
            let directory = try RunDirectory(at: temporary.url(UUID().uuidString), for: space.record(certifier))
            for certificate in honest {
                try directory.append(certificate.image == image ? forge(certificate) : certificate)
            }
            try directory.save()
            let findings = Verification<SmoothingSettings>.findings(in: directory.url)
            #expect(findings.contains { $0.image == image && $0.message.contains(message) }, "\(message): \(findings)")
            #expect(findings.allSatisfy { $0.image == image }, "\(findings)")
        }
    }

    /// A vote moved at one look passes verification where it decides nothing, but not a replay.
    @Test func aForgedVoteIsFound() throws {
        let directory = try space.run(try Self.certifier(), in: temporary) { honest in
            guard honest.image == 7, let first = honest.looks?.first, honest.looks!.count > 1 else { return honest }
            let top = first[0] > first[1] ? 0 : 1
            guard first[1 - top] > 0 else { return honest.forged(seconds: 0) }
            var moved = first
            (moved[top], moved[1 - top]) = (first[top] + 1, first[1 - top] - 1)
            return moved[top] <= honest.looks![1][top] ? honest.forged(looks: [moved] + honest.looks!.dropFirst()) : honest
        }
        let replay = try Replay(of: directory, KnownHalfSpace.network, images)
        let honest = try space.run(try Self.certifier(), in: temporary)
        let (forged, own) = (try SmoothingRun(of: directory).certificates[7], try SmoothingRun(of: honest).certificates[7])
        let findings = try replay.findings(on: replay.chosen(nil), threads: 2)
        #expect(findings.map(\.image) == (forged.looks == own.looks ? [] : [7]), "\(findings)")
    }

    /// A run that is interrupted in the middle of images continues to the same certificates as an uninterrupted one.
    @Test func goesOnWhereItStopped() throws {
        let certifier = try Self.certifier(), whole = try SmoothingRun(of: space.run(certifier, in: temporary))
        let record = space.record(certifier), url = temporary.url("interrupted")
        let key = record.settings.key(model: record.model, data: record.data)
        let classifier = try SmoothedClassifier(KnownHalfSpace.network, KnownHalfSpace.noise, key: key, batchSize: 8)
        var isFinished = false
        while !isFinished {
            let directory = try RunDirectory(at: url, for: record), limit = directory.completedBefore + 9
            try classifier.certify(
                directory.remaining, of: images, by: certifier, threads: 2, shouldStop: { directory.lines.count >= limit }
            ) { try directory.append($0) }
            try directory.save()
            isFinished = directory.record.progress.finished
        }
        let resumed = try SmoothingRun(of: url)
        #expect(resumed.certificates.map(\.looks) == whole.certificates.map(\.looks))
        #expect(resumed.certificates.map(\.verdict) == whole.certificates.map(\.verdict))
    }

    @Test func theRecordHoldsWhatDecisionsDependOn() throws {
        let url = try space.run(try Self.certifier(), in: temporary)
        let file = url.appending(path: "run.json")
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        let columns = try #require((object?["settings"] as? [String: Any])?["columns"] as? [String: Any])
        #expect(Set(columns.keys) == ["radii", "hope", "reserve", "firstLook", "lookDivisor", "weight"])
        #expect(object?["samplesPerSecond"] == nil)
        let text = try String(contentsOf: file, encoding: .utf8)
        for (old, new) in [("\"hope\": 0.05", "\"hope\": 0.5"), ("\"weight\": 0.9", "\"weight\": 0.5"), ("\"firstLook\": 60", "\"firstLook\": 0")] {
            let altered = text.replacingOccurrences(of: old, with: new)
            #expect(altered != text)
            try Data(altered.utf8).write(to: file)
            #expect(Verification<SmoothingSettings>.findings(in: url).contains { $0.file == "run.json" })
        }
    }

    /// An image between the points of the grid is asked for more, so that the column holds around the image itself.
    @Test func imagesOffTheGridAreAskedForMore() throws {
        let images = try LabelledImages.random(count: 40)
        let certifier = try Self.certifier()
        var offGrid = 0
        for certificate in try certificates(certifier, of: images) {
            if certificate.rounding != nil { offGrid += 1 }
            guard let radius = certificate.verdict.radius else { continue }
            #expect(radius <= abs(KnownHalfSpace.margin(of: images.image(at: certificate.image))))
        }
        #expect(offGrid > 30)
    }

    @Test func refusesNonsense() throws {
        for radii in [[], [-0.1], [0.5, 0.5], [0.5, 0.25], [.nan], [.infinity]] {
            #expect(reason { _ = try Columns(radii: radii) } == .invalidSettings)
        }
        for hope in [-0.1, 1, .nan] { #expect(reason { _ = try Columns(radii: [1], hope: hope) } == .invalidSettings) }
        #expect(reason { _ = try Self.certifier(bound: .twoBoundHalves) } == .invalidSettings)
        #expect(reason { _ = try Self.certifier(alpha: 0.5) } == .invalidSettings)
    }

    /// Radii that no number of votes could show are given up at once.
    @Test func radiiOutOfReachCostNothing() throws {
        let certifier = try Self.certifier(radii: [0.25, 4, 5, 100])
        for certificate in try certificates(certifier) {
            #expect(certificate.verdict.radius ?? 0.25 == 0.25 && certificate.verdict.undecidedBeyond != nil)
        }
    }
}

extension Certificate {
    /// The same certificate with something else in it.
    func forged(
        radius: Double?? = nil, undecidedBeyond: Double?? = nil, looks: [[Int]]?? = nil, counts: [Int]? = nil,
        selectionCounts: [Int]? = nil, seconds: Double? = nil
    ) -> Certificate {
        let answer = verdict.answer ?? 0
        let outcome: Verdict.Outcome = switch radius {
        case nil: verdict.outcome
        case .some(nil): .abstained
        case .some(.some(let radius)): .certified(class: answer, radius: radius, norm: .l2)
        }
        return Certificate(
            image: image, imageSHA256: imageSHA256, label: label, rounding: rounding,
            selectionCounts: selectionCounts ?? self.selectionCounts, counts: counts ?? self.counts, looks: looks ?? self.looks,
            verdict: Verdict(outcome, verdict.evidence, confidence: verdict.confidence, undecidedBeyond: undecidedBeyond ?? verdict.undecidedBeyond),
            seconds: seconds ?? self.seconds)
    }
}
