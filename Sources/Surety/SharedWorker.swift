import Foundation
import SuretyRecords
import SuretySharing
import Synchronization

/// How a run is shared with other processes.
public struct SharingOptions: Sendable {
    /// The folder to which all workers can write.
    public var folder: URL
    /// The seconds without a sign of life after which another worker takes over a worker's piece. The first worker's value
    /// counts.
    public var lease: Double
    /// The approximate number of seconds that a piece of work should take. The first worker's value counts.
    public var pieceSeconds: Double

    /// Half a minute between signs of life, four of which may be missed, and pieces of twenty seconds.
    public init(folder: URL, lease: Double = 120, pieceSeconds: Double = 20) {
        (self.folder, self.lease, self.pieceSeconds) = (folder, lease, pieceSeconds)
    }
}

/// The progress of a shared run when a worker leaves it.
public struct SharedProgress: Sendable, Equatable {
    /// Images of the run, and those that are decided.
    public let images, done: Int
    /// Pieces of work that this worker did.
    public let pieces: Int
    /// Whether all images are decided, so that the run can be merged.
    public var isFinished: Bool { done == images }
}

/// What a worker knows of a shared run, and how it does a piece.
protocol SharedTask: Sendable {
    associatedtype Settings: RunSettings

    /// What has to be done at the beginning, as far as known.
    func board() throws -> WorkBoard

    /// Takes note of a line of a journal, this worker's own among them.
    ///
    /// - Returns: The consequences that only this worker can write, because it did a part of the work.
    func take(_ line: WorkerLine<Settings.Line>, isOwn: Bool, _ board: inout WorkBoard) throws -> [WorkerLine<Settings.Line>]

    /// Does a piece, or as much of it as can be done before it is asked to stop.
    ///
    func perform(_ piece: Piece) throws -> PieceOfWork<Settings>

    /// What follows from everything known and has not yet been written by anybody.
    func leftUnwritten() -> [WorkerLine<Settings.Line>]
}

/// The result of a piece.
struct PieceOfWork<Settings: RunSettings> {
    /// What was found.
    let lines: [WorkerLine<Settings.Line>]
    /// Whether the piece is done.
    let isDone: Bool
    /// How much was done, in units.
    private(set) var amount = 0, unit = ""

    /// The result of a worker that was told to stop before it had finished anything.
    static var nothing: Self { Self([], isDone: false) }

    init(_ lines: [WorkerLine<Settings.Line>], isDone: Bool) { (self.lines, self.isDone) = (lines, isDone) }

    /// The same, with this many samples or images.
    func having(_ amount: Int, _ unit: String) -> Self {
        var piece = self
        (piece.amount, piece.unit) = (amount, unit)
        return piece
    }
}

/// One of the workers of a shared run: it claims a piece, does it and writes what it found, until no image is left.
///
/// A separate thread renews the claim and reads the journals of the others, so that the work waits for neither.
final class SharedWorker<Task: SharedTask>: Sendable {
    private typealias Line = WorkerLine<Task.Settings.Line>

    private struct State {
        var board: WorkBoard
        var reader: JournalReader<Task.Settings>
        /// Pieces that belong to another worker, until it is time to ask again.
        var elsewhere: [(piece: Piece, until: ContinuousClock.Instant)] = []
        /// The current claim, and claims of finished pieces that have not been removed yet.
        var claim: Claims.Claim?
        var done: [(claim: Claims.Claim, at: ContinuousClock.Instant)] = []
        var failure: (any Error)?
        var isOver = false
        var generator = SystemRandomNumberGenerator()
        /// The last pieces that it did, whose images it can continue.
        var own: [Piece] = []
    }

    private let run: SharedRun<Task.Settings>
    private let task: Task
    private let worker: Worker
    private let monitor: Monitor
    private let state: Mutex<State>

    init(_ run: SharedRun<Task.Settings>, _ task: Task, as worker: Worker, _ monitor: Monitor) throws {
        (self.run, self.task, self.worker, self.monitor) = (run, task, worker, monitor)
        state = Mutex(State(board: try task.board(), reader: run.reader()))
    }

    /// Works until all images are decided, or the monitor asks to stop.
    func work() throws -> SharedProgress {
        try refresh()
        let before = state.withLock { $0.board.done }
        let aside = Thread { [self] in keepHouse() }
        aside.start()
        defer { state.withLock { $0.isOver = true } }
        var pieces = 0
        let total = run.record.progress.images
        while !monitor.shouldStop() {
            let (done, failure) = state.withLock { ($0.board.done, $0.failure) }
            if let failure { throw failure }
            monitor.progress(.init(done: done - before, total: total - before, unit: "images", remark: "\(pieces) pieces here"))
            if done == total { break }
            guard let (piece, claim) = try claimNext() else {
                // Other workers have everything that can be done for now.
                Thread.sleep(forTimeInterval: min(0.5, run.agreement.lease / 8))
                continue
            }
            state.withLock { $0.claim = claim }
            let start = ContinuousClock.now
            let found = try task.perform(piece)
            let record = PieceRecord(
                piece: piece.name, generation: claim.generation, amount: found.amount, unit: found.unit,
                seconds: (ContinuousClock.now - start) / .seconds(1))
            try run.write(found.lines + [.piece(record)])
            try take(found.lines.map { (worker.name, $0) })
            state.withLock { state in
                state.claim = nil
                if found.isDone { state.done.append((claim, .now)) }
                state.own = state.own.suffix(8) + [piece]
            }
            if found.isDone { pieces += 1 } else { try run.claims.release(claim) }
        }
        let unwritten = state.withLock { $0.board.isFinished } ? task.leftUnwritten() : []
        try run.write(unwritten + [.left])
        return SharedProgress(images: total, done: state.withLock { $0.board.done }, pieces: pieces)
    }

    /// A piece that has to be done and that no other worker has: the rest of a group begun here, or one that comes first for
    /// all, or otherwise one that continues a piece done here.
    private func claimNext() throws -> (Piece, Claims.Claim)? {
        let own = state.withLock { state in state.own.reversed().flatMap(state.board.continuations) }
        if case .images? = own.first, let found = try claim(own[0]) { return found }
        for attempt in 0..<4 {
            let piece = state.withLock { state in state.board.pick(passing: attempt / 2, using: &state.generator) }
            guard let piece else { break }
            if let found = try claim(piece) { return found }
        }
        for piece in own.prefix(4) { if let found = try claim(piece) { return found } }
        return nil
    }

    private func claim(_ piece: Piece) throws -> (Piece, Claims.Claim)? {
        func isNeeded() -> Bool { state.withLock { $0.board.isNeeded(piece) } }
        guard isNeeded() else { return nil }
        let claim = try run.claims.claim(piece.name) {
            try refresh()
            return isNeeded()
        }
        guard let claim else {
            // It belongs to another worker: do not ask for it again for a while.
            state.withLock { state in
                state.board.takeOff(piece)
                state.elsewhere.append((piece, .now + .seconds(run.agreement.lease / 4)))
            }
            return nil
        }
        return (piece, claim)
    }

    private func take(_ lines: [(worker: String, line: Line)]) throws {
        let follows = try state.withLock { state in
            try lines.flatMap { try task.take($0.line, isOwn: $0.worker == worker.name, &state.board) }
        }
        if !follows.isEmpty { try run.write(follows) }
    }

    /// Reads what others have written.
    private func refresh() throws {
        var reader = state.withLock(\.reader)
        let lines = try reader.read()
        state.withLock { $0.reader = reader }
        // Its own lines are already taken into account; doing so again changes nothing.
        try take(lines)
        state.withLock { state in
            let now = ContinuousClock.now
            for (piece, until) in state.elsewhere where until <= now { state.board.putBack(piece) }
            state.elsewhere.removeAll { $0.until <= now }
        }
    }

    /// Renews the claim, reads the journals and removes old claims, until the work is over.
    private func keepHouse() {
        let lease = Duration.seconds(run.agreement.lease)
        var (renewed, refreshed) = (ContinuousClock.now, ContinuousClock.now)
        var pause = Duration.seconds(min(1, run.agreement.lease / 8))
        while !state.withLock({ $0.isOver }) {
            do {
                if .now - renewed > lease / 4, let claim = state.withLock(\.claim) {
                    try run.claims.renew(claim)
                    renewed = .now
                }
                if .now - refreshed > pause {
                    let start = ContinuousClock.now
                    try refresh()
                    refreshed = .now
                    // A hundred workers read each other's journals every six seconds: a server must check over a thousand files
                    // each second.
                    let journals = state.withLock(\.reader).count
                    pause = max(.seconds(min(1, run.agreement.lease / 8)), .milliseconds(60 * journals), (refreshed - start) * 2)
                    let old = state.withLock { state in
                        let now = ContinuousClock.now
                        defer { state.done.removeAll { now - $0.at > lease * 2 } }
                        return state.done.filter { now - $0.at > lease * 2 }.map(\.claim)
                    }
                    for claim in old { try run.claims.forget(claim) }
                }
            } catch {
                state.withLock { $0.failure = $0.failure ?? error }
                return
            }
            Thread.sleep(forTimeInterval: min(0.1, run.agreement.lease / 40))
        }
    }
}
