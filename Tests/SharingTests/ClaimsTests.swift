import Foundation
import SuretyRecords
import TestSupport
import Testing

import SuretySharing

@Suite struct ClaimsTests {
    /// Twenty workers do three hundred pieces, on a file system that loses replies and is late, and some die at their work.
    @Test(arguments: [(0.0, 0.0), (0.02, 30.0)], [UInt64(1), 2, 3])
    func everyPieceIsDoneAndNoneByTwoAtOnce(_ fault: (loss: Double, lag: Double), _ seed: UInt64) throws {
        let folder = SimulatedFolder(loss: fault.loss, lag: fault.lag, seed: seed)
        var generator = SeededGenerator(seed: Int(seed) + 100)
        struct Hand { var piece = 0, claim: Claims.Claim, end: Double, renewed: Double, dies: Bool }
        let workers = (0..<20).map { Claims(in: folder, worker: "worker\($0)", lease: 120) }
        var hands = [Hand?](repeating: nil, count: 20), done = Set<Int>(), deaths = 0, again = 0, steps = 0
        while done.count < 300 {
            steps += 1
            try #require(steps < 2_000_000, "\(done.count) pieces of 300")
            let index = Int.random(in: 0..<20, using: &generator), now = folder.now
            guard let hand = hands[index] else {
                let piece = Int.random(in: 0..<300, using: &generator)
                if done.contains(piece) { continue }
                guard let claim = try workers[index].claim("piece-\(piece)") else {
                    folder.wait(0.5)
                    continue
                }
                // Nobody else is at it who gives signs of life.
                for other in hands where other?.piece == piece { #expect(other?.dies == true) }
                if claim.generation > 1 { again += 1 }
                let dies = Double.random(in: 0..<1, using: &generator) < 0.05
                hands[index] = Hand(
                    piece: piece, claim: claim, end: now + Double.random(in: 10...300, using: &generator), renewed: now, dies: dies)
                continue
            }
            folder.wait(0.5)
            if hand.dies {
                // Another takes its place in the cluster some time later.
                if now > hand.end { (hands[index], deaths) = (nil, deaths + 1) }
                continue
            }
            if now - hand.renewed > 30 {
                try workers[index].renew(hand.claim)
                hands[index]?.renewed = now
            }
            if now > hand.end {
                done.insert(hand.piece)
                hands[index] = nil
            }
        }
        #expect(deaths > 3)
        #expect(again >= deaths / 2 && again <= deaths + folder.state.withLock(\.lostReplies))
    }

    @Test func aClaimThatHasRunOutIsFollowedOnlyIfThePieceIsNeeded() throws {
        let folder = SimulatedFolder(seed: 4)
        let first = Claims(in: folder, worker: "a", lease: 120), second = Claims(in: folder, worker: "b", lease: 120)
        let claim = try #require(try first.claim("p"))
        #expect(claim.generation == 1)
        #expect(try second.claim("p") == nil)
        folder.wait(119)
        try first.renew(claim)
        folder.wait(119)
        #expect(try second.claim("p") == nil)
        folder.wait(2)
        #expect(try second.claim("p", isNeeded: { false }) == nil)
        #expect(try second.claim("p")?.generation == 2)
        #expect(try first.claim("p") == nil)
        let holdings = try first.holdings()
        #expect(holdings.map(\.worker) == ["b"] && holdings.map(\.generation) == [2] && holdings.allSatisfy { $0.age < 1 })
    }

    @Test func whatIsGivenBackIsFreeAtOnceAndWhatIsForgottenLeavesNothing() throws {
        let folder = SimulatedFolder(seed: 5)
        let claims = Claims(in: folder, worker: "a", lease: 120)
        try claims.release(try #require(try claims.claim("p")))
        let again = try #require(try claims.claim("p"))
        #expect(again.generation == 1)
        folder.wait(130)
        let second = try #require(try claims.claim("p"))
        try claims.forget(second)
        #expect(folder.names(in: "claims").isEmpty)
    }

    /// The same on this file system, by the same number of threads at once.
    @Test func ofManyWhoTryOneSucceeds() throws {
        let temporary = try TemporaryFolder()
        let won = (0..<50).map { piece in
            let granted = Granted()
            DispatchQueue.concurrentPerform(iterations: 16) { index in
                let claims = try? FolderOnDisk(at: temporary.root, worker: "w\(index)").claims("w\(index)")
                if (try? claims?.claim("piece-\(piece)")) ?? nil != nil { granted.add() }
            }
            return granted.count
        }
        #expect(won == Array(repeating: 1, count: 50))
    }

    @Test func onDiskAClaimAgesUntilItIsRenewed() throws {
        let temporary = try TemporaryFolder()
        let folder = try FolderOnDisk(at: temporary.root, worker: "a")
        let mine = Claims(in: folder, worker: "a", lease: 0.4), theirs = Claims(in: folder, worker: "b", lease: 0.4)
        let claim = try #require(try mine.claim("p"))
        for _ in 0..<6 {
            Thread.sleep(forTimeInterval: 0.1)
            try mine.renew(claim)
            #expect(try theirs.claim("p") == nil)
        }
        Thread.sleep(forTimeInterval: 0.5)
        #expect(try theirs.claim("p")?.generation == 2)
        #expect(try folder.age(of: "claims/none.1") == nil)
        #expect(try !folder.renew("claims/none.1"))
    }
}

extension FolderOnDisk {
    func claims(_ worker: String) -> Claims { Claims(in: self, worker: worker, lease: 120) }
}

/// Counts from several threads.
private final class Granted: @unchecked Sendable {
    private let lock = NSLock()
    private var value = 0
    func add() { lock.withLock { value += 1 } }
    var count: Int { lock.withLock { value } }
}
