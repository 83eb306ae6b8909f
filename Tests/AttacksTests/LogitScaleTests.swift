import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyNetworks
import SuretyTensors
import Synchronization
import Testing
import TestSupport

/// An increasing function of all logits hides a network from no attack.
struct LogitScaleTests {
    struct Case: CustomTestStringConvertible {
        let item: NamedAttackTests.Case
        let output: IncreasingOutput

        var testDescription: String { "\(item), \(output)" }
    }

    static let cases = NamedAttackTests.direct.flatMap { item in IncreasingOutput.allCases.map { Case(item: item, output: $0) } }

    /// Where the nearest image is known, it is found behind every function.
    @Test(arguments: cases)
    func whatIsInReachIsFound(_ test: Case) throws {
        let item = test.item
        let weights = try LinearClassifier().weights
        let dual = item.norm == .l2
            ? weights.reduce(0) { $0 + $1 * $1 }.squareRoot() : weights.reduce(0) { $0 + abs($1) }
        let middle = weights.reduce(0) { $0 + $1 * 0.5 }
        let classifier = try LinearClassifier(
            weights: weights, bias: -middle - dual * (item.norm == .l2 ? 0.3 : 0.12), others: [-20])
        let clean = LinearClassifier.images(1, in: 0.4...0.6)
        let nearest = -classifier.margin(clean) / dual
        let reach: Float = item.type.name == "square" && item.norm == .l2 ? 2.5 : 1.1
        let attack = try item.attack(radius: nearest * reach)
        let found = try finding(
            of: attack, radius: item.type.seeksSmallestDistance ? nil : nearest * reach, norm: item.norm,
            on: try test.output.appended(to: classifier.network), image: clean)
        #expect(found.isSuccess)
        let limit: Float = item.type.name == "log-barrier" ? 1.15 : item.type.name == "boundary" ? 1.1 : max(1.06, reach)
        #expect(Float(found.distance(in: .ball(item.norm))) < nearest * limit * 1.001)
        let isScaled = test.output == .scale1e6
        if isScaled, ["fgsm", "pgd", "apgd-ce", "mi-fgsm", "ddn"].contains(item.type.name) { #expect(found.hasVanishedGradient) }
        if test.output == .softmax { #expect(!found.hasVanishedGradient) }
    }

    /// A network that says the same about every image has no gradient, and that is reported.
    @Test(arguments: NamedAttackTests.direct.filter { !["square", "boundary", "log-barrier"].contains($0.type.name) })
    func aGradientThatIsZeroIsTold(_ item: NamedAttackTests.Case) throws {
        let constant = try LinearClassifier(
            weights: Array(repeating: 0, count: LinearClassifier.size), bias: -1, others: [-20])
        let found = try finding(
            of: try item.attack(radius: 0.2), radius: 0.2, norm: item.norm, on: constant.network,
            image: LinearClassifier.images(1))
        #expect(!found.isSuccess && found.hasVanishedGradient)
    }

    private func finding(
        of attack: any Attack, radius: Float?, norm: Norm, on network: Network, image: [Float]
    ) throws -> AttackedImage {
        let images = try LabelledImages(
            name: "one", split: .test, pixels: .float32(image), count: 1, shape: LinearClassifier.shape, labels: [0],
            source: "one")
        let found = Mutex<AttackedImage?>(nil)
        try AttackEvaluation(
            of: network, attempts: [.init(attack, radius: radius.map(Double.init))], distance: .ball(norm), batchSize: 1
        ).run(on: images, indices: [0], threads: 1) { finding in found.withLock { $0 = finding } }
        return try #require(found.withLock { $0 })
    }

    /// Where the gradient is there and the logits are of a usual spread, the loss is the published one, bit for bit.
    @Test(arguments: NamedAttackTests.direct)
    func elsewhereNothingChanges(_ item: NamedAttackTests.Case) throws {
        let network = try CurvedClassifier.network()
        let clean = LinearClassifier.images(6)
        let labels = try CurvedClassifier.labels(of: clean, by: network)
        let attack = try item.attack(radius: 0.1)
        #expect(
            try attack.run(on: network, images: clean, labels: labels)
                == attack.run(on: network, images: clean, labels: labels, seesThroughSaturation: true))
    }

    /// Two trained networks under attacks; the second, ten times as large, under those that take few gradients.
    static let trained: [(model: String, radius: Float, attack: String)] =
        ["fgsm", "mi-fgsm", "pgd", "apgd-ce", "apgd-dlr", "deepfool"].map { ("wong-standard", 0.08, $0) }
        + ["fgsm", "mi-fgsm", "pgd"].map { ("mnist-trades-0.1", 0.15, $0) }

    /// The remaining accuracy is the same apart from noise.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip), arguments: trained)
    func noFunctionMakesANetworkRobust(model: String, radius: Float, attack: String) throws {
        let network = try BundledModel.network(model)
        let usual = try BundledModel.accuracy(of: network, under: attack, radius: radius)
        for output in [IncreasingOutput.softmax1000, .logSoftmax100, .scale1e6, .scale1em6] {
            let other = try BundledModel.accuracy(of: output.appended(to: network), under: attack, radius: radius)
            #expect(abs(other - usual) <= 0.08, "\(output): \(other), and \(usual) without")
        }
    }
}

/// The models in examples/models, on every 100th of MNIST's test images.
enum BundledModel {
    static func network(_ name: String) throws -> Network {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "examples/models/\(name).onnx")
        return try ONNXReader.model(from: Data(contentsOf: file), imageShape: [1, 28, 28]).network
    }

    /// The accuracy of the judged network, or of the one followed where none is given.
    static func accuracy(
        of network: Network, judged: Network? = nil, under attack: String, radius: Float, settings: [String: String] = [:],
        skip: Int = 100, count: Int = 100
    ) throws -> Double {
        let data = try #require(SharedData.url("data"))
        let images = try DatasetSource.mnist.load(.test, under: DatasetRoot(data.path))
        let named = try AttackCatalogue.attack(named: attack, norm: .linf, radius: radius, settings: settings)
        var makeJudge: (@Sendable () throws -> any AttackJudge)?
        if let judged { makeJudge = { try NetworkJudge(judged, batchSize: 25) } }
        let evaluation = AttackEvaluation(
            of: network, attempts: [.init(named, radius: Double(radius))], distance: .ball(.linf), batchSize: 25,
            judgedBy: makeJudge)
        let robust = Mutex(0)
        try evaluation.run(on: images, indices: (0..<count).map { $0 * skip }, threads: 2) { finding in
            let isRobust = !finding.isSuccess || finding.distance(in: .ball(.linf)) > Double(radius)
            robust.withLock { $0 += isRobust ? 1 : 0 }
        }
        return Double(robust.withLock { $0 }) / Double(count)
    }
}
