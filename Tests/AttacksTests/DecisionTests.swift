import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyNetworks
import SuretyTensors
import Synchronization
import Testing
import TestSupport

/// Attacks by transfer: what the network followed says of an image decides nothing.
struct DecisionTests {
    static let transferring = NamedAttackTests.direct.filter { $0.type.transfers }

    /// The network followed is wrong long before the one judged is; the way is the same, and the nearest image known.
    @Test(arguments: transferring)
    func goesOnWhereTheSourceErrs(_ item: NamedAttackTests.Case) throws {
        let weights = try LinearClassifier().weights
        let dual = item.norm == .l2
            ? weights.reduce(0) { $0 + $1 * $1 }.squareRoot() : weights.reduce(0) { $0 + abs($1) }
        let middle = weights.reduce(0) { $0 + $1 * 0.5 }
        func classifier(_ distance: Float) throws -> LinearClassifier {
            try LinearClassifier(weights: weights, bias: -middle - dual * distance, others: [-20])
        }
        let (near, far) = item.norm == .l2 ? (0.1, 0.3) : (0.04, 0.12) as (Float, Float)
        let (source, judged) = try (classifier(near), classifier(far))
        let network = judged.network
        for place in 0..<3 {
            let clean = LinearClassifier.images(1, in: 0.45...0.55, seed: 8 + place)
            let nearest = -judged.margin(clean) / dual
            #expect(source.margin(clean) < 0 && nearest > 0)
            let reach: Float = item.type.name == "square" && item.norm == .l2 ? 2.5 : 1.1
            let images = try LabelledImages(
                name: "one", split: .test, pixels: .float32(clean), count: 1, shape: LinearClassifier.shape, labels: [0],
                source: "one")
            let found = Mutex<AttackedImage?>(nil)
            let isSeeker = item.type.seeksSmallestDistance
            try AttackEvaluation(
                of: source.network,
                attempts: [
                    .init(try item.attack(radius: nearest * reach), radius: isSeeker ? nil : Double(nearest * reach))
                ],
                distance: .ball(item.norm), batchSize: 1, judgedBy: { try NetworkJudge(network, batchSize: 1) }
            ).run(on: images, indices: [0], threads: 1) { finding in found.withLock { $0 = finding } }
            let finding = try #require(found.withLock { $0 })
            #expect(finding.isSuccess && finding.adversarialClass == 1)
            let length = Float(finding.distance(in: .ball(item.norm)))
            #expect(length > nearest * 0.9999)
            // DeepFool's steps double beyond its own boundary, so that it goes up to twice as far.
            let limit: Float = item.type.name == "deepfool" ? 2.1 : isSeeker ? 1.06 : reach * 1.0001
            #expect(length < nearest * limit, "\(length / nearest) of the smallest distance")
        }
    }

    /// A barrier before the wrong boundary, and searches that would have to ask PREDICT, are refused in words.
    @Test func refusesWhatCannotTransfer() throws {
        let network = try LinearClassifier(others: [-20]).network
        func check(_ name: String, smoothing: AttackEvaluation.Smoothing? = nil) throws {
            let attack = try AttackCatalogue.attack(named: name, norm: .l2, radius: 1)
            try AttackEvaluation(
                of: network, attempts: [.init(attack)], distance: .ball(.l2), smoothing: smoothing,
                judgedBy: { try NetworkJudge(network, batchSize: 1) }, isTransfer: true
            ).check()
            try attack.check(on: network, copies: smoothing?.copies ?? 0)
        }
        #expect(throws: AttackError.self) { try check("log-barrier") }
        for name in ["ddn", "boundary", "deepfool", "carlini-wagner", "l-bfgs", "pgd"] { try check(name) }
        let smoothing = AttackEvaluation.Smoothing(noise: try .gaussian(sigma: 0.5), copies: 4)
        #expect(throws: AttackError.self) { try check("ddn", smoothing: smoothing) }
        try check("pgd", smoothing: smoothing)
        #expect(!WasserAttack.transfers && !ProjectedSinkhorn.transfers)
        // Each attack that a refusal names in place of the refused one can do what that cannot.
        func others(_ error: AttackError?) throws -> [String] {
            try #require(error?.description.split(separator: "one of ").last).components(separatedBy: ", ")
        }
        for name in try others(#expect(throws: AttackError.self) { try check("log-barrier") }) { try check(name) }
        for refused in ["ddn", "log-barrier"] {
            let able = try others(#expect(throws: AttackError.self) { try check(refused, smoothing: smoothing) })
            #expect(able.contains("pgd") && able.contains("gradient-free"))
            for name in able { try check(name, smoothing: smoothing) }
        }
        let deepFool = DeepFool(norm: .l2)
        let able = try others(#expect(throws: AttackError.self) { try deepFool.check(on: network, copies: 4) })
        #expect(able.contains("ddn") && !able.contains("apgd-ce") && !able.contains("wasser"))
        for name in able { try AttackCatalogue.attack(named: name, norm: .l2, radius: 1).check(on: network, copies: 4) }
        let error = #expect(throws: AttackError.self) { try WithoutNorm().check(on: network, copies: 4) }
        #expect(error?.description == "without-norm attacks the network itself: leave --sigma out")
    }

    /// The judge sees each start's image, and the first that it finds wrong ends the starts.
    @Test func restartsAreForTheJudge() throws {
        let judge = Scripted(wrongAt: 3)
        let clean = LinearClassifier.images(1)
        let network = try CurvedClassifier.network()
        let start = ProjectedGradient(ball: Ball(.linf, radius: 0.2), stepSize: 0.01, steps: 5)
        func found(_ attack: some Attack, trial: Int, _ decision: AttackBatch.Decision) throws -> [Float] {
            let executor = try attack.makeExecutor(on: network, batchSize: 1, copies: 0)
            let batch = AttackBatch(
                images: Images(clean, of: network), labels: [0], indices: [0], seed: 1, trial: trial, decision: decision)
            return Array(try executor.run(batch, parameters: network.parameters).elements)
        }
        let repeated = try found(RepeatedAttack(start, restarts: 10), trial: 0, .judge(judge))
        // The clean image, and three starts.
        #expect(judge.calls == 4)
        #expect(try repeated == found(start, trial: 2, .judge(judge)))
    }

    /// As far as the same attack in plain PyTorch, and one step never farther than many.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip), arguments: TransferFixture.pairs.indices)
    func isAsStrongAsInPyTorch(pair: Int) throws {
        let fixture = TransferFixture.pairs[pair]
        let (source, judged) = try (BundledModel.network(fixture.source), BundledModel.network(fixture.judged))
        func accuracy(_ attack: String, _ settings: [String: String] = [:]) throws -> Double {
            try BundledModel.accuracy(
                of: source, judged: judged, under: attack, radius: fixture.radius, settings: settings, skip: 40, count: 250)
        }
        for (attack, expected) in fixture.accuracy where attack != "clean" {
            let found = try accuracy(attack, attack == "pgd" ? ["step": "0.01", "random-start": "false"] : [:])
            #expect(abs(found - expected) <= 0.02, "\(attack): \(found), and \(expected) in PyTorch")
        }
        #expect(try accuracy("pgd") <= accuracy("fgsm") + 0.02)
    }
}

/// An attack on the network itself, whose distance no other attack measures.
private struct WithoutNorm: NamedAttack {
    static let name = "without-norm"
    static let summary = "stays"
    static let norms: [Norm] = []
    static let aim = AttackAim.smallestDistance
    static let attacksSmoothed = false
    static var settings: [Setting<Self>] { [] }

    var parameters: [String: String] { [:] }

    static func usual(norm: Norm, radius: Float?) -> Self { Self() }

    func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        throw AttackError("it only stays")
    }
}

/// A judge that answers by the number of its calls.
private final class Scripted: AttackJudge {
    private let wrongAt: Int
    private(set) var calls = 0

    init(wrongAt: Int) { self.wrongAt = wrongAt }

    func classes(of images: [[Float]], indices: [Int]) -> [Int?] {
        defer { calls += 1 }
        return images.map { _ in calls == wrongAt ? 1 : 0 }
    }
}
