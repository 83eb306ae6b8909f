import Attacks
import Datasets
import Networks
import Tensors
import TestSupport
import Testing

/// Samples of two classes in the plane, and a linear classifier whose gradient has one direction everywhere.
struct VoronoiAttackTests {
    private func samples(_ points: [[Float]], labels: [Int]) throws -> LabelledImages {
        try LabelledImages(
            name: "points", split: .train, pixels: .float32(points.flatMap(\.self)), count: points.count,
            shape: [1, 1, points[0].count], labels: labels, classCount: 2, source: "")
    }

    /// Logits 0 and w·x: at label 0 the loss rises along w, at label 1 against it.
    private func network(_ weights: [Float]) throws -> Network {
        var builder = try NetworkBuilder(imageShape: [1, 1, weights.count])
        try builder.add(Tensor(shape: [2, weights.count], values: weights.map { _ in 0 } + weights), as: "w")
        let flat = try builder.append(.reshape(to: [weights.count]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "w", bias: nil), to: [flat])
        return try builder.network(output: logits)
    }

    private func run(
        _ attack: VoronoiAttack, on network: Network, _ samples: LabelledImages, _ indices: [Int]
    ) throws -> [[Float]] {
        let executor = try attack.makeExecutor(on: network, batchSize: indices.count, copies: 0)
        let images = indices.flatMap(samples.image(at:))
        let labels = indices.flatMap { samples.label(at: $0) == 0 ? [1, 0] : [0, 1] as [Float] }
        let size = network.imageShape.elementCount
        return try images.withUnsafeBufferPointer { images in
            try labels.withUnsafeBufferPointer { labels in
                let found = Array(
                    try executor.run(
                        AttackBatch(images: images, labels: labels, indices: indices, seed: 1, trial: 0),
                        parameters: network.parameters))
                return indices.indices.map { Array(found[$0 * size..<($0 + 1) * size]) }
            }
        }
    }

    /// Two samples 0.6 apart along w: the cells meet half-way, at 0.3, where steps of 0.08 stop at 3, 0.24.
    @Test(arguments: Ball.Norm.allCases)
    func stopsAtTheLastStepInside(norm: Ball.Norm) throws {
        let points = try samples([[0.2, 0.5], [0.8, 0.5]], labels: [0, 1])
        let network = try network([1, 0])
        let cells = try VoronoiCells(of: points, m: 1)
        func attack(_ step: Float, _ steps: Int) throws -> [[Float]] {
            try run(VoronoiAttack(cells: cells, norm: norm, stepSize: step, steps: steps), on: network, points, [1, 0])
        }
        for (step, steps, reached) in [(0.08, 10, 0.24), (0.08, 2, 0.16), (0.31, 5, 0), (0.29, 5, 0.29), (0.08, 0, 0)] {
            let found = try attack(Float(step), steps)
            #expect(abs(found[0][0] - Float(0.8 - reached)) < 1e-5 && found[0][1] == 0.5, "\(step), \(found)")
            #expect(abs(found[1][0] - Float(0.2 + reached)) < 1e-5 && found[1][1] == 0.5, "\(step), \(found)")
        }
    }

    /// The cell of (0.5, 0.5) among four neighbours at distances 0.2, 0.3, 0.4 and 0.1 along the axes is a box,
    /// which samples of its own class do not cut.
    @Test func projectionReachesTheCornerOfTheCell() throws {
        let own: [[Float]] = [[0.5, 0.5], [0.52, 0.5], [0.55, 0.55], [1, 1]]
        let points = try samples(own + [[0.7, 0.5], [0.5, 0.8], [0.1, 0.5], [0.5, 0.4]], labels: [0, 0, 0, 0, 1, 1, 1, 1])
        let cells = try VoronoiCells(of: points, m: 4)
        let attack = VoronoiAttack(cells: cells, norm: .l2, stepSize: 0.05, steps: 40, confinement: .project)
        let found = try run(attack, on: network([1, 2]), points, [0])
        #expect(abs(found[0][0] - 0.6) < 1e-5 && abs(found[0][1] - 0.65) < 1e-5)
        let other = try run(attack, on: network([-1, -0.3]), points, [0])
        #expect(abs(other[0][0] - 0.3) < 1e-5 && abs(other[0][1] - 0.45) < 1e-5)
    }

    /// A neighbour beyond [0, 1]'s limit: pixels limit the ascent before the cell does.
    @Test(arguments: VoronoiAttack.Confinement.allCases)
    func staysInTheUnitCube(confinement: VoronoiAttack.Confinement) throws {
        let points = try samples([[0.9, 0.5], [0.1, 0.5]], labels: [0, 1])
        let attack = VoronoiAttack(
            cells: try VoronoiCells(of: points, m: 1), norm: .l2, stepSize: 0.03, steps: 20, confinement: confinement)
        let found = try run(attack, on: network([1, 0.5]), points, [0])
        #expect(found[0] == [1, found[0][1]] && found[0][1] > 0.6)
    }

    /// By the definition of the cell, distance by distance: at least as near to its own sample as to any of the neighbours.
    @Test(arguments: [(Ball.Norm.l2, VoronoiAttack.Confinement.stop), (.linf, .stop), (.l2, .project)])
    func imagesStayInTheirCells(norm: Ball.Norm, confinement: VoronoiAttack.Confinement) throws {
        var generator = SeededGenerator(seed: 9)
        let points = (0..<40).map { _ in (0..<6).map { _ in Float.random(in: 0...1, using: &generator) } }
        let samples = try samples(points, labels: points.indices.map { $0 % 2 })
        let network = try Architecture.mlp.network(imageShape: [1, 1, 6], classCount: 2, seed: 3)
        let attack = VoronoiAttack(
            cells: try VoronoiCells(of: samples, m: 20), norm: norm, stepSize: 0.03, steps: 30, confinement: confinement)
        let found = try run(attack, on: network, samples, Array(points.indices))
        func distance(_ a: [Float], _ b: [Float]) -> Double {
            let changes = zip(a, b).map { abs(Double($0) - Double($1)) }
            return norm == .linf ? changes.max() ?? 0 : changes.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
        for (place, point) in found.enumerated() {
            #expect(point.allSatisfy { $0 >= 0 && $0 <= 1 } && point != points[place])
            let own = distance(point, points[place])
            for other in points.indices where other % 2 != place % 2 {
                #expect(own <= distance(point, points[other]) + 1e-5, "\(place), \(other)")
            }
        }
    }

    @Test func refusesWhatMakesNoSense() throws {
        let points = try samples([[0.2, 0.5], [0.8, 0.5]], labels: [0, 1])
        let cells = try VoronoiCells(of: points, m: 1)
        let network = try network([1, 0])
        for attack in [
            VoronoiAttack(cells: cells, norm: .linf, stepSize: 0.1, steps: 1, confinement: .project),
            VoronoiAttack(cells: cells, norm: .l2, stepSize: -0.1, steps: 1),
            VoronoiAttack(cells: cells, norm: .l2, stepSize: .nan, steps: 1),
            VoronoiAttack(cells: cells, norm: .l2, stepSize: 0.1, steps: -1),
        ] {
            #expect(throws: AttackError.self) { try attack.makeExecutor(on: network, batchSize: 1, copies: 0) }
        }
    }
}
