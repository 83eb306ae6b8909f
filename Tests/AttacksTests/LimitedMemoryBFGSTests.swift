import Foundation
import SuretyAttacks
import Testing
import TestSupport

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

    /// There is no logarithm below 0: steps that end there are shortened.
    @Test func stepsToWhereThereIsNoValueAreShortened() {
        let (point, _) = minimum(from: [3], in: -100...100) { x in
            (x[0] - 2 * log(x[0]), [1 - 2 / x[0]])
        }
        #expect(abs(point[0] - 2) < 1e-5)
    }

    /// The minimum of a convex quadratic in a box whose variables depend on one another, against all 3⁴ sets of active bounds: the
    /// one whose solution satisfies the conditions of Karush, Kuhn and Tucker.
    @Test(arguments: 0..<20)
    func findsTheConstrainedMinimumOfQuadratics(_ seed: Int) throws {
        var generator = SeededGenerator(seed: seed)
        let n = 4
        let root = (0..<n).map { _ in (0..<n).map { _ in Double.random(in: -1...1, using: &generator) } }
        // A = RᵀR + 0.1·I.
        let a = (0..<n).map { i in (0..<n).map { j in (0..<n).reduce(i == j ? 0.1 : 0) { $0 + root[$1][i] * root[$1][j] } } }
        let b = (0..<n).map { _ in Double.random(in: -2...2, using: &generator) }
        func slope(_ x: [Double]) -> [Double] { (0..<n).map { i in zip(a[i], x).reduce(-b[i]) { $0 + $1.0 * $1.1 } } }
        func value(_ x: [Double]) -> Double { zip(x, zip(slope(x), b)).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) / 2 } }
        let solutions = (0..<81).compactMap { number -> [Double]? in
            let states = (0..<n).map { number / [1, 3, 9, 27][$0] % 3 }
            let x = solve(a, b, fixed: states.map { $0 == 2 ? nil : Double($0) })
            let slope = slope(x)
            let isMinimum = states.indices.allSatisfy { i in
                switch states[i] {
                case 0: slope[i] >= 0
                case 1: slope[i] <= 0
                default: (0...1).contains(x[i])
                }
            }
            return isMinimum ? x : nil
        }
        let expected = try #require(solutions.first)
        let (point, evaluations) = minimum(from: Array(repeating: 0.5, count: n), in: 0...1) { (value($0), slope($0)) }
        #expect(abs(value(point) - value(expected)) < 1e-9 && evaluations < 200, "\(evaluations)")
        for (x, y) in zip(point, expected) { #expect(abs(x - y) < 1e-4, "\(point), not \(expected)") }
    }

    /// A·x = b with some variables fixed and their rows left out, by Gauss's elimination.
    private func solve(_ a: [[Double]], _ b: [Double], fixed: [Double?]) -> [Double] {
        var x = fixed.map { $0 ?? 0 }
        let free = fixed.indices.filter { fixed[$0] == nil }
        var rows = free.map { i in free.map { a[i][$0] } + [zip(a[i], x).reduce(b[i]) { $0 - $1.0 * $1.1 }] }
        for k in free.indices {
            for i in free.indices where i > k {
                let factor = rows[i][k] / rows[k][k]
                for j in rows[i].indices { rows[i][j] -= factor * rows[k][j] }
            }
        }
        for k in free.indices.reversed() {
            let known = free.indices.filter { $0 > k }.reduce(rows[k][free.count]) { $0 - rows[k][$1] * x[free[$1]] }
            x[free[k]] = known / rows[k][k]
        }
        return x
    }
}
