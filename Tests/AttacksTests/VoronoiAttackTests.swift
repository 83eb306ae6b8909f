import SuretyAttacks
import SuretyDatasets
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

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
        try attacked(attack, on: network, samples, indices).points
    }

    /// Where the images end, and how many were stopped by their cells.
    private func attacked(
        _ attack: VoronoiAttack, on network: Network, _ samples: LabelledImages, _ indices: [Int]
    ) throws -> (points: [[Float]], confined: Int?) {
        let executor = try attack.makeExecutor(on: network, batchSize: indices.count, copies: 0)
        let batch = AttackBatch(
            images: Images(samples.images(at: indices)), labels: indices.map(samples.label(at:)), indices: indices, seed: 1,
            trial: 0)
        return (try executor.run(batch, parameters: network.parameters).map { Array($0) }, executor.confined)
    }

    /// Two samples 0.6 apart along w: the cells meet half-way, at 0.3, where steps of 0.08 stop at 3, 0.24.
    @Test(arguments: VoronoiAttack.norms)
    func stopsAtTheLastStepInside(norm: Norm) throws {
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

    /// A point half-way belongs to neither sample, be the coordinates exact or rounded.
    @Test(arguments: VoronoiAttack.norms, [(0.25, 0.125, 0.125), (0.2, 0.1, 0.2), (0.1, 0.2, 0.2)])
    func aTieIsOutside(norm: Norm, _ place: (first: Double, step: Double, reached: Double)) throws {
        let points = try samples([[Float(place.first), 0.5], [Float(1 - place.first), 0.5]], labels: [0, 1])
        for confinement in VoronoiAttack.Confinement.allCases where norm == .l2 || confinement == .stop {
            let attack = VoronoiAttack(
                cells: try VoronoiCells(of: points, m: 1), norm: norm, stepSize: Float(place.step), steps: 9,
                confinement: confinement)
            let (found, confined) = try attacked(attack, on: network([1, 0]), points, [0, 1])
            #expect(confined == 2)
            // Steps that are projected come as near to the half as the projection lets them, and no nearer.
            let end = confinement == .stop ? place.first + place.reached : 0.4999
            #expect(abs(Double(found[0][0]) - end) < 2e-4 && found[0][0] < 0.5, "\(found)")
            #expect(abs(Double(found[1][0]) - 1 + end) < 2e-4 && found[1][0] > 0.5, "\(found)")
        }
    }

    /// Two samples share their first pixel: where that pixel has moved furthest, the samples are equally near in ℓ∞, and
    /// every step beyond would be within "at most as far".
    @Test func aPixelThatSamplesShareOpensNoCell() throws {
        let points = try samples([[0, 0.125], [0, 0.875]], labels: [0, 1])
        let attack = VoronoiAttack(cells: try VoronoiCells(of: points, m: 1), norm: .linf, stepSize: 0.125, steps: 8)
        let (found, confined) = try attacked(attack, on: network([1, 1]), points, [0])
        #expect(found[0] == [0.25, 0.375] && confined == 1)
    }

    /// An image that is also a sample of another class has no cell, and stays.
    @Test(arguments: VoronoiAttack.Confinement.allCases)
    func aSampleOfTwoClassesStays(confinement: VoronoiAttack.Confinement) throws {
        let points = try samples([[0.5, 0.5], [0.5, 0.5], [0.9, 0.9], [0.1, 0.1]], labels: [0, 1, 0, 1])
        let attack = VoronoiAttack(
            cells: try VoronoiCells(of: points, m: 2), norm: .l2, stepSize: 0.05, steps: 4, confinement: confinement)
        let (found, confined) = try attacked(attack, on: network([1, 0]), points, [0, 2])
        #expect(found[0] == [0.5, 0.5] && found[1][0] > 0.9 && confined == 1)
    }

    /// Every combination of the cells' and the steps' norms and of m, step by step and distance by distance in `Double`.
    @Test(arguments: VoronoiAttack.norms, VoronoiAttack.norms)
    func agreesWithBruteForce(norm: Norm, stepNorm: Norm) throws {
        var generator = SeededGenerator(seed: 21)
        let points = (0..<40).map { _ in [0, 1].map { _ in Float.random(in: 0...1, using: &generator) } }
        let samples = try samples(points, labels: points.indices.map { $0 % 2 })
        let (weights, step, steps) = ([1, 0.5] as [Float], 0.02, 15)
        var ends: [[[Float]]] = []
        for m in [1, 10] {
            let cells = try VoronoiCells(of: samples, m: m)
            let attack = VoronoiAttack(cells: cells, norm: norm, stepNorm: stepNorm, stepSize: Float(step), steps: steps)
            let (found, confined) = try attacked(attack, on: network(weights), samples, Array(points.indices))
            let expected = points.indices.map { place in
                let others = points.indices.filter { $0 % 2 != place % 2 }.map { points[$0].map(Double.init) }
                return BruteForceAscent(norm: norm, stepNorm: stepNorm, step: step, steps: steps)
                    .end(from: points[place].map(Double.init), others, m: m, uphill: weights.map { place % 2 == 0 ? Double($0) : -Double($0) })
            }
            for place in points.indices {
                #expect(zip(found[place], expected[place].point).allSatisfy { abs(Double($0) - $1) < 1e-5 }, "\(m), \(place)")
            }
            #expect(confined == expected.count { $0.isConfined })
            ends.append(found)
        }
        // Ten neighbours stop images that one does not.
        #expect(points.indices.contains { ends[0][$0] != ends[1][$0] })
    }

    /// The cell of (0.5, 0.5) among four neighbours at distances 0.2, 0.3, 0.4 and 0.1 along the axes is a box,
    /// which samples of its own class do not cut. Projection ends 10⁻⁴ of the way before its border.
    @Test func projectionReachesTheCornerOfTheCell() throws {
        let own: [[Float]] = [[0.5, 0.5], [0.52, 0.5], [0.55, 0.55], [1, 1]]
        let points = try samples(own + [[0.7, 0.5], [0.5, 0.8], [0.1, 0.5], [0.5, 0.4]], labels: [0, 0, 0, 0, 1, 1, 1, 1])
        let cells = try VoronoiCells(of: points, m: 4)
        let attack = VoronoiAttack(cells: cells, norm: .l2, stepSize: 0.05, steps: 40, confinement: .project)
        let found = try run(attack, on: network([1, 2]), points, [0])
        #expect(abs(found[0][0] - 0.59999) < 2e-6 && abs(found[0][1] - 0.649985) < 2e-6, "\(found)")
        let other = try run(attack, on: network([-1, -0.3]), points, [0])
        #expect(abs(other[0][0] - 0.30002) < 2e-6 && abs(other[0][1] - 0.450005) < 2e-6, "\(other)")
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

    /// By the definition of the cell, distance by distance: nearer to its own sample than to any of the neighbours.
    @Test(arguments: [(Norm.l2, VoronoiAttack.Confinement.stop), (.linf, .stop), (.l2, .project)], VoronoiAttack.norms)
    func imagesStayInTheirCells(_ cell: (norm: Norm, confinement: VoronoiAttack.Confinement), stepNorm: Norm) throws {
        let norm = cell.norm
        var generator = SeededGenerator(seed: 9)
        let points = (0..<40).map { _ in (0..<6).map { _ in Float.random(in: 0...1, using: &generator) } }
        let samples = try samples(points, labels: points.indices.map { $0 % 2 })
        let network = try Architecture.mlp.network(imageShape: [1, 1, 6], classCount: 2, seed: 3)
        let attack = VoronoiAttack(
            cells: try VoronoiCells(of: samples, m: 20), norm: norm, stepNorm: stepNorm, stepSize: 0.03, steps: 30,
            confinement: cell.confinement)
        let found = try run(attack, on: network, samples, Array(points.indices))
        func distance(_ a: [Float], _ b: [Float]) -> Double {
            let changes = zip(a, b).map { abs(Double($0) - Double($1)) }
            return norm == .linf ? changes.max() ?? 0 : changes.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
        for (place, point) in found.enumerated() {
            #expect(point.allSatisfy { $0 >= 0 && $0 <= 1 } && point != points[place])
            let own = distance(point, points[place])
            for other in points.indices where other % 2 != place % 2 {
                #expect(own < distance(point, points[other]), "\(place), \(other)")
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

/// Ascent along a fixed direction, up to the last step within the cell of the m nearest of some other samples: by the
/// definition, in `Double`.
private struct BruteForceAscent {
    let norm: Norm
    let stepNorm: Norm
    let step: Double
    let steps: Int

    func end(
        from start: [Double], _ others: [[Double]], m: Int, uphill: [Double]
    ) -> (point: [Double], isConfined: Bool) {
        let nearest = others.sorted { distance($0, start, .l2) < distance($1, start, .l2) }.prefix(m)
        let length = distance(uphill, uphill.map { _ in 0 }, .l2)
        let change = uphill.map { stepNorm == .linf ? ($0 > 0 ? step : -step) : step * $0 / length }
        var point = start
        for _ in 0..<steps {
            let next = zip(point, change).map { min(max($0 + $1, 0), 1) }
            let own = distance(next, start, norm)
            guard nearest.allSatisfy({ own < distance(next, $0, norm) }) else { return (point, true) }
            point = next
        }
        return (point, false)
    }

    private func distance(_ a: [Double], _ b: [Double], _ norm: Norm) -> Double {
        let changes = zip(a, b).map { abs($0 - $1) }
        return norm == .linf ? changes.max() ?? 0 : changes.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
}
