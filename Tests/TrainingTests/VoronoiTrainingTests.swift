import Attacks
import Datasets
import Graphs
import Networks
import Tensors
import Testing
import Training

struct VoronoiTrainingTests {
    private func defense(_ settings: [String: String]) throws(TrainingError) -> VoronoiTraining {
        var reader = DefenseSettings(settings)
        return try VoronoiTraining(&reader)
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
        let images = test.images(at: indices)
        let labels = test.labels.flatMap { $0 == 0 ? [1, 0] : [0, 1] as [Float] }
        let moved = try images.values.withUnsafeBufferPointer { images in
            try labels.withUnsafeBufferPointer { labels in
                Array(
                    try executor.run(
                        AttackBatch(images: images, labels: labels, indices: indices, seed: 1, trial: 0),
                        parameters: network.parameters))
            }
        }
        let input = Node.input("images", shape: images.shape)
        let logits = try Program(computing: [network.logits(of: input)], from: [input]).makeExecutor()
            .run([Tensor(shape: images.shape, values: moved)])[0].values
        return indices.count { (logits[2 * $0 + 1] > logits[2 * $0]) != (test.label(at: $0) == 1) }
    }

    @Test func settingsAreRead() throws {
        let usual = try defense([:])
        #expect(usual.parameters == [
            "m": "10", "norm": "linf", "step": "0.02", "steps": "40", "confinement": "stop", "cells": "once",
        ])
        let other = try defense([
            "m": "3", "norm": "l2", "step": "0.5", "steps": "7", "confinement": "project", "cells": "batch",
        ])
        #expect(other.parameters == [
            "m": "3", "norm": "l2", "step": "0.5", "steps": "7", "confinement": "project", "cells": "batch",
        ])
        for bad in [["m": "0"], ["norm": "l7"], ["confinement": "project"], ["cells": "never"], ["steps": "-1"]] {
            #expect(throws: TrainingError.self) { try defense(bad) }
        }
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
