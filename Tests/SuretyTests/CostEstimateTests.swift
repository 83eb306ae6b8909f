import Surety
import Testing

/// Which settings fit a time.
@Suite struct CostEstimateTests {
    /// A hundred images at a thousand samples a second, with n₀ = 100 and n = 1000: 110 seconds.
    private static func cost(
        stopping: (typical: Double, range: ClosedRange<Double>)? = nil, samplesPerSecond: Double = 1000
    ) -> CostEstimate {
        CostEstimate(
            images: 100, samplesPerSecond: samplesPerSecond, fixedSamples: 110_000, stopping: stopping, pilotImages: 0,
            pilotSamples: 0, largestShare: nil)
    }

    @Test func settingsOfAFixedNumberOfSamples() {
        let cost = Self.cost()
        #expect(cost.fit(within: 110, n0: 100) == .asPlanned)
        // 50 000 samples: every third of the images (every other one was planned), or 500 samples for each, n₀ among them.
        #expect(cost.fit(within: 50, skip: 2, n0: 100) == .reduced(skip: 6, images: 34, n: 400))
        #expect(cost.fit(within: 109.999, n0: 100) == .reduced(skip: 2, images: 50, n: 999))
        // 200 samples for each leave 100 for n, and 199 leave too few.
        #expect(cost.fit(within: 20, n0: 100) == .reduced(skip: 6, images: 17, n: 100))
        #expect(cost.fit(within: 19.95, n0: 100) == .reduced(skip: 6, images: 17, n: nil))
    }

    /// The upper end of the range has to fit.
    @Test func settingsWhereImagesStopByTheirVotes() {
        let cost = Self.cost(stopping: (20_000, 10_000...30_000))
        #expect(cost.fit(within: 30, n0: 100) == .asPlanned)
        #expect(cost.fit(within: 20, n0: 100) == .reduced(skip: 2, images: 50, n: nil))
    }

    /// A rate of nothing fits no time, and ends no process.
    @Test func noSamplesInASecond() {
        #expect(Self.cost(samplesPerSecond: 0).fit(within: 1e-300, n0: 100) == .reduced(skip: 100, images: 1, n: nil))
    }
}
