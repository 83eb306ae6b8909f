import Foundation
import SuretyStatistics
import Testing
import TestSupport

@Suite struct NormalDistributionTests {
    /// Φ⁻¹(p) of the double nearest to p, with 20 digits from mpmath at 60.
    static let quantiles: [(p: Double, z: Double)] = [
        (1e-300, -37.047096299361199237),
        (1e-100, -21.273453560965324294),
        (1e-20, -9.2623400897984075796),
        (1e-09, -5.9978070150076868614),
        (1e-05, -4.2648907939228246102),
        (0.001, -3.0902323061678135354),
        (0.0668, -1.5000556030177840912),
        (0.3, -0.52440051270804081597),
        (0.45, -0.12566134685507400616),
        (0.4999999, -2.5066282747031065135e-7),
        (0.5000000001, 2.5066284820303539022e-10),
        (0.500001, 2.5066282747057051991e-6),
        (0.51, 0.025068908258711058033),
        (0.6, 0.25334710313579974132),
        (0.75, 0.6744897501960817432),
        (0.9, 1.2815515655446005935),
        (0.93, 1.475791028179171099),
        (0.975, 1.9599639845400538556),
        (0.99, 2.3263478740408407676),
        (0.999, 3.0902323061678132778),
        (0.9999309, 3.811367727714914378),
        (0.99999, 4.2648907939238407699),
        (0.9999999, 5.1993375822906610937),
        (0.9999999990686774, 6.0093535655307438932),
        (0.9999999999999991, 7.9560381254815309622),
        (0.9999999999999999, 8.2095361516013868556),
    ]

    @Test(arguments: quantiles)
    func quantilesEncloseTheTruth(p: Double, z: Double) throws {
        let down = try NormalDistribution.quantileRoundedDown(p)
        let up = try NormalDistribution.quantileRoundedUp(p)
        #expect(down <= z && z <= up)
        #expect(up - down <= 1e-14 * abs(z))
        #expect(abs(try NormalDistribution.independentQuantile(p) - z) <= 8 * z.ulp)
    }

    @Test(arguments: [-37.0, -10, -3, -1, -0.1, 0, 0.3, 2, 8])
    func cumulativeIsHalfTheErrorFunction(z: Double) {
        let truth = erfc(-z / 2.0.squareRoot()) / 2
        #expect(abs(NormalDistribution.cumulative(z) - truth) <= 1e-13 * truth)
    }

    @Test func ends() throws {
        #expect(try NormalDistribution.quantileRoundedDown(0) == -.infinity)
        #expect(try NormalDistribution.quantileRoundedUp(1) == .infinity)
        #expect(try NormalDistribution.quantileRoundedDown(0.5) == 0)
        #expect(try NormalDistribution.quantileRoundedUp(0.5) == 0)
        for p in [-0.1, 1.1, .infinity] {
            let error = StatisticsError.probabilityOutOfRange(name: "p", value: p)
            #expect(throws: error) { try NormalDistribution.quantileRoundedDown(p) }
            #expect(throws: error) { try NormalDistribution.quantileRoundedUp(p) }
            #expect(throws: error) { try NormalDistribution.independentQuantile(p) }
        }
        #expect(throws: StatisticsError.self) { try NormalDistribution.quantileRoundedDown(.nan) }
    }
}
