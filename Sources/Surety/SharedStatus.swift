import Foundation
import SuretyAttacks
import SuretyBounds
import SuretyRecords
import SuretySharing
import SuretySmoothing

/// Who works on a shared run, how fast, and when it will be done.
public struct SharedStatus: Sendable {
    /// One of the workers.
    public struct Member: Sendable {
        /// Its name, machine and version.
        public let worker: Worker
        /// What it is doing.
        public let activity: Activity
        /// The number of pieces it did.
        public let pieces: Int
        /// How much it did in all, in `unit`, and the seconds of work this took.
        public let amount: Int, seconds: Double

        /// How much it does per second while it works.
        public var rate: Double { seconds > 0 ? Double(amount) / seconds : 0 }
    }

    /// What a worker is doing.
    public enum Activity: Sendable, Equatable {
        /// It is working on this piece, which it has claimed.
        case works(on: String)
        /// It is waiting for others.
        case waits
        /// It left in good order.
        case left
        /// It has given no sign of life for this many seconds: it was killed, or is cut off.
        case silent(seconds: Double)
    }

    /// Certify, predict, bounds or attack.
    public let method: String
    /// The images of the run, and those that are decided.
    public let images, done: Int
    /// The unit in which work is counted: samples or images.
    public let unit: String
    /// Those who took part, by name.
    public let members: [Member]
    /// Pieces that were claimed again because their worker gave no sign of life.
    public let takenOver: Int

    /// How much all active workers together do per second.
    public var rate: Double {
        members.reduce(0) { sum, member in
            switch member.activity {
            case .works, .waits: sum + member.rate
            case .left, .silent: sum
            }
        }
    }

    /// How much was done in all.
    public var amount: Int { members.reduce(0) { $0 + $1.amount } }

    /// The seconds until it is done, if the remaining images cost as much as the decided ones did; nil if that is unknown.
    public var secondsLeft: Double? {
        guard done > 0, rate > 0 else { return nil }
        return Double(amount) / Double(done) * Double(images - done) / rate
    }

    /// - Throws: `RunError` when no run is shared in the folder.
    public init(of folder: URL) throws {
        let method = try RunFile.method(in: folder)
        self = switch method {
        case let method? where BoundsSettings.methods.contains(method): try Self(SharedRun<BoundsSettings>(of: folder))
        case let method? where AttackSettings.methods.contains(method): try Self(SharedRun<AttackSettings>(of: folder))
        default: try Self(SharedRun<SmoothingSettings>(of: folder))
        }
    }

    private init<Settings: RunSettings>(_ run: SharedRun<Settings>) throws {
        var reader = run.reader()
        var workers: [String: Worker] = [:], pieces: [String: [PieceRecord]] = [:], left: Set<String> = [], decided: Set<Int> = []
        for (name, line) in try reader.read() {
            switch line {
            case .worker(let worker): workers[name] = worker
            case .line(let line):
                if !line.isOpen, run.record.selection.contains(line.image, of: run.record.data.count) { decided.insert(line.image) }
            case .piece(let piece): pieces[name, default: []].append(piece)
            case .votes: break
            case .left: left.insert(name)
            }
        }
        let claims = try run.claims.holdings()
        let finished = pieces.mapValues { Set($0.map(\.piece)) }
        var current: [String: Claims.Holding] = [:]
        for claim in claims where claim.age < run.agreement.lease && finished[claim.worker]?.contains(claim.piece) != true {
            current[claim.worker] = claim
        }
        let records = pieces.values.joined()
        method = run.record.method
        (images, done) = (run.record.progress.images, decided.count)
        unit = records.first?.unit ?? "samples"
        takenOver = Set(claims.filter { $0.generation > 1 }.map(\.piece) + records.filter { $0.generation > 1 }.map(\.piece)).count
        members = try workers.sorted { $0.key < $1.key }.map { name, worker in
            let silence = try run.silence(of: name) ?? 0
            let activity: Activity = left.contains(name)
                ? .left
                : current[name].map { .works(on: $0.piece) } ?? (silence < run.agreement.lease ? .waits : .silent(seconds: silence))
            let own = pieces[name] ?? []
            return Member(
                worker: worker, activity: activity, pieces: own.count, amount: own.reduce(0) { $0 + $1.amount },
                seconds: own.reduce(0) { $0 + $1.seconds })
        }
    }
}
