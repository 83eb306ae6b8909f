import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

struct ProjectedGradientBisectionTests {
    /// Distances three hundred times as large as others are found as exactly, from the same first radius.
    @Test(arguments: Norm.allCases, [0.002, 0.03, 0.35] as [Float])
    func smallAndLargeDistancesAreFoundAlike(_ norm: Norm, _ distance: Float) throws {
        let weights = try LinearClassifier().weights
        let dual = norm == .l2
            ? weights.reduce(0) { $0 + $1 * $1 }.squareRoot() : weights.reduce(0) { $0 + abs($1) }
        let image = [Float](repeating: 0.5, count: LinearClassifier.size)
        let classifier = try LinearClassifier(
            weights: weights, bias: -weights.reduce(0) { $0 + 0.5 * $1 } - distance * dual, others: [-20])
        let found = try ProjectedGradientBisection(norm: norm).run(on: classifier.network, images: image, labels: [0])
        let length = Self.distance(norm, found, image)
        #expect(classifier.margin(found) > 0)
        // In ℓ2, 40 steps from anywhere on the sphere come only near to its pole.
        #expect(length > 0.999 * distance && length < (norm == .linf ? 1.01 : 1.05) * distance, "\(length / distance)")
    }

    /// More radii come nearer, and the first one does not matter then.
    @Test func theFirstRadiusDoesNotMatter() throws {
        let network = try CurvedClassifier.network()
        let clean = LinearClassifier.images(6)
        let labels = try CurvedClassifier.labels(of: clean, by: network)
        let distances = try ([0.01, 0.1, 1] as [Float]).map { first -> [Float] in
            let found = try ProjectedGradientBisection(norm: .linf).with(\.radii, 20).with(\.initialRadius, first)
                .run(on: network, images: clean, labels: labels)
            return (0..<6).map { place in
                let range = place * LinearClassifier.size..<(place + 1) * LinearClassifier.size
                return Self.distance(.linf, Array(found[range]), Array(clean[range]))
            }
        }
        for place in 0..<6 {
            let all = distances.map { $0[place] }
            #expect(try #require(all.max()) < 1.05 * #require(all.min()), "image \(place): \(all)")
        }
    }

    @Test func nonsenseIsRefused() throws {
        let network = try LinearClassifier().network
        for attack in [
            ProjectedGradientBisection(norm: .linf).with(\.radii, 0), 
            .init(norm: .linf).with(\.initialRadius, 0), .init(norm: .l2).with(\.steps, -1),
            .init(norm: .l2).with(\.step, .nan),
        ] {
            #expect(throws: AttackError.self) { _ = try attack.makeExecutor(on: network, batchSize: 1, copies: 0) }
        }
        #expect(throws: AttackError.self) {
            _ = try ProjectedGradientBisection(norm: .linf).makeExecutor(on: network, batchSize: 1, copies: 2)
        }
    }

    /// Every 500th image of MNIST's test set: the distances that a bisection of PGD with 40 steps found in PyTorch 2.15, 12
    /// radii from 0.5 on, with its own random starts. DeepFool's median on the second network is 1.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip), arguments: [
        ("wong-standard", [
            0.0673, 0.1687, 0.0525, 0.0029, 0.0617, 0.0696, 0.0572, 0.1019, 0.0374, 0.0078, 0.1292, 0.1218, 0.0900, 0.1333,
            0.0678, 0.1296, 0.1597, 0.1592, 0.1181, 0.0249,
        ]),
        ("mnist-trades-0.3", [
            0.3603, 0.4229, 0.3322, 0.0044, 0.3580, 0.3579, 0.3476, 0.3836, 0.3423, 0, 0.3892, 0.3942, 0.3467, 0.3737, 0.3591,
            0.3516, 0.3430, 0.3960, 0.3686, 0.3540,
        ]),
    ])
    func comesAsNearAsPyTorch(_ model: String, _ expected: [Double]) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let network = try ONNXReader.model(
            from: Data(contentsOf: root.appending(path: "examples/models/\(model).onnx")), imageShape: [1, 28, 28]).network
        let test = try DatasetSource.mnist.load(.test, under: DatasetRoot(try #require(SharedData.url("data")).path))
        let indices = (0..<20).map { $0 * 500 }
        let clean = indices.map(test.image)
        let found = try ProjectedGradientBisection(norm: .linf)
            .run(on: network, images: clean.flatMap { $0 }, labels: indices.map(test.label))
        let distances = clean.enumerated().map { place, image in
            Double(Self.distance(.linf, Array(found[place * 784..<(place + 1) * 784]), image))
        }
        let (mean, expectedMean) = (distances.reduce(0, +) / 20, expected.reduce(0, +) / 20)
        #expect(abs(mean - expectedMean) < 0.05 * expectedMean, "\(mean) and \(expectedMean): \(distances)")
        for (own, theirs) in zip(distances, expected) { #expect(own < 1.25 * theirs + 1e-3) }
    }

    private static func distance(_ norm: Norm, _ a: [Float], _ b: [Float]) -> Float {
        let rows = Images([a, b], shape: [a.count])
        return norm.distance(rows[0], rows[1])
    }
}
