import SuretyReports
import Testing

@Suite struct PlausibilityTests {
    /// What data sets and papers use passes in silence.
    @Test func usualSettingsPass() {
        for (mean, std) in [([0.1307], [0.3081]), ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), ([0], [1]), ([0.5], [0.5]), ([0], [1 / 255.0])] {
            #expect(Plausibility.normalisation(mean: mean, std: std).isEmpty)
        }
        #expect(Plausibility.normalisation(mean: nil, std: nil).isEmpty)
        for sigma in [0.12, 0.25, 0.5, 1, 2] { #expect(Plausibility.noise(sigma: sigma).isEmpty) }
        for alpha in [0.001, 0.01, 0.05] { #expect(Plausibility.level(alpha: alpha).isEmpty && !Plausibility.isWorthless(alpha: alpha)) }
    }

    /// Grey levels where pixels in [0, 1] are meant: said with the number that was meant.
    @Test func saysWhatWasMeant() {
        let both = Plausibility.normalisation(mean: [33.3], std: [78.6])
        #expect(both.count == 2 && both[0].contains("33.3") && both[0].contains("0.1306") && both[1].contains("0.3082"))
        #expect(Plausibility.normalisation(mean: [0.5], std: [1e9]).count == 1)
        #expect(Plausibility.normalisation(mean: [0.5], std: [1e-9]).count == 1)
        #expect(Plausibility.normalisation(mean: [0.5, -3, 0.5], std: [1, 1, 1]).count == 1)
        #expect(Plausibility.noise(sigma: 64).first?.contains("0.251") == true)
        #expect(Plausibility.level(alpha: 0.2).first?.contains("20 of 100") == true)
        #expect(Plausibility.level(alpha: 0.999).first?.contains("nothing is certified") == true)
        #expect(Plausibility.isWorthless(alpha: 0.5))
    }
}
