import Foundation
import SuretyAttacks
import Testing
import TestSupport

struct SinkhornProjectionTests {
    /// On two pixels the plan has two free numbers, what each sends to the other: the optimum of the paper's objective is
    /// found by looking at all of them.
    @Test(arguments: [0.05, 0.2, 2])
    func twoPixelsMatchAnExhaustiveSearch(_ radius: Double) throws {
        let (x, y, lambda) = ([0.7, 0.3], [0.2, 0.9], 20.0)
        func objective(_ s: Double, _ t: Double) -> Double {
            let plan = [x[0] - s, s, t, x[1] - t]
            let z = [plan[0] + t, plan[3] + s]
            let square = (y[0] - z[0]) * (y[0] - z[0]) + (y[1] - z[1]) * (y[1] - z[1])
            return lambda / 2 * square + plan.reduce(0) { $1 > 0 ? $0 + $1 * log($1) : $0 }
        }
        var (best, found) = (Double.infinity, [0.0, 0.0])
        for i in 0...1400 {
            for j in 0...600 {
                let (s, t) = (Double(i) / 2000, Double(j) / 2000)
                if s + t > radius + 1e-12 { break }
                let value = objective(s, t)
                if value < best { (best, found) = (value, [x[0] - s + t, x[1] - t + s]) }
            }
        }
        let window = try TransportWindow(shape: [1, 1, 2], size: 3, groundCost: GroundCost())
        let projection = SinkhornProjection(window: window, lambda: lambda, tolerance: 1e-9, iterations: 10_000)
        projection.begin(at: x)
        var z = y
        projection.project(&z, radius: radius)
        #expect(abs(z[0] - found[0]) < 1e-3 && abs(z[1] - found[1]) < 1e-3, "\(z) ≠ \(found)")
    }

    /// Zero pixels, and images whose whole mass is on one pixel: λy is then 1000, beyond the range of exponentials.
    @Test(arguments: [1.0, 1e-3], [0, 0.01, 1])
    func aSinglePixelDoesNotOverflow(_ step: Double, _ radius: Double) throws {
        let window = try TransportWindow(shape: [1, 6, 5], size: 5, groundCost: GroundCost())
        let projection = SinkhornProjection(window: window, lambda: 1000, tolerance: 1e-3, iterations: 2000)
        let x = (0..<30).map { $0 == 12 ? 1.0 : 0 }
        projection.begin(at: x)
        var z = x.enumerated().map { $1 + ($0 % 2 == 0 ? step : -step) }
        projection.project(&z, radius: radius)
        #expect(z.allSatisfy { $0.isFinite && $0 >= 0 })
        #expect(abs(z.reduce(0, +) - 1) < 0.01)
        // Nothing gets farther than the window.
        for i in 0..<30 where abs(i / 5 - 2) > 2 || abs(i % 5 - 2) > 2 { #expect(z[i] == 0) }
        if radius == 0 { #expect(z[12] > 0.99) }
    }

    @Test func staysInTheBallAndKeepsTheMass() throws {
        var generator = SeededGenerator(seed: 3)
        let shape = [2, 8, 8]
        let window = try TransportWindow(shape: shape, size: 5, groundCost: GroundCost())
        let projection = SinkhornProjection(window: window, lambda: 1000, tolerance: 1e-4, iterations: 5000)
        let raw = (0..<128).map { $0 % 3 == 0 ? 0 : Double.random(in: 0...1, using: &generator) }
        let mass = raw.reduce(0, +)
        let x = raw.map { $0 / mass }
        projection.begin(at: x)
        for radius in [0.02, 0.1, 0.4] {
            var z = x.map { $0 + Double.random(in: -0.02...0.02, using: &generator) }
            projection.project(&z, radius: radius)
            #expect(abs(z.reduce(0, +) - 1) < 1e-3)
            let distance = try WassersteinDistance().between(x.map(Float.init), z.map(Float.init), shape: shape)
            #expect(distance.cost <= radius * 1.01, "\(distance.cost) > \(radius)")
        }
    }

    /// A point of the ball comes back nearly as it was, if closeness weighs enough against entropy.
    @Test func aPointWithinStays() throws {
        let window = try TransportWindow(shape: [1, 3, 3], size: 3, groundCost: GroundCost())
        let projection = SinkhornProjection(window: window, lambda: 1e5, tolerance: 1e-6, iterations: 20_000)
        projection.begin(at: Array(repeating: 1.0 / 9, count: 9))
        let y = (0..<9).map { 1.0 / 9 + ($0 == 4 ? 0.002 : $0 == 5 ? -0.002 : 0) }
        var z = y
        projection.project(&z, radius: 0.5)
        for (a, b) in zip(z, y) { #expect(abs(a - b) < 1e-3) }
    }

    @Test func windowsOfWrongSizesAreRefused() {
        for size in [0, 4, -1, 65] {
            #expect(throws: AttackError.self) {
                _ = try TransportWindow(shape: [1, 8, 8], size: size, groundCost: GroundCost())
            }
        }
        #expect(throws: AttackError.self) { _ = try TransportWindow(shape: [64], size: 5, groundCost: GroundCost()) }
        #expect(throws: AttackError.self) {
            _ = try TransportWindow(shape: [1, 8, 8], size: 5, groundCost: GroundCost(exponent: -1))
        }
    }
}
