import Attacks
import Foundation
import Testing

struct LimitedMemoryBFGSTests {
    private func minimum(
        from start: [Double], in bounds: ClosedRange<Double>, tolerance: Double = 1e-14,
        _ function: ([Double]) -> (Double, [Double])
    ) -> (point: [Double], evaluations: Int) {
        var minimiser = LimitedMemoryBFGS(start: start, bounds: bounds, tolerance: tolerance)
        var evaluations = 0
        while !minimiser.isDone, evaluations < 2000 {
            let (value, gradient) = function(minimiser.point)
            minimiser.take(value: value, gradient: gradient)
            evaluations += 1
        }
        return (minimiser.best, evaluations)
    }

    private func rosenbrock(_ x: [Double]) -> (Double, [Double]) {
        let (a, b) = (1 - x[0], x[1] - x[0] * x[0])
        return (a * a + 100 * b * b, [-2 * a - 400 * x[0] * b, 200 * b])
    }

    @Test func findsTheMinimumOfRosenbrocksValley() {
        let (point, evaluations) = minimum(from: [-1.2, 1], in: -10...10, rosenbrock)
        #expect(abs(point[0] - 1) < 1e-5 && abs(point[1] - 1) < 1e-5)
        #expect(evaluations < 100)
    }

    /// With x₀ ≤ 0.5 the valley's lowest point is (0.5, 0.25).
    @Test func staysInTheBox() {
        let (point, _) = minimum(from: [-0.5, 0.4], in: -0.5...0.5, rosenbrock)
        #expect(abs(point[0] - 0.5) < 1e-6 && abs(point[1] - 0.25) < 1e-6)
    }

    /// The nearest point of a box is known for each coordinate alone, with curvatures from 1 to 50.
    @Test func projectsOntoABox() {
        let centre = (0..<50).map { sin(Double($0)) * 2 }
        let (point, evaluations) = minimum(from: Array(repeating: 0.5, count: 50), in: 0...1) { x in
            let change = zip(x, centre).map(-)
            let weighted = change.enumerated().map { Double($0 + 1) * $1 }
            return (zip(change, weighted).reduce(0) { $0 + $1.0 * $1.1 }, weighted.map { 2 * $0 })
        }
        for (x, c) in zip(point, centre) { #expect(abs(x - min(max(c, 0), 1)) < 1e-5) }
        #expect(evaluations < 200)
    }

    @Test(arguments: [(.nan, [1, 1]), (1, [.nan, 1]), (.infinity, [1, 1]), (1, [0, 0])] as [(Double, [Double])])
    func whatIsNoSlopeEndsIt(_ value: Double, _ gradient: [Double]) {
        var minimiser = LimitedMemoryBFGS(start: [0.5, 0.5], bounds: 0...1)
        minimiser.take(value: value, gradient: gradient)
        #expect(minimiser.isDone && minimiser.best == [0.5, 0.5])
    }

    /// Below 0 there is no logarithm: steps that end there are shortened.
    @Test func stepsToWhereThereIsNoValueAreShortened() {
        let (point, _) = minimum(from: [3], in: -100...100) { x in
            (x[0] - 2 * log(x[0]), [1 - 2 / x[0]])
        }
        #expect(abs(point[0] - 2) < 1e-5)
    }
}
