import SuretySmoothing
import Testing
import TestSupport

@Suite struct BallSearchTests {
    /// Balls around random points, more and less crowded, in both norms: what a plain loop in double precision finds.
    @Test(arguments: [true, false], [2, 33, 784])
    func findsWhatAPlainLoopFinds(isEuclidean: Bool, dimensions: Int) throws {
        var random = SeededGenerator(seed: dimensions)
        let count = 300
        // Some near the middle and some far from it, in any number of dimensions.
        let images = (0..<count).map { _ in
            let spread = Float.random(in: 0...0.5, using: &random)
            return (0..<dimensions).map { _ in 0.5 + spread * Float.random(in: -1...1, using: &random) }
        }
        let scale = isEuclidean ? 0.2 * Double(dimensions).squareRoot() : 0.4
        let radii = (0..<count).map { _ in scale * Double.random(in: 0...1, using: &random) }
        let classes = (0..<count).map { _ in Int.random(in: 0...3, using: &random) }
        let search = BallSearch(images, radii: radii, classes: classes, isEuclidean: isEuclidean)
        let found = try search.overlaps(threads: 2, keeping: .max)
        let expected = (0..<count).flatMap { i in
            (i + 1..<max(i + 1, count)).filter { j in
                let differences = zip(images[i], images[j]).map { abs(Double($0) - Double($1)) }
                let distance = isEuclidean
                    ? differences.reduce(0) { $0 + $1 * $1 }.squareRoot() : differences.max() ?? 0
                return classes[i] != classes[j] && distance < radii[i] + radii[j]
            }.map { [i, $0] }
        }
        #expect(found.count == expected.count && found.pairs.map { [$0.first, $0.second] } == expected)
        #expect(expected.count > 20 && expected.count < count * count / 3, "\(expected.count) tell little")
        let few = try search.overlaps(threads: 1, keeping: 7)
        #expect(few.count == expected.count && few.pairs.map { [$0.first, $0.second] } == Array(expected.prefix(7)))
    }

    /// Where two balls touch, no point has two classes: whatever rounding does, there is no finding. If they are a little
    /// nearer, there is.
    @Test(arguments: [true, false], [1, 784, 3072])
    func touchingBallsAreNoOverlap(isEuclidean: Bool, dimensions: Int) throws {
        var random = SeededGenerator(seed: 9)
        let steps: [Float] = [0.25, 0.125, 0.0625]
        for _ in 0..<50 {
            // Multiples of 2⁻¹⁰ from 0 to ½ and a difference of 2⁻ᵏ everywhere: the distance is exact, and so are its parts.
            let step = steps[Int.random(in: 0..<3, using: &random)]
            let first = (0..<dimensions).map { _ in Float(Int.random(in: 0...512, using: &random)) / 1024 }
            let second = first.map { $0 + step }
            let exact = isEuclidean ? Double(step) * Double(dimensions).squareRoot() : Double(step)
            let part = Double.random(in: 0.1...0.9, using: &random)
            func overlaps(_ sum: Double) throws -> Int {
                try BallSearch(
                    [first, second], radii: [part * sum, sum - part * sum], classes: [0, 1], isEuclidean: isEuclidean
                ).overlaps(threads: 1, keeping: 9).count
            }
            #expect(try overlaps(exact) == 0)
            #expect(try overlaps(exact * (1 + 1e-11)) == 1)
        }
    }

    @Test func oneClassOrNoRadiusIsNoOverlap() throws {
        let images: [[Float]] = [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]
        func count(_ radii: [Double], _ classes: [Int]) throws -> Int {
            try BallSearch(images, radii: radii, classes: classes, isEuclidean: true).overlaps(threads: 1, keeping: 9).count
        }
        #expect(try count([1, 1, 1], [4, 4, 4]) == 0)
        #expect(try count([0, 0, 0], [1, 2, 3]) == 0)
        #expect(try count([0, 0, 1e-9], [1, 2, 3]) == 2)
        #expect(try BallSearch([], radii: [], classes: [], isEuclidean: true).overlaps(threads: 2, keeping: 9).count == 0)
    }
}
