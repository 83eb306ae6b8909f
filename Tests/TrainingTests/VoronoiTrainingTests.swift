import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import SuretyTraining
import Testing
import TestSupport

struct VoronoiTrainingTests {
    private func defense(_ settings: [String: String]) throws(TrainingError) -> VoronoiTraining {
        var defense = VoronoiTraining()
        try defense.set(settings, of: VoronoiTraining.name, failing: TrainingError.self)
        return defense
    }

    /// The boundary comes to lie far from both planes, where training without an adversary leaves it near: attacks of half
    /// the distance between them and the best boundary hardly ever find an error, on average over three seeds. Training twice
    /// gives the same bits.
    @Test func planesAreTrained() throws {
        let planes = try Planes(codimension: 10)
        let step = 0.25 * Planes.pixelsPerUnit
        func trained(_ defense: any Defense, seed: UInt64, epochs: Int = 60) throws -> Network {
            let network = try Architecture.mlp.network(imageShape: planes.shape, classCount: 2, seed: seed)
                .normalised(mean: [Planes.mean], standardDeviation: [Planes.standardDeviation])
            let settings = TrainingSettings(
                epochs: epochs, batchSize: 50, learningRate: 0.1, optimiser: .adam, seed: seed)
            return try TinyTraining.finished(Trainer(network, defense, on: planes.images(.train), settings)).trainedNetwork()
        }
        let voronoi = try defense(["norm": "l2", "step": "\(step)", "steps": "10"])
        let still = try defense(["norm": "l2", "steps": "0"])
        let after = try TinyTraining.mean { try Double(errors(of: trained(voronoi, seed: $0.seed), planes)) }
        let without = try TinyTraining.mean { try Double(errors(of: trained(still, seed: $0.seed), planes)) }
        #expect(after < 10 && without > 20, "\(after) and \(without) errors")
        #expect(try trained(voronoi, seed: 1, epochs: 3).parameters == trained(voronoi, seed: 1, epochs: 3).parameters)
    }

    /// Test samples that projected gradient ascent within 0.5 gets classified as the other class.
    private func errors(of network: Network, _ planes: Planes) throws -> Int {
        let test = try planes.images(.test)
        let radius = 0.5 * Planes.pixelsPerUnit
        let attack = ProjectedGradient(ball: Ball(.l2, radius: radius), stepSize: radius / 8, steps: 30, start: .image)
        let executor = try attack.makeExecutor(on: network, batchSize: test.count, copies: 0)
        let indices = Array(0..<test.count)
        let batch = AttackBatch(
            images: Images(test.images(at: indices)), labels: test.labels, indices: indices, seed: 1, trial: 0)
        let classifier = try Classifier(network, batchSize: test.count)
        classifier.images.set(try executor.run(batch, parameters: network.parameters))
        classifier.run()
        return indices.count { classifier.classes[$0] != test.label(at: $0) }
    }

    @Test func settingsAreRead() throws {
        let usual = try defense([:])
        #expect(usual.parameters == [
            "m": "10", "norm": "linf", "step-norm": "linf", "step": "0.01", "steps": "40", "warm-up": "0",
            "confinement": "stop", "cells": "once",
        ])
        let settings = [
            "m": "3", "norm": "l2", "step-norm": "linf", "step": "0.5", "steps": "7", "warm-up": "2",
            "confinement": "project", "cells": "batch",
        ]
        #expect(try defense(settings).parameters == settings)
        // Where one norm is given it is that of both, and the step's usual size goes with its norm.
        let euclidean = try defense(["norm": "l2"]).parameters
        #expect(euclidean["step-norm"] == "l2" && euclidean["step"] == "0.1")
        #expect(try defense(["norm": "l2", "step-norm": "linf"]).parameters["step"] == "0.01")
        #expect(try defense(["step-norm": "l2"]).parameters["norm"] == "linf")
        for bad in [["m": "0"], ["norm": "l7"], ["step-norm": "l7"], ["warm-up": "-1"], ["confinement": "project"], ["cells": "never"], ["steps": "-1"]] {
            #expect(throws: TrainingError.self) { try defense(bad) }
        }
    }

    @Test func theReachWarmsUp() throws {
        let points = try Self.points()
        let training = try defense(["step": "0.25", "steps": "3", "warm-up": "4"]).prepared(for: points)
        let sizes = (0..<6).map { training.adversary(epoch: $0)?.parameters["step"] }
        #expect(sizes == ["0.0625", "0.125", "0.1875", "0.25", "0.25", "0.25"])
        #expect(try defense(["step": "0.25"]).prepared(for: points).adversary(epoch: 0)?.parameters["step"] == "0.25")
    }

    /// Two classes of random points in the plane.
    private static func points(_ count: Int = 40) throws -> LabelledImages {
        var generator = SeededGenerator(seed: 21)
        let pixels = (0..<2 * count).map { _ in Float.random(in: 0...1, using: &generator) }
        return try LabelledImages(
            name: "points", split: .train, pixels: .float32(pixels), count: count, shape: [1, 1, 2],
            labels: (0..<count).map { $0 % 2 }, classCount: 2, source: "")
    }

    /// An epoch on points in the plane, with steps along the sign of (1, 0.5) or against it: the rate is so small that nothing
    /// is learned.
    private func trained(m: Int, step: Float, rate: Float = 1e-9) throws -> Trainer {
        var builder = try NetworkBuilder(imageShape: [1, 1, 2])
        try builder.add(Tensor(shape: [2, 2], values: [0, 0, 1, 0.5]), as: "w")
        let flat = try builder.append(.reshape(to: [2]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "w", bias: nil), to: [flat])
        let network = try builder.network(output: logits)
        let defense = VoronoiTraining(m: m, norm: .l2, stepNorm: .linf, stepSize: step, steps: 10)
        let settings = TrainingSettings(epochs: 1, batchSize: 20, learningRate: rate, seed: 3)
        return try TinyTraining.finished(Trainer(network, defense, on: Self.points(), settings))
    }

    /// The share in the history is that of the images that leave the cell of their m neighbours within ten steps, counted by
    /// distances; more neighbours stop more.
    @Test func theHistoryTellsTheShareThatCellsStop() throws {
        let points = try Self.points()
        func share(m: Int) -> Double {
            let stopped = (0..<points.count).count { index in
                func distance(_ a: [Float], _ b: [Float]) -> Double {
                    zip(a, b).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
                }
                let start = points.image(at: index)
                let nearest = (0..<points.count).filter { points.label(at: $0) != points.label(at: index) }
                    .map(points.image(at:)).sorted { distance($0, start) < distance($1, start) }.prefix(m)
                return (1...10).contains { step in
                    let change = (points.label(at: index) == 0 ? 0.03 : -0.03) * Float(step)
                    let point = start.map { min(max($0 + change, 0), 1) }
                    return nearest.contains { distance(point, $0) <= distance(point, start) }
                }
            }
            return Double(stopped) / Double(points.count)
        }
        for m in [1, 10] { #expect(try trained(m: m, step: 0.03).history.map(\.confinedShare) == [share(m: m)]) }
        #expect(share(m: 10) > share(m: 1) && share(m: 1) > 0)
    }

    /// m matters exactly where cells stop images: with steps that end before any does, the weights are equal to the last bit.
    @Test func neighboursMatterWhereCellsBind() throws {
        let (one, ten) = (try trained(m: 1, step: 0.03, rate: 0.1), try trained(m: 10, step: 0.03, rate: 0.1))
        #expect(one.parameters != ten.parameters)
        let (free, alsoFree) = (try trained(m: 1, step: 1e-5, rate: 0.1), try trained(m: 10, step: 1e-5, rate: 0.1))
        #expect(free.parameters == alsoFree.parameters)
        #expect(free.history[0].confinedShare == 0 && alsoFree.history[0].confinedShare == 0)
    }

    /// Checkpoints keep the share; those of other defenses do not name it, so that older ones can be read.
    @Test func checkpointsKeepTheShare() throws {
        let checkpoint = try trained(m: 10, step: 0.03).checkpoint
        #expect(try Checkpoint(checkpoint.data()).history == checkpoint.history)
        let standard = try TinyTraining.finished(
            Trainer(TinyTraining.network(), StandardTraining(), on: TinyTraining.images(), TinyTraining.settings))
        #expect(standard.history.allSatisfy { $0.confinedShare == nil })
        #expect(try standard.checkpoint.data().range(of: Data("confinedShare".utf8)) == nil)
    }

    @Test func refusesAClassWithFewerThanMSamples() throws {
        let train = try Planes(codimension: 1).images(.train)    // 225 of each class
        let network = try Architecture.mlp.network(imageShape: train.shape, classCount: 2, seed: 1)
        let error = #expect(throws: AttackError.self) {
            try Trainer(network, defense(["m": "226"]), on: train, TrainingSettings(epochs: 1, batchSize: 50))
        }
        #expect(error?.description.contains("has 225 samples") == true)
    }
}
