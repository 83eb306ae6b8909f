import SuretyTensors
import Testing
import TestSupport

struct BallTests {
    private func projected(_ ball: Ball, _ point: [Float], around center: [Float]) -> [Float] {
        let rows = Images([point, center], shape: [point.count])
        ball.project(rows[0], around: rows[1])
        return Array(rows[0])
    }

    private func ascended(_ ball: Ball, _ point: [Float], along gradient: [Float], step: Float, around center: [Float]) -> [Float] {
        let rows = Images([point, gradient, center], shape: [point.count])
        ball.ascend(rows[0], along: rows[1], step: step, around: rows[2])
        return Array(rows[0])
    }

    private func distance(_ norm: Norm, _ a: [Float], _ b: [Float]) -> Float {
        let rows = Images([a, b], shape: [a.count])
        return norm.distance(rows[0], rows[1])
    }

    private func expectNear(_ found: [Float], _ expected: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(
            found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 },
            "\(found) ≠ \(expected)", sourceLocation: sourceLocation)
    }

    @Test func distances() {
        #expect(distance(.l2, [0.3, 0.4, 0.5], [0, 0.8, 0.5]) == 0.5)
        #expect(distance(.linf, [0.3, 0.4, 0.5], [0, 0.8, 0.5]) == 0.4)
        #expect(distance(.l2, [0.2], [0.2]) == 0)
        // In double precision: 2⁻³⁰ beside 1 is not lost.
        let one: [Float] = [1, 0], other: [Float] = [-0x1p-30, 0]
        #expect(Norm.linf.distance(one, other) == 1 + 0x1p-30)
        #expect(Norm.l2.distance([0.75, 0.5], [0.375, 0] as [Float]) == 0.625)
        // What has no length is not near.
        for norm in Norm.allCases {
            #expect(norm.distance([0, .nan, 0.5], [0, 0, 0] as [Float]).isNaN)
            #expect(distance(norm, [0, .nan, 0.5], [0, 0, 0]).isNaN)
        }
    }

    /// ‖v‖₂ ≤ √d ‖v‖∞ with v = (1, …, 1), and ‖v‖∞ ≤ ‖v‖₂ with v = (1, 0, …, 0).
    @Test func largestLengthsOfUnitVectors() {
        #expect(Norm.l2.largestLength(ofUnitIn: .linf, dimensions: 784) == 28)
        #expect(Norm.linf.largestLength(ofUnitIn: .l2, dimensions: 784) == 1)
        for norm in Norm.allCases { #expect(norm.largestLength(ofUnitIn: norm, dimensions: 3072) == 1) }
    }

    @Test func projectionOnTheEuclideanBallShortensTheDifference() {
        // (0.3, 0.4) beyond the centre is 0.5 long; at radius 0.25 it is halved.
        expectNear(projected(Ball(.l2, radius: 0.25), [0.8, 0.9], around: [0.5, 0.5]), [0.65, 0.7])
        expectNear(projected(Ball(.l2, radius: 0.6), [0.8, 0.9], around: [0.5, 0.5]), [0.8, 0.9])
        expectNear(projected(Ball(.l2, radius: 2), [1.5, -0.5], around: [0.5, 0.5]), [1, 0])
    }

    @Test func projectionOnTheCubeClipsEachPixel() {
        expectNear(projected(Ball(.linf, radius: 0.1), [0.9, 0.1, 0.55], around: [0.5, 0.5, 0.5]), [0.6, 0.4, 0.55])
        expectNear(projected(Ball(.linf, radius: 0.3), [1.4, -1], around: [0.9, 0.1]), [1, 0])
    }

    @Test func steepestSteps() {
        let center: [Float] = [0.5, 0.5, 0.5]
        expectNear(
            ascended(Ball(.linf, radius: 0.5), center, along: [3, -1e-20, 0], step: 0.1, around: center), [0.6, 0.4, 0.5])
        // The unit vector along (3, −4, 0), times 0.1.
        expectNear(
            ascended(Ball(.l2, radius: 0.5), center, along: [3, -4, 0], step: 0.1, around: center), [0.56, 0.42, 0.5])
        expectNear(
            ascended(Ball(.l2, radius: 0.05), center, along: [3, -4, 0], step: 0.1, around: center), [0.53, 0.46, 0.5])
    }

    /// Squares of these gradients leave the range of single precision.
    @Test(arguments: [1e-30, 1e-37, 1e30] as [Float])
    func theLengthOfAGradientDoesNotMatter(_ scale: Float) {
        let center: [Float] = [0.5, 0.5]
        let found = ascended(Ball(.l2, radius: 1), center, along: [3 * scale, -4 * scale], step: 0.1, around: center)
        expectNear(found, [0.56, 0.42])
    }

    @Test(arguments: Norm.allCases)
    func zeroAndNaNMoveNothing(_ norm: Norm) {
        let center: [Float] = [0.5, 0.2, 0.9]
        for gradient: [Float] in [[0, 0, 0], [.nan, .nan, .nan]] {
            #expect(ascended(Ball(norm, radius: 0.3), center, along: gradient, step: 0.1, around: center) == center)
        }
        let one = ascended(Ball(norm, radius: 0.3), center, along: [.nan, 0, 0], step: 0.1, around: center)
        #expect(one == center)
    }

    @Test(arguments: Norm.allCases)
    func ascentStaysInTheBallAndInTheCube(_ norm: Norm) {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            let ball = Ball(norm, radius: .random(in: 0...0.7, using: &generator))
            let center = (0..<9).map { _ in Float.random(in: 0...1, using: &generator) }
            var point = center
            for _ in 0..<5 {
                let gradient = (0..<9).map { _ in Float.random(in: -2...2, using: &generator) }
                point = ascended(ball, point, along: gradient, step: .random(in: 0...0.5, using: &generator), around: center)
                #expect(distance(norm, point, center) <= ball.radius * (1 + 1e-6) + 1e-7)
                #expect(point.allSatisfy { (0...1).contains($0) })
            }
            #expect(zip(projected(ball, point, around: center), point).allSatisfy { abs($0 - $1) <= 1e-6 })
        }
    }

    @Test(arguments: Norm.allCases)
    func aBallWithoutRadiusIsItsCentre(_ norm: Norm) {
        let center: [Float] = [0, 0.25, 1]
        #expect(ascended(Ball(norm, radius: 0), center, along: [1, -1, 1], step: 0.1, around: center) == center)
    }
}
