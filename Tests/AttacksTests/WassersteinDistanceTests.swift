import Foundation
import SuretyAttacks
import Testing
import TestSupport

struct WassersteinDistanceTests {
    private func transport(
        _ x: [Float], _ z: [Float], shape: [Int], exponent: Double = 2
    ) throws -> WassersteinDistance.Transport {
        try WassersteinDistance(groundCost: GroundCost(exponent: exponent)).between(x, z, shape: shape)
    }

    private func dirac(_ y: Int, _ x: Int, height: Int = 5, width: Int = 7) -> [Float] {
        (0..<height * width).map { $0 == y * width + x ? 0.8 : 0 }
    }

    @Test(arguments: [(1.0, 5.0), (2, 25), (3, 125), (0.5, 2.2360679774997896)])
    func aPointMovesByItsDistance(_ exponent: Double, _ expected: Double) throws {
        let found = try transport(dirac(0, 1), dirac(3, 5), shape: [1, 5, 7], exponent: exponent)
        #expect(abs(found.cost - expected) < 1e-5)
        #expect(found.massError == 0)
    }

    /// On a line the cheapest plan keeps the order; for p = 1 its cost is the area between the distribution functions.
    @Test func onALineItIsTheAreaBetweenDistributions() throws {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<5 {
            let x = (0..<20).map { _ in Float.random(in: 0...1, using: &generator) }
            let z = (0..<20).map { $0 % 3 == 0 ? 0 : Float.random(in: 0...1, using: &generator) }
            let totals = (x.reduce(0) { $0 + Double($1) }, z.reduce(0) { $0 + Double($1) })
            var (area, difference) = (0.0, 0.0)
            for i in 0..<20 {
                difference += Double(x[i]) / totals.0 - Double(z[i]) / totals.1
                area += abs(difference)
            }
            let found = try transport(x, z, shape: [1, 1, 20], exponent: 1)
            #expect(abs(found.cost - area) < 1e-9)
            #expect(abs(found.massError - abs(totals.1 - totals.0) / totals.0) < 1e-12)
        }
    }

    /// Between images with equally many, equally bright pixels, some cheapest plan is an assignment.
    @Test(arguments: [1.0, 2])
    func equalPixelsAreAssigned(_ exponent: Double) throws {
        var generator = SeededGenerator(seed: 5)
        let cost = GroundCost(exponent: exponent)
        for _ in 0..<5 {
            func places() -> [Int] { Array((0..<20).shuffled(using: &generator).prefix(6)) }
            let (from, to) = (places(), places())
            func least(_ rest: [Int], _ open: Set<Int>) -> Double {
                guard let a = rest.first else { return 0 }
                return open.map { b in
                    cost(a % 5 - b % 5, a / 5 - b / 5) + least(Array(rest.dropFirst()), open.subtracting([b]))
                }.min() ?? 0
            }
            func image(_ places: [Int], _ level: Float) -> [Float] { (0..<20).map { places.contains($0) ? level : 0 } }
            let found = try transport(image(from, 0.5), image(to, 0.25), shape: [1, 4, 5], exponent: exponent)
            #expect(abs(found.cost - least(from, Set(to)) / 6) < 1e-6)
            #expect(found.massError == 0.5)
        }
    }

    @Test func channelsAreWeighedByTheirMass() throws {
        // A quarter of the mass moves by a pixel, the rest stays.
        let x: [Float] = [0.2, 0, 0, 0.6, 0, 0]
        let z: [Float] = [0, 0.2, 0, 0.6, 0, 0]
        #expect(abs(try transport(x, z, shape: [2, 1, 3]).cost - 0.25) < 1e-6)
    }

    @Test func anImageIsNotAwayFromItself() throws {
        var generator = SeededGenerator(seed: 6)
        let x = (0..<64).map { _ in Float.random(in: 0...1, using: &generator) }
        #expect(try transport(x, x, shape: [1, 8, 8]) == .init(cost: 0, massError: 0))
        let black = [Float](repeating: 0, count: 64)
        #expect(try transport(black, black, shape: [1, 8, 8]) == .init(cost: 0, massError: 0))
    }

    @Test func whatHasNoDistanceIsRefused() throws {
        let black = [Float](repeating: 0, count: 4)
        #expect(throws: AttackError.self) { try transport(black, [0, 1, 0, 0], shape: [1, 2, 2]) }
        #expect(throws: AttackError.self) { try transport([0, 1, 0, 0], black, shape: [1, 2, 2]) }
        #expect(throws: AttackError.self) { try transport([0, .nan, 0, 0], [0, 1, 0, 0], shape: [1, 2, 2]) }
        #expect(throws: AttackError.self) { try transport([0, 1, 0, 0], [0, -1, 1, 0], shape: [1, 2, 2]) }
        #expect(throws: AttackError.self) { try transport([0, 1, 0], [0, 1, 0, 0], shape: [1, 2, 2]) }
        #expect(throws: AttackError.self) { try transport([0, 1, 0, 0], [0, 1, 0, 0], shape: [4]) }
    }
}
