import Foundation
import SuretyRecords
import SuretySharing
import Synchronization

/// A shared run whose images are each done in one go: a run of bounds or attacks.
///
/// A piece is a group of images, as many of them as its time allows.
final class GroupTask<Settings: RunSettings>: SharedTask {
    private let order: [Int]
    private let places: [Int: Int]
    private let cutting: Cutting
    private let pieceSeconds: Double
    private let done = Mutex<Set<Int>>([])
    private let treat: @Sendable ([Int], _ isOver: @escaping @Sendable () -> Bool) throws -> [Settings.Line]

    /// - Parameters:
    ///   - treat: Processes images in order until the time is over; the current ones are finished.
    init(
        _ run: SharedRun<Settings>, pieceSeconds: Double,
        _ treat: @escaping @Sendable ([Int], _ isOver: @escaping @Sendable () -> Bool) throws -> [Settings.Line]
    ) {
        (cutting, self.pieceSeconds, self.treat) = (run.agreement.cutting, pieceSeconds, treat)
        order = run.record.selection.indices(of: run.record.data.count).spread
        places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    }

    func board() -> WorkBoard { WorkBoard(count: order.count, cutting) }

    func take(_ line: WorkerLine<Settings.Line>, isOwn: Bool, _ board: inout WorkBoard) -> [WorkerLine<Settings.Line>] {
        if case .line(let line) = line, let place = places[line.image], done.withLock({ $0.insert(line.image).inserted }) {
            board.note(place, samples: 0, next: nil)
        }
        return []
    }

    func perform(_ piece: Piece) throws -> PieceOfWork<Settings> {
        guard case .images(let group, let first) = piece else { return .nothing }
        let images = cutting.places(of: group, from: first, count: order.count).map { order[$0] }
        let deadline = ContinuousClock.now + .seconds(pieceSeconds)
        let lines = try treat(done.withLock { done in images.filter { !done.contains($0) } }) { .now >= deadline }
        return PieceOfWork(lines.map { .line($0) }, isDone: !lines.isEmpty).having(lines.count, "images")
    }

    func leftUnwritten() -> [WorkerLine<Settings.Line>] { [] }
}

extension SharingOptions {
    /// Joins a run whose images are not split.
    func join<Settings: RunSettings>(_ record: RunRecord<Settings>, as worker: Worker) throws -> SharedRun<Settings> {
        guard record.selection.shard == .whole else {
            throw RunError(.invalidSettings, "a shard of a run is not shared: give the shared folder all images")
        }
        return try SharedRun(joining: folder, for: record, as: worker) {
            .init(cutting: Cutting(portion: 1, group: record.progress.images / 64), lease: lease, isExact: false)
        }
    }
}
