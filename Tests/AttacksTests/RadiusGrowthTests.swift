import SuretyAttacks
import Testing

struct RadiusGrowthTests {
    @Test func growsByItsFactorUpToTheLargest() {
        let growth = RadiusGrowth.training
        #expect(growth.radius(iteration: 0) == 0.1)
        #expect(growth.radius(iteration: 4) == 0.1)
        #expect(abs(growth.radius(iteration: 5) - 0.14) < 1e-12)
        #expect(abs(growth.radius(iteration: 44) - 0.1 * 1.4 * 1.4 * 1.4 * 1.4 * 1.4 * 1.4 * 1.4 * 1.4) < 1e-12)
        #expect(abs(growth.radius(iteration: 49) - 2.0661046784) < 1e-9)
        #expect(growth.radius(iteration: 60) == 2.1)
        #expect(growth.radius(iteration: 1_000_000) == 2.1)
    }

    @Test func aFixedOneStays() {
        for iteration in [0, 1, 7, 1000] { #expect(RadiusGrowth.fixed(0.7).radius(iteration: iteration) == 0.7) }
    }
}
