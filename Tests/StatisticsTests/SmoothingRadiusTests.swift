import Foundation
import SuretyStatistics
import Testing
import TestSupport

@Suite struct SmoothingRadiusTests {
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func radiiMatchTheTableAndNeverOverstate() throws {
        var compared = 0
        for row in try ReferenceTable("reference/clopper_pearson.csv").rows {
            let (k, n, alpha) = (Int(row["k"]!), Int(row["n"]!), row["alpha"]!)
            let pA = try ClopperPearson.lowerBound(successes: k, trials: n, alpha: alpha)
            for sigma in [0.12, 0.25, 1, 3.7] {
                let radius = try SmoothingRadius.l2(sigma: sigma, pALower: pA)
                guard let truth = row["radius_over_sigma"] else {
                    #expect(radius == nil)
                    continue
                }
                let certified = try #require(radius)
                #expect(certified <= truth * sigma, "\(k) of \(n) at \(alpha)")
                // Relative to the bound's own tolerance: dz = dp / φ(z).
                let density = exp(-truth * truth / 2) / (2 * Double.pi).squareRoot()
                #expect(certified >= sigma * (truth * (1 - 1e-13) - 1e-9 * pA / density), "\(k) of \(n) at \(alpha)")
                compared += 1
            }
        }
        #expect(compared > 400)
    }

    /// With all n votes pA = α^(1/n); at n = 10⁵ and α = 10⁻³ the radius saturates at 3.8115 σ.
    @Test func saturation() throws {
        let pA = try ClopperPearson.lowerBound(successes: 100_000, trials: 100_000, alpha: 0.001)
        let radius = try #require(try SmoothingRadius.l2(sigma: 1, pALower: pA))
        #expect(abs(radius - 3.8115) < 5e-5)
    }

    @Test func twoBoundsOfComplementsEqualOneBound() throws {
        for pA in [0.5000001, 0.6, 0.75, 0.9, 0.99609375] {
            let one = try #require(try SmoothingRadius.l2(sigma: 0.5, pALower: pA))
            let two = try #require(try SmoothingRadius.l2(sigma: 0.5, pALower: pA, pBUpper: 1 - pA))
            #expect(abs(one - two) <= 1e-13 * one)
        }
        // A smaller second class gives a larger radius, also where one bound certifies nothing.
        let some = try SmoothingRadius.l2(sigma: 1, pALower: 0.4, pBUpper: 0.2)
        #expect(abs(try #require(some) - 0.2941370652185573) < 1e-12)
        #expect(try SmoothingRadius.l2(sigma: 1, pALower: 0.4) == nil)
    }

    @Test func nothingIsCertifiedBelowTheThreshold() throws {
        #expect(try SmoothingRadius.l2(sigma: 1, pALower: 0.5.nextDown) == nil)
        #expect(try SmoothingRadius.l2(sigma: 1, pALower: 0.5) == 0)
        #expect(try SmoothingRadius.l2(sigma: 1, pALower: 0.3, pBUpper: 0.3) == nil)
        #expect(try SmoothingRadius.l2(sigma: 1, pALower: 0.3, pBUpper: 1) == nil)
    }

    @Test(arguments: [1, 2, 3, 784, 3072, 150_528])
    func infinityRadiusNeverExceeds(dimensions: Int) throws {
        for radius in [0, 1e-9, 0.1, 0.5727, 3.8115] {
            let linf = try SmoothingRadius.linf(l2: radius, dimensions: dimensions)
            #expect(linf * Double(dimensions).squareRoot() <= radius)
            #expect(linf >= radius / Double(dimensions).squareRoot() * (1 - 1e-15))
        }
    }

    @Test func independentRouteAgrees() throws {
        for pA in [0.51, 0.7, 0.99, 0.99993] {
            let radius = try #require(try SmoothingRadius.l2(sigma: 0.25, pALower: pA))
            let independent = try #require(try SmoothingRadius.independentL2(sigma: 0.25, pALower: pA, pBUpper: nil))
            #expect(abs(radius - independent) <= 1e-13 * radius)
            let two = try #require(try SmoothingRadius.l2(sigma: 0.25, pALower: pA, pBUpper: 0.001))
            let other = try #require(try SmoothingRadius.independentL2(sigma: 0.25, pALower: pA, pBUpper: 0.001))
            #expect(abs(two - other) <= 1e-13 * two)
        }
        #expect(try SmoothingRadius.independentL2(sigma: 0.25, pALower: 0.49, pBUpper: nil) == nil)
    }

    @Test func refusesNonsense() {
        for sigma in [0, -1, .infinity, .nan] {
            #expect(throws: StatisticsError.self) { try SmoothingRadius.l2(sigma: sigma, pALower: 0.9) }
            #expect(throws: StatisticsError.self) { try SmoothingRadius.l2(sigma: sigma, pALower: 0.9, pBUpper: 0.1) }
        }
        for p in [-0.1, 1.1, .nan] {
            #expect(throws: StatisticsError.self) { try SmoothingRadius.l2(sigma: 1, pALower: p) }
            #expect(throws: StatisticsError.self) { try SmoothingRadius.l2(sigma: 1, pALower: 0.9, pBUpper: p) }
        }
        #expect(throws: StatisticsError.countNotPositive(name: "dimensions", value: 0)) {
            try SmoothingRadius.linf(l2: 1, dimensions: 0)
        }
    }
}
