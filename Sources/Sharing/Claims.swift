import Foundation
import SuretyRecords

/// Who does which piece of work, decided by files that only one worker can create.
///
///     guard let claim = try claims.claim("images-12", isNeeded: { … }) else { continue }   // another has it
///     …                                                       // claims.renew(claim) now and then
///     try claims.forget(claim)                               // done, and all others know; or `release`: not done
///
/// If a claim has not been renewed for as long as the lease, its worker is assumed to have died or been cut off: the piece
/// may be claimed again, under the next generation. If the first worker was only suspended, the piece may be done twice, and
/// the results are compared. A claim does not prevent anybody from doing anything: it saves work, and correctness does not
/// depend on it.
public struct Claims: Sendable {
    /// A piece of work that this worker has claimed.
    public struct Claim: Sendable, Equatable {
        /// The name of the piece.
        public let piece: String
        /// 1 at first, and one more each time the piece is claimed again.
        public let generation: Int

        /// The file that represents it.
        var file: String { Claims.file(piece, generation) }
    }

    /// A claim, as others see it.
    public struct Holding: Sendable, Equatable {
        /// Who claimed it.
        public let worker: String
        /// The name of the piece, and how often it has been claimed.
        public let piece: String, generation: Int
        /// The seconds since it was renewed.
        public let age: Double
    }

    private let folder: any SharedFolder
    private let worker: String
    /// The seconds after which a claim that is not renewed counts for nothing.
    public let lease: Double

    /// - Parameters:
    ///   - worker: A name that no other worker has.
    ///   - lease: In seconds; the same for all workers.
    public init(in folder: any SharedFolder, worker: String, lease: Double) {
        (self.folder, self.worker, self.lease) = (folder, worker, lease)
    }

    /// Claims a piece.
    ///
    /// - Parameter isNeeded: Asked before an expired claim is replaced: whether the piece still has to be done.
    /// - Returns: nil if another worker has it, or it is done.
    public func claim(_ piece: String, isNeeded: () throws -> Bool = { true }) throws -> Claim? {
        var generation = 1
        while true {
            let claim = Claim(piece: piece, generation: generation)
            if try folder.create(claim.file, Data(worker.utf8)) { return claim }
            guard let age = try folder.age(of: claim.file), age >= lease else { return nil }
            guard try isNeeded() else { return nil }
            generation += 1
        }
    }

    /// Says that the piece is still being worked on.
    public func renew(_ claim: Claim) throws(RunError) { _ = try folder.renew(claim.file) }

    /// Gives a claim back because its piece is not done: another worker may take it at once.
    public func release(_ claim: Claim) throws(RunError) { try folder.remove(claim.file) }

    /// Removes claims whose pieces were done so long ago that all workers know: a folder with a file for each piece of a
    /// large run would be slow to read.
    public func forget(_ claim: Claim) throws(RunError) {
        for generation in 1...claim.generation { try folder.remove(Self.file(claim.piece, generation)) }
    }

    /// The latest claim for each piece.
    public func holdings() throws(RunError) -> [Holding] {
        var last: [String: Holding] = [:]
        for name in try folder.names(in: "claims") {
            guard let (piece, generation) = Self.piece(of: name), generation > last[piece]?.generation ?? 0,
                let age = try folder.age(of: "claims/\(name)")
            else { continue }
            let worker = String(decoding: try folder.read("claims/\(name)", from: 0), as: UTF8.self)
            last[piece] = Holding(worker: worker, piece: piece, generation: generation, age: age)
        }
        return last.values.sorted { $0.piece < $1.piece }
    }

    private static func file(_ piece: String, _ generation: Int) -> String { "claims/\(piece).\(generation)" }

    private static func piece(of name: String) -> (piece: String, generation: Int)? {
        guard let dot = name.lastIndex(of: "."), let generation = Int(name[name.index(after: dot)...]) else { return nil }
        return (String(name[..<dot]), generation)
    }
}
