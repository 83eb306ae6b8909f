import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretySharing
import SuretySmoothing
import Synchronization

extension Model {
    /// CERTIFY as one of any number of equal workers on a shared folder; `mergeRuns` makes a run of it at the end.
    ///
    /// The noise is keyed, so it does not matter which worker counts which votes: the certificates are those of a single process.
    /// Workers that join look at the votes where the first does, whatever their certifier says.
    ///
    /// - Returns: Once all images are decided, or the monitor asks to stop.
    @discardableResult
    public func certify(
        _ images: LabelledImages, with certifier: Certifier, seed: UInt64 = 0, selection: ImageSelection = .all,
        sharing share: SharingOptions, _ execution: Execution = Execution()
    ) throws -> SharedProgress {
        try smooth(images, SmoothingSettings(.certify(certifier), seed: seed), selection, share, execution)
    }

    /// PREDICT likewise.
    @discardableResult
    public func predict(
        _ images: LabelledImages, with predictor: Predictor, seed: UInt64 = 0, selection: ImageSelection = .all,
        sharing share: SharingOptions, _ execution: Execution = Execution()
    ) throws -> SharedProgress {
        try smooth(images, SmoothingSettings(.predict(predictor), seed: seed), selection, share, execution)
    }

    private func smooth(
        _ images: LabelledImages, _ settings: SmoothingSettings, _ selection: ImageSelection, _ share: SharingOptions,
        _ execution: Execution
    ) throws -> SharedProgress {
        guard selection.shard == .whole else {
            throw RunError(.invalidSettings, "a shard of a run is not shared: give the shared folder all images")
        }
        let before = try SharedRun<SmoothingSettings>.record(at: share.folder)
        let (classifier, record) = try smoothed(images, settings, selection, execution, as: before)
        let worker = Worker(execution.environment(batch: classifier.batchSize, convolution: classifier.convolution))
        let indices = selection.indices(of: images.count)
        let run = try SharedRun(joining: share.folder, for: record, as: worker) {
            let rate = try classifier.samplesPerSecond(
                on: indices[0], of: images, seconds: 1, threads: execution.threads, shouldStop: execution.monitor.shouldStop)
            return .init(
                cutting: Cutting(record.settings.procedure, images: indices.count, portion: Int(rate * share.pieceSeconds)), lease: share.lease,
                isExact: network.isInteger)
        }
        let task = try SmoothingTask(run, classifier, images, execution)
        return try SharedWorker(run, task, as: worker, execution.monitor).work()
    }
}

extension Cutting {
    /// For this many images, in pieces of this many samples.
    init(_ procedure: SmoothingSettings.Procedure, images: Int, portion: Int) {
        let portion = max(1000, portion)
        // As many images as a piece has room for, if they are decided at their first look; but enough groups for many workers.
        let least = procedure.stopping == nil ? procedure.n0 + procedure.n : procedure.n0 + (procedure.stopping?.looks.first ?? 0)
        self.init(portion: portion, group: min(portion / max(1, least), images / 64))
    }
}

/// What a worker knows of the images of a shared run of certify or predict.
private final class SmoothingTask: SharedTask {
    typealias Settings = SmoothingSettings

    private struct Knowledge {
        /// The furthest state known of each image.
        var certificates: [Int: Certificate] = [:]
        /// Votes of ranges beyond that state, by image.
        var ranges: [Int: [Range<Int>: RangeVotes]] = [:]
        /// Images that votes of ranges have decided, but whose certificate is in no journal.
        var unwritten: Set<Int> = []
    }

    private let classifier: SmoothedClassifier
    private let images: LabelledImages
    private let execution: Execution
    private let procedure: SmoothingSettings.Procedure
    private let cutting: Cutting
    /// The images in the order of their places, which is spread over the set.
    private let order: [Int]
    private let places: [Int: Int]
    private let progress: @Sendable (Int, Certificate?) throws -> (samples: Int, next: Int?)
    private let knowledge = Mutex(Knowledge())

    init(
        _ run: SharedRun<SmoothingSettings>, _ classifier: SmoothedClassifier, _ images: LabelledImages, _ execution: Execution
    ) throws {
        (self.classifier, self.images, self.execution) = (classifier, images, execution)
        (procedure, cutting) = (run.record.settings.procedure, run.agreement.cutting)
        order = run.record.selection.indices(of: images.count).spread
        places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        progress = try procedure.progress(of: images)
    }

    func board() throws -> WorkBoard {
        var board = WorkBoard(count: order.count, cutting)
        // Images that take more samples than a piece has are split from the start.
        if procedure.stopping == nil, procedure.n0 + procedure.n > cutting.portion {
            for place in order.indices { board.note(place, samples: 0, next: procedure.n) }
        }
        return board
    }

    func take(
        _ line: WorkerLine<Certificate>, isOwn: Bool, _ board: inout WorkBoard
    ) throws -> [WorkerLine<Certificate>] {
        try knowledge.withLock { knowledge in
            switch line {
            case .line(let certificate):
                guard let place = places[certificate.image] else { return [] }
                if !certificate.isOpen { knowledge.unwritten.remove(certificate.image) }
                try take(certificate, at: place, &knowledge, &board)
            case .votes(let votes):
                return try take(votes, isOwn: isOwn, &knowledge, &board)
            case .worker, .piece, .left: break
            }
            return []
        }
    }

    /// Takes a certificate that goes further than what is known.
    private func take(_ certificate: Certificate, at place: Int, _ knowledge: inout Knowledge, _ board: inout WorkBoard) throws {
        if let known = knowledge.certificates[certificate.image], !known.isOpen || known.samples >= certificate.samples { return }
        let next: (samples: Int, next: Int?) = certificate.isOpen
            ? try progress(certificate.image, certificate) : (certificate.samples, nil)
        knowledge.certificates[certificate.image] = certificate
        knowledge.ranges[certificate.image] = nil
        board.note(place, samples: next.samples, next: next.next)
    }

    /// Takes votes of a range. The last ones up to the next look complete a certificate, which is written by the workers that
    /// counted some of its votes.
    private func take(
        _ votes: RangeVotes, isOwn: Bool, _ knowledge: inout Knowledge, _ board: inout WorkBoard
    ) throws -> [WorkerLine<Certificate>] {
        guard let place = places[votes.image] else { return [] }
        let known = knowledge.certificates[votes.image]
        if let known, !known.isOpen { return [] }
        let (samples, next) = try progress(votes.image, known)
        guard let next else { return [] }
        let wanted = cutting.ranges(of: samples..<next)
        guard wanted.contains(votes.samples) else { return [] }
        knowledge.ranges[votes.image, default: [:]][votes.samples] = votes
        board.noteCounted(place, votes.samples)
        let parts = wanted.compactMap { knowledge.ranges[votes.image]?[$0] }
        guard parts.count == wanted.count else { return [] }
        let certificate = try procedure.certificate(
            votes.image, of: images, after: known, selection: parts[0].selection,
            counts: parts.dropFirst().reduce(parts[0].counts) { zip($0, $1.counts).map(&+) }, seconds: parts.reduce(0) { $0 + $1.seconds })
        try take(certificate, at: place, &knowledge, &board)
        guard !certificate.isOpen else { return [] }
        if isOwn { return [.line(certificate)] }
        knowledge.unwritten.insert(votes.image)
        return []
    }

    func perform(_ piece: Piece) throws -> PieceOfWork<SmoothingSettings> {
        let samples = Atomic(0)
        return try perform(piece) { samples.add($0, ordering: .relaxed) }.having(samples.load(ordering: .relaxed), "samples")
    }

    private func perform(_ piece: Piece, _ counted: @escaping @Sendable (Int) -> Void) throws -> PieceOfWork<SmoothingSettings> {
        switch piece {
        case .images(let group, let first):
            // Some may already be known, if a piece was done twice.
            let images = cutting.places(of: group, from: first, count: order.count).map { order[$0] }
            return try certify(knowledge.withLock { knowledge in images.filter { knowledge.certificates[$0] == nil } }, known: [:], counted)
        case .looks(let place, _):
            let image = order[place]
            guard let known = knowledge.withLock({ $0.certificates[image] }) else { return .nothing }
            return try certify([image], known: [image: known], counted)
        case .samples(let place, let range):
            let start = ContinuousClock.now
            guard let votes = try classifier.votes(
                of: range, by: procedure, on: order[place], of: images, threads: execution.threads,
                shouldStop: execution.monitor.shouldStop, counted: counted)
            else { return .nothing }
            let line = RangeVotes(
                image: votes.image, range, selection: range.lowerBound == 0 && procedure.n0 > 0 ? votes.selection : nil,
                counts: votes.estimation, seconds: (ContinuousClock.now - start) / .seconds(1))
            return PieceOfWork([.votes(line)], isDone: true)
        }
    }

    private func certify(
        _ indices: [Int], known: [Int: Certificate], _ counted: @escaping @Sendable (Int) -> Void
    ) throws -> PieceOfWork<SmoothingSettings> {
        let found = Mutex<[Int: Certificate]>([:]), stopped = execution.monitor.shouldStop
        try classifier.run(
            procedure, on: indices, of: images, known: known, portion: cutting.portion, threads: execution.threads, shouldStop: stopped,
            counted: counted,
            keep: { certificates in
                found.withLock { found in for certificate in certificates { found[certificate.image] = certificate } }
            }
        ) { certificate in found.withLock { $0[certificate.image] = certificate } }
        let lines = found.withLock { found in
            indices.compactMap { found[$0] }.filter { $0.samples > known[$0.image]?.samples ?? 0 }
        }
        // A worker that was told to stop may not have reached the end of its piece; the rest of the piece then has another name.
        return PieceOfWork(lines.map { .line($0) }, isDone: !lines.isEmpty)
    }

    func leftUnwritten() -> [WorkerLine<Certificate>] {
        knowledge.withLock { knowledge in
            knowledge.unwritten.sorted().compactMap { knowledge.certificates[$0].map { .line($0) } }
        }
    }
}
