import Foundation
import Surety
import Synchronization
import TestSupport
import Testing

/// Runs of certify that are interrupted, given a budget, or extended.
@Suite struct SmoothingWorkTests {
    static let model = VerifiedDirectoryTests.model

    let temporary: TemporaryFolder
    let images: LabelledImages
    let model: Model

    init() throws {
        temporary = try TemporaryFolder()
        images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        model = try Model(contentsOf: Self.model, imageShape: images.shape)
    }

    enum Stop: CaseIterable, Sendable { case never, columns, largestRadius }

    private func certifier(_ stop: Stop = .columns, n: Int = 5000, earlierCaps: [Int] = []) throws -> Certifier {
        let stopping: Stopping? = switch stop {
        case .never: nil
        case .columns: .columns(try Columns(radii: [0.25, 1, 2]))
        case .largestRadius: .largestRadius(try LargestRadius(loss: 0.1))
        }
        return try Certifier(
            noise: .gaussian(sigma: 1), alpha: 0.001, n0: 20, n: n, stopping: stopping, earlierCaps: earlierCaps)
    }

    private func selection(_ max: Int = 12) throws -> ImageSelection { try ImageSelection(skip: 3, max: max) }

    private func untimed(_ run: SmoothingRun) -> [Certificate] {
        run.certificates.map { var certificate = $0; certificate.timing = 0; return certificate }
    }

    private func findings(in name: String) throws -> [Finding] {
        Verification<SmoothingSettings>.findings(in: temporary.url(name), modelSHA256: model.sha256, images: images)
    }

    /// Stopped after each batch, a run keeps its looks: it goes on to the certificates of one left alone, and counts no vote twice.
    @Test(arguments: [Stop.columns, .largestRadius]) func aSignalKeepsWholeLooks(stop: Stop) throws {
        let whole = try model.certify(images, with: certifier(stop), selection: selection(), into: temporary.url("whole"))
        var (starts, foundAside, isFinished) = (0, 0, false)
        while !isFinished {
            let batches = Mutex(0)
            // Asked before each batch.
            let monitor = Monitor(shouldStop: { batches.withLock { $0 += 1; return $0 > 12 } })
            let run = try model.certify(
                images, with: certifier(stop), selection: selection(), into: temporary.url("stopped"),
                Execution(threads: 1, batchSize: 64, monitor: monitor))
            starts += 1
            isFinished = run.record.progress.finished
            let aside = temporary.url("stopped").appending(path: "unfinished-certificates.jsonl")
            if FileManager.default.fileExists(atPath: aside.path) { foundAside += 1 }
            #expect(!isFinished || !FileManager.default.fileExists(atPath: aside.path))
            // 11 batches of 64 can never do an image that takes 5000 samples unless looks are kept.
            try #require(starts < 200)
        }
        #expect(starts > 5 && foundAside > 3)
        #expect(try untimed(whole) == untimed(SmoothingRun(of: temporary.url("stopped"))))
        #expect(try findings(in: "stopped").isEmpty)
    }

    /// A budget leaves images open, each with a line; decided ones are those of a run without; and going on ends as that does.
    @Test(arguments: Stop.allCases) func aBudgetLeavesImagesOpen(stop: Stop) throws {
        // Each where it costs little: samples where they are fixed, images where each has a search for its radius.
        let certifier = try certifier(stop, n: stop == .never ? 600 : 2000), count = stop == .largestRadius ? 60 : 200
        let selection = try ImageSelection(max: count)
        let start = ContinuousClock.now
        let whole = try model.certify(images, with: certifier, selection: selection, into: temporary.url("whole"))
        let budget = (ContinuousClock.now - start) / .seconds(4)
        let budgeted = try model.certify(
            images, with: certifier, selection: selection, budget: budget, into: temporary.url("run"), Execution(threads: 2, batchSize: 64))
        #expect(budgeted.record.progress.finished && budgeted.certificates.count == count)
        let open = budgeted.certificates.filter(\.isOpen)
        #expect(!open.isEmpty && open.count < count, "\(open.count)")
        for (certificate, other) in zip(untimed(budgeted), untimed(whole)) {
            if !certificate.isOpen { #expect(certificate == other) } else {
                #expect(certificate.verdict.undecidedBeyond == certificate.verdict.radius ?? 0)
                #expect(certificate.looks.map { other.looks!.starts(with: $0) } ?? certificate.counts.allSatisfy { $0 == 0 })
            }
        }
        // Spread over the set: neither half has much more than the other.
        let decided = budgeted.certificates.filter { !$0.isOpen }.map(\.image)
        let first = decided.count { $0 < count / 2 }
        #expect(abs(2 * first - decided.count) <= max(6, decided.count / 4), "\(first) of \(decided.count)")
        let found = try findings(in: "run")
        #expect(found.isEmpty, "\(found)")
        let replay = try Replay(of: temporary.url("run"), model.network, images)
        #expect(try replay.findings(on: replay.chosen(30), threads: 2).isEmpty)

        let drawn = Mutex(0)
        let monitor = Monitor(progress: { progress in
            drawn.withLock { $0 = Int(progress.remark.prefix { $0 != " " }.filter(\.isNumber)) ?? 0 }
        })
        let again = try model.certify(
            images, with: certifier, selection: selection, into: temporary.url("run"), Execution(threads: 2, monitor: monitor))
        #expect(untimed(again) == untimed(whole))
        // Votes that were counted are not counted again.
        let (counted, all) = (budgeted.certificates.reduce(0) { $0 + $1.samples }, whole.certificates.reduce(0) { $0 + $1.samples })
        #expect(drawn.withLock(\.self) == all - counted)
        #expect(try findings(in: "run").isEmpty)
    }

    /// The images in progress when the time is over keep the votes of their looks, and what these certify.
    @Test func aBudgetKeepsLooks() throws {
        let certifier = try certifier(.largestRadius, n: 20_000), selection = try selection(100)
        let whole = try model.certify(images, with: certifier, selection: selection, into: temporary.url("whole"))
        for attempt in 0..<30 {
            let run = try model.certify(
                images, with: certifier, selection: selection, budget: 0.02 * Double(attempt + 1), into: temporary.url("run-\(attempt)"),
                Execution(threads: 1, batchSize: 64))
            let inProgress = zip(untimed(run), untimed(whole)).filter { $0.0.isOpen && $0.0.looks != [] }
            if inProgress.isEmpty { continue }
            for (open, decided) in inProgress {
                let looks = try #require(open.looks)
                #expect(decided.looks?.starts(with: looks) == true && open.counts == looks.last && open.counts.reduce(0, +) > 0)
                #expect(open.verdict.undecidedBeyond == open.verdict.radius ?? 0)
            }
            #expect(try findings(in: "run-\(attempt)").isEmpty)
            return
        }
        Issue.record("no image was ever in progress with a look")
    }

    /// A run of another model, altered to look like one of this: its votes are for other classes.
    @Test(arguments: Stop.allCases) func votesForOtherClassesAreRefused(stop: Stop) throws {
        let small = try model.certify(images, with: certifier(stop, n: 300), selection: selection(3), into: temporary.url("small"))
        for shortensCounts in [true, false] {
            let lines = small.certificates.map { certificate in
                Certificate(
                    image: certificate.image, imageSHA256: certificate.imageSHA256, label: certificate.label, selectionCounts: [20, 0, 0],
                    counts: shortensCounts ? [certificate.samples - 20, 0, 0] : certificate.counts,
                    looks: certificate.looks?.map { [$0.reduce(0, +), 0, 0] }, verdict: certificate.verdict, seconds: 1)
            }
            let error = #expect(throws: RunError.self) {
                try model.certify(
                    images, with: certifier(stop, n: stop == .never ? 300 : 3000, earlierCaps: stop == .never ? [] : [300]),
                    selection: selection(3), extending: SmoothingRun(record: small.record, lines: lines), into: temporary.url("extended"))
            }
            #expect(error?.description.contains("votes for 3 classes, not for 10") == true, "\(String(describing: error))")
        }
    }

    /// The votes that a run takes over were counted elsewhere: its record names that as well.
    @Test func anExtendedRunNamesWhereItsVotesWereCounted() throws {
        let small = try model.certify(images, with: certifier(n: 300), selection: selection(6), into: temporary.url("small"))
        var record = small.record
        record.environment = RunEnvironment(processor: "abacus", threads: 1, libraries: "none 1.0")
        record.version = "0.0"
        let extended = try model.certify(
            images, with: certifier(n: 300), selection: selection(6), extending: SmoothingRun(record: record, lines: small.certificates),
            into: temporary.url("extended")).record
        let (here, there) = (try #require(small.record.environment), try #require(extended.environment))
        #expect(there.processor == "\(here.processor); abacus" && there.libraries == "\(here.libraries); none 1.0")
        #expect(extended.version == "\(small.record.version); 0.0")
    }

    /// A larger n, more images: what a run of that size from the beginning would have found.
    @Test(arguments: [Stop.columns, .largestRadius]) func anExtendedRunIsTheLargerOne(stop: Stop) throws {
        let small = try model.certify(images, with: certifier(stop, n: 300), selection: selection(6), into: temporary.url("small"))
        let larger = try certifier(stop, n: 3000, earlierCaps: [300])
        let extended = try model.certify(
            images, with: larger, selection: selection(), extending: small, into: temporary.url("extended"))
        let direct = try model.certify(images, with: larger, selection: selection(), into: temporary.url("direct"))
        #expect(untimed(extended) == untimed(direct))
        #expect(zip(small.certificates, extended.certificates).contains { $0.samples < $1.samples })
        #expect(zip(small.certificates, extended.certificates).allSatisfy { $0.verdict.radius ?? 0 <= $1.verdict.radius ?? 0 })
        #expect(try findings(in: "extended").isEmpty)
        // A second cap, a third share of the level.
        let third = try model.certify(
            images, with: certifier(stop, n: 9000, earlierCaps: [300, 3000]), selection: selection(), extending: extended,
            into: temporary.url("third"))
        #expect(try findings(in: "third").isEmpty)
        #expect(third.record.settings.n == 9000)
    }

    /// Looks, and what is expected of further votes, are fixed when a run begins: what goes on with it does as it did, whatever is
    /// usual by then.
    @Test(arguments: [Stop.columns, .largestRadius]) func looksStayWhereTheyWere(stop: Stop) throws {
        let tenths = try LookSchedule(first: 64, divisor: 10)
        #expect(tenths != .standard)
        func certifier(_ looks: LookSchedule) throws -> Certifier {
            let stopping: Stopping = stop == .columns
                ? .columns(try Columns(radii: [0.25, 1, 2], looks: looks)) : .largestRadius(try LargestRadius(
                    loss: 0.1, looks: looks, forecast: looks == tenths ? .proportions : .posterior))
            return try Certifier(noise: .gaussian(sigma: 1), alpha: 0.001, n0: 20, n: 3000, stopping: stopping)
        }
        let whole = try model.certify(images, with: certifier(tenths), selection: selection(), into: temporary.url("whole"))
        /// Stops some batches after a file is there.
        func stopping(after batches: Int, with file: URL) -> Execution {
            let count = Mutex(0)
            return Execution(threads: 1, batchSize: 64, monitor: Monitor(shouldStop: {
                count.withLock { count in
                    if FileManager.default.fileExists(atPath: file.path) { count += 1 }
                    return count > batches
                }
            }))
        }
        let begun = try model.certify(
            images, with: certifier(tenths), selection: selection(), into: temporary.url("begun"),
            stopping(after: 100, with: temporary.url("begun").appending(path: "run.json")))
        #expect(!begun.record.progress.finished && !begun.certificates.isEmpty)
        let resumed = try model.certify(images, with: certifier(.standard), selection: selection(), into: temporary.url("begun"))
        #expect(untimed(resumed) == untimed(whole))
        #expect(resumed.record.settings.procedure.stopping?.looks == tenths)

        let small = try model.certify(images, with: certifier(tenths), selection: selection(6), into: temporary.url("small"))
        let extended = try model.certify(
            images, with: certifier(.standard), selection: selection(), extending: small, into: temporary.url("extended"))
        #expect(untimed(extended) == untimed(whole))

        let share = SharingOptions(folder: temporary.url("share"), pieceSeconds: 0.01)
        let first = try model.certify(
            images, with: certifier(tenths), selection: selection(), sharing: share,
            stopping(after: 100, with: share.folder.appending(path: "share.json")))
        #expect(!first.isFinished && first.pieces > 0)
        let second = try model.certify(images, with: certifier(.standard), selection: selection(), sharing: share)
        #expect(second.isFinished)
        #expect(try mergeShared(share.folder, into: temporary.url("merged")).images == whole.certificates.count)
        #expect(try untimed(SmoothingRun(of: temporary.url("merged"))) == untimed(whole))
    }

    @Test func aFixedRunTakesMoreImagesButNeverMoreSamples() throws {
        let small = try model.certify(images, with: certifier(.never, n: 500), selection: selection(6), into: temporary.url("small"))
        let extended = try model.certify(
            images, with: certifier(.never, n: 500), selection: selection(), extending: small, into: temporary.url("extended"))
        let direct = try model.certify(images, with: certifier(.never, n: 500), selection: selection(), into: temporary.url("direct"))
        #expect(untimed(extended) == untimed(direct))
        #expect(throws: RunError.self) {
            _ = try model.certify(
                images, with: certifier(.never, n: 1000), selection: selection(), extending: small, into: temporary.url("more"))
        }
        // Nor does any other setting change.
        let columns = try model.certify(images, with: certifier(n: 500), selection: selection(6), into: temporary.url("columns"))
        #expect(throws: RunError.self) {
            _ = try model.certify(
                images, with: certifier(.largestRadius, n: 500), selection: selection(), extending: columns, into: temporary.url("other"))
        }
        #expect(throws: RunError.self) {
            _ = try model.certify(
                images, with: certifier(n: 5000), selection: selection(), extending: columns, into: temporary.url("unsaid"))
        }
    }

    /// The pilot's range holds what a run then costs, and no sample of it counts.
    @Test(arguments: [Stop.columns, .largestRadius]) func theCostIsForeseen(stop: Stop) throws {
        let n = stop == .largestRadius ? 500 : 2000
        let certifier = try certifier(stop, n: n), selection = try ImageSelection(skip: 5)
        let run = try model.certify(images, with: certifier, selection: selection, into: temporary.url("run"))
        let spent = Double(run.certificates.reduce(0) { $0 + $1.samples })
        let costs = try (0..<3).map { seed in
            try model.cost(ofCertifying: images, with: certifier, seed: UInt64(seed), selection: selection, seconds: 1)
        }
        #expect(costs.allSatisfy { $0.images == 200 && $0.fixedSamples == Double(200 * (n + 20)) && $0.samplesPerSecond > 1000 })
        let ranges = costs.compactMap { $0.stopping?.range }
        #expect(ranges.count == 3)
        #expect(ranges.allSatisfy { spent > $0.lowerBound / 1.3 && spent < $0.upperBound * 1.3 }, "\(spent): \(ranges)")
        #expect(ranges.count { $0.contains(spent) } >= 2, "\(spent): \(ranges)")
        #expect(costs.allSatisfy { $0.pilotImages >= 100 && Double($0.pilotSamples) < spent })
        #expect(try model.cost(ofCertifying: images, with: self.certifier(.never), selection: selection, seconds: 0.2).stopping == nil)
    }
}
