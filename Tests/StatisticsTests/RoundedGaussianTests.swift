import SuretyStatistics
import Testing

@Suite struct RoundedGaussianTests {
    /// 2⁶⁴ P[Gaussian > (k − ½)/steps], rounded, from mpmath with 60 digits; the ends of the tables among them.
    @Test(arguments: [
        (0.12, 255, 1, 9_103_129_247_856_171_935), (0.12, 255, 2, 8_862_772_039_285_000_016), (0.12, 255, 3, 8_622_799_528_002_313_680),
        (0.12, 255, 100, 10_583_236_376_049_198), (0.12, 255, 279, 1), (0.12, 255, 280, 1),
        (0.25, 255, 1, 9_165_653_521_579_243_463), (0.25, 255, 64, 2_944_211_391_137_111_873), (0.25, 255, 584, 1),
        (1, 255, 1, 9_208_942_269_342_743_059), (1, 255, 1000, 818_050_082_465_605), (1, 255, 2335, 1),
        (0.25, 65535, 1, 9_223_147_448_889_700_506), (0.25, 65535, 2, 9_222_698_272_960_386_582),
        (0.25, 65535, 513, 8_993_206_909_349_660_195), (0.25, 65535, 1024, 8_763_939_318_624_743_073),
        (0.25, 65535, 1025, 8_763_491_019_161_874_516), (0.25, 65535, 65535, 584_306_638_059_785), (0.25, 65535, 149_998, 1),
        (0.001, 255, 1, 460_284_898_225_754_045), (0.001, 255, 2, 37_306_203_776),
        (2.5, 1, 1, 7_761_288_461_475_061_108), (2.5, 1, 2, 5_059_077_074_552_537_656), (2.5, 1, 23, 2),
    ] as [(Double, Int, Int, UInt64)])
    func tailsHaveEachBit(sigma: Double, steps: Int, k: Int, tail: UInt64) throws {
        #expect(try RoundedGaussian(sigma: sigma, steps: steps).tails[k - 1] == tail)
    }

    /// How many there are, and the total variation, from the same source: never below it.
    @Test(arguments: [
        (0.12, 280, 5.232_772_146_48e-18), (0.25, 584, 1.052_797_200_25e-17), (0.5, 1167, 2.091_085_313_54e-17),
        (1, 2335, 4.165_980_663_85e-17), (0.001, 2, 2.664_772_775_09e-20),
    ]) func endAndVariation(sigma: Double, count: Int, variation: Double) throws {
        let law = try RoundedGaussian(sigma: sigma, steps: 255)
        #expect(law.tails.count == count && law.tails.last != 0)
        #expect(law.totalVariation >= variation * (1 - 1e-11) && law.totalVariation <= variation * (1 + 1e-6))
    }

    /// They fall, and from one to the next by what the density says, to its own precision.
    @Test(arguments: [(0.25, 255), (7, 255), (0.5, 65535)]) func tailsFallLikeTheDensity(sigma: Double, steps: Int) throws {
        let tails = try RoundedGaussian(sigma: sigma, steps: steps).tails
        #expect(zip(tails, tails.dropFirst()).allSatisfy { $0 >= $1 })
        let step = 1 / (sigma * Double(steps))
        for k in stride(from: 1, to: Int(3 / step), by: 97) {
            let density = NormalDistribution.cumulative((Double(k) + 0.5) * step) - NormalDistribution.cumulative((Double(k) - 0.5) * step)
            let share = Double(tails[k - 1] - tails[k]) * 0x1p-64
            #expect(abs(share - density) < 1e-9 * density + 1e-15)
        }
    }

    @Test func refusesNonsense() {
        for sigma in [0, -1, .nan, .infinity, 1e9] as [Double] {
            #expect(throws: StatisticsError.self) { try RoundedGaussian(sigma: sigma, steps: 255) }
        }
        #expect(throws: StatisticsError.self) { try RoundedGaussian(sigma: 1, steps: 0) }
    }
}
