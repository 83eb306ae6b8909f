import Foundation
import SuretyStatistics
import SuretyTensors
import TestSupport
import Testing

@Suite struct NoiseTests {
    /// Radii are multiples of σ, and single precision must not make less of it.
    @Test func noiseIsNeverWeakerThanSigma() throws {
        for sigma in [0.1, 0.25, 0.3, 0.7, 1e-3, 1 / 3.0] {
            let sampler = try #require(FloatGaussian(sigma: sigma).sampler(key: 0) as? GaussianNoise)
            #expect(Double(sampler.sigma) >= sigma)
            #expect(Double(sampler.sigma.nextDown) < sigma)
        }
    }

    @Test(arguments: [0, -1, .nan, .infinity, 2e6]) func refusesDeviationsThatMakeNoSense(sigma: Double) {
        #expect(throws: NoiseError.self) { try Noise.gaussian(sigma: sigma) }
    }

    /// What a record holds of a noise gives it back; noise in floating point needs no name.
    @Test func recordsGiveItBack() throws {
        for noise in [try Noise.gaussian(sigma: 0.1 + 0.2), try .gaussian(sigma: 1, grid: .levels16), Noise(try FloatGaussian(sigma: 0.1))] {
            #expect(try Noise(named: type(of: noise.family).name) { try #require(noise.parameters[$0]) } == noise)
            #expect(try JSONDecoder().decode(Noise.self, from: JSONEncoder().encode(noise)) == noise)
        }
        #expect(try Noise.gaussian(sigma: 1) != .gaussian(sigma: 1, grid: .levels16))
        #expect(try Noise.gaussian(sigma: 1) != Noise(FloatGaussian(sigma: 1)))
        #expect(throws: NoiseError.self) { try Noise(named: "pink") { _ in 1 } }
    }

    /// A family from outside can be read where it is said to be known. Elsewhere the error says which families are.
    @Test func recordsGiveBackAFamilyFromOutside() throws {
        let noise = Noise(CountingNoise(step: 0.5))
        let record = try JSONEncoder().encode(noise)
        let read = try Noise.$families.withValue(Noise.families + [CountingNoise.self]) {
            try JSONDecoder().decode(Noise.self, from: record)
        }
        #expect(read == noise)
        let error = #expect(throws: NoiseError.self) { try JSONDecoder().decode(Noise.self, from: record) }
        for name in ["counting", "gaussian", "float-gaussian"] { #expect(error?.description.contains(name) == true) }
    }

    /// Nothing is proven where the total variation is not known, and records name every family but that of the first ones.
    @Test func familiesSayWhatTheyAre() throws {
        let (gaussian, float) = (try Noise.gaussian(sigma: 1), Noise(try FloatGaussian(sigma: 1)))
        let outside = Noise(CountingNoise(step: 1))
        #expect(gaussian.isProven && !float.isProven && !outside.isProven)
        #expect(gaussian.isNamed && !float.isNamed && outside.isNamed)
    }

    @Test func theRadiusOfOneBoundAndOfTwo() throws {
        let noise = try Noise.gaussian(sigma: 0.25)
        #expect(try noise.radius(in: .l2, pALower: 0.9, pBUpper: nil, dimensions: 784)
            == SmoothingRadius.l2(sigma: 0.25, pALower: 0.9))
        let two = try #require(try noise.radius(in: .l2, pALower: 0.9, pBUpper: 0.05, dimensions: 784))
        #expect(two == (try SmoothingRadius.l2(sigma: 0.25, pALower: 0.9, pBUpper: 0.05)))
        #expect(try noise.radius(in: .linf, pALower: 0.9, pBUpper: 0.05, dimensions: 784)
            == SmoothingRadius.linf(l2: two, dimensions: 784))
        #expect(try noise.radius(in: .l2, pALower: 0.4, pBUpper: nil, dimensions: 784) == nil)
    }

    /// The two routes give the same radius, except for rounding.
    @Test(arguments: Norm.allCases, [nil, 0.1]) func theRoutesAgree(norm: Norm, pB: Double?) throws {
        let family = try Noise.gaussian(sigma: 0.5).family
        for pA in [0.55, 0.8, 0.99, 0.999_99] {
            let first = try #require(try family.radius(in: norm, pALower: pA, pBUpper: pB, dimensions: 100))
            let second = try #require(try family.independentRadius(in: norm, pALower: pA, pBUpper: pB, dimensions: 100))
            #expect(first <= second * (1 + 1e-15) && first > second * (1 - 1e-12))
        }
    }
}
