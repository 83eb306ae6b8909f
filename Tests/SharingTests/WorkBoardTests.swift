import Foundation
import TestSupport
import Testing

import SuretySharing

@Suite struct WorkBoardTests {
    /// Samples that decide the images of the published MNIST models, counted by runs of `certify` with --radii on every 20th image: at
    /// the columns of docs/results/mnist.md, and at 0.5 alone.
    static let costs: [String: [Int]] = {
        guard let url = Bundle.module.url(forResource: "Fixtures/samples", withExtension: "json"), let data = try? Data(contentsOf: url),
            let costs = try? JSONDecoder().decode([String: [Int]].self, from: data)
        else { return [:] }
        return costs
    }()

    /// The looks of the fixture's runs: from 64 samples on, in steps of a tenth.
    static let looks: [Int] = {
        var looks: [Int] = [], look = 64
        while look < 100_000 { (looks, look) = (looks + [look], look + look / 10) }
        return looks + [100_000]
    }()

    /// Whatever order results come in, and however often: every image is decided once, and no piece is left.
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func allIsDoneInAnyOrder(_ seed: UInt64) {
        var generator = SeededGenerator(seed: Int(seed))
        let costs = (0..<100).map { _ in Self.looks[Int.random(in: 0..<60, using: &generator)] }
        let cutting = Cutting(portion: 300, group: 7), next = Dictionary(uniqueKeysWithValues: zip([0] + Self.looks, Self.looks))
        var board = WorkBoard(count: 100, cutting), samples = costs.map { _ in 0 }, ranges: [Int: Set<Range<Int>>] = [:]
        var inHand: [Piece] = [], steps = 0
        while !board.isFinished {
            steps += 1
            guard steps < 100_000 else { break }
            if Bool.random(using: &generator), let piece = board.pick(using: &generator) {
                #expect(board.isNeeded(piece))
                board.takeOff(piece)
                // Some are lost, and put back later.
                if Int.random(in: 0..<5, using: &generator) == 0 { board.putBack(piece) } else { inHand.append(piece) }
            } else if let place = inHand.indices.randomElement(using: &generator) {
                let piece = inHand.remove(at: place)
                switch piece {
                case .images(let group, let first):
                    // A part of them, from the first on.
                    let places = cutting.places(of: group, from: first, count: 100)
                    for image in places.prefix(Int.random(in: 1...places.count, using: &generator)) where samples[image] == 0 {
                        samples[image] = min(costs[image], Self.looks[Int.random(in: 0..<60, using: &generator)])
                        board.note(image, samples: samples[image], next: samples[image] < costs[image] ? next[samples[image]] : nil)
                    }
                case .looks(let image, let from):
                    guard from == samples[image], let look = next[from] else { continue }
                    samples[image] = look
                    board.note(image, samples: look, next: look < costs[image] ? next[look] : nil)
                case .samples(let image, let range):
                    guard let look = next[samples[image]], range.lowerBound >= samples[image] else { continue }
                    board.noteCounted(image, range)
                    ranges[image, default: []].insert(range)
                    guard cutting.ranges(of: samples[image]..<look).allSatisfy({ ranges[image]?.contains($0) ?? false }) else { continue }
                    samples[image] = look
                    board.note(image, samples: look, next: look < costs[image] ? next[look] : nil)
                }
                // It is said again, and changes nothing.
                if case .looks(let image, _) = piece, samples[image] >= costs[image] { board.note(image, samples: samples[image], next: nil) }
            }
        }
        #expect(board.isFinished && board.done == 100)
        #expect(samples == costs)
        #expect(board.pick(using: &generator) == nil)
    }

    @Test func rangesCoverALookInPortions() {
        let cutting = Cutting(portion: 1000, group: 1)
        for samples in [0..<100_000, 4000..<9100, 5..<3006, 0..<1] {
            let ranges = cutting.ranges(of: samples)
            #expect(ranges.first?.lowerBound == samples.lowerBound && ranges.last?.upperBound == samples.upperBound)
            #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
            #expect(ranges.allSatisfy { $0.count <= 1000 && !$0.isEmpty })
        }
    }

    /// A cluster on a network's file system: 200 samples a second each, a claim takes 1 to 50 ms, and what is done is seen by the others
    /// within as many seconds as reading all journals takes. The costs are those of the published models, by columns.
    @Test(arguments: ["gaussian-0.25", "gaussian-0.5", "gaussian-1.0", "smoothadv-0.5"], [(100, 10_000, 10.0), (1000, 100_000, 60.0)])
    func workersAreBusyToTheEnd(_ model: String, _ size: (workers: Int, images: Int, visibility: Double)) throws {
        let costs = try #require(Self.costs["columns \(model)"])
        var generator = SeededGenerator(seed: 7)
        let images = (0..<size.images).map { _ in costs[Int.random(in: costs.indices, using: &generator)] }
        let cluster = SimulatedCluster(workers: size.workers, rate: 200, latency: 0.001...0.05, visibility: size.visibility)
        let outcome = cluster.run(
            costs: images, looks: Self.looks, extra: 100, Cutting(portion: 4000, group: 24), using: &generator)
        #expect(outcome.seconds > 600)
        #expect(outcome.utilisation > 0.95, "\(outcome)")
        #expect(outcome.claiming < 0.01, "\(outcome)")
        // Whole images, for comparison, leave most workers without work while the last long ones are done.
        let whole = cluster.run(
            costs: images, looks: Self.looks, extra: 100, Cutting(portion: .max / 4, group: 1), using: &generator)
        #expect(whole.utilisation < outcome.utilisation, "\(whole)")
    }

    /// One radius is done within ten minutes there, and a few images that take long decide when; but the work is still shared.
    @Test(arguments: ["gaussian-0.25", "gaussian-0.5", "gaussian-1.0", "smoothadv-0.5"])
    func oneRadiusIsSharedToo(_ model: String) throws {
        let costs = try #require(Self.costs["one radius \(model)"])
        var generator = SeededGenerator(seed: 8)
        let images = (0..<10_000).map { _ in costs[Int.random(in: costs.indices, using: &generator)] }
        let outcome = SimulatedCluster(workers: 100, rate: 200, latency: 0.001...0.05, visibility: 10).run(
            costs: images, looks: Self.looks, extra: 100, Cutting(portion: 4000, group: 24), using: &generator)
        #expect(outcome.seconds < 600 && outcome.utilisation > 0.4, "\(outcome)")
    }
}
