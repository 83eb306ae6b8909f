import SuretyRecords
import SuretySmoothing
import SuretyStatistics
import Testing

/// What a certifier becomes that continues a run.
@Suite struct ExtensionTests {
    private func certifier(n: Int, stops: Bool = true) throws -> Certifier {
        try Certifier(
            noise: KnownHalfSpace.noise, alpha: 0.001, n0: 50, n: n, bound: .clopperPearson,
            stopping: stops ? .columns(Columns(radii: [0.5])) : nil)
    }

    private func settings(_ certifier: Certifier) -> SmoothingSettings { SmoothingSettings(.certify(certifier), seed: 3) }

    /// Each limit that the run ever had remains; the same limit again adds none; and nothing else changes.
    @Test func earlierLimitsRemain() throws {
        let first = try certifier(n: 300)
        let second = try certifier(n: 3000).continuing(settings(first))
        #expect(second.caps == [300, 3000])
        let third = try certifier(n: 9000).continuing(settings(second))
        #expect(third.caps == [300, 3000, 9000])
        #expect(try certifier(n: 3000).continuing(settings(second)) == second)
        #expect(try certifier(n: 300).continuing(settings(first)) == first)
        #expect(try second == Certifier(
            noise: KnownHalfSpace.noise, alpha: 0.001, n0: 50, n: 3000, bound: .clopperPearson,
            stopping: .columns(Columns(radii: [0.5])), earlierCaps: [300]))
    }

    @Test func refusesFewerSamplesAndMoreFixedOnes() throws {
        let stopping = try settings(certifier(n: 3000)), fixed = try settings(certifier(n: 3000, stops: false))
        #expect(reason { _ = try certifier(n: 300).continuing(stopping) } == .invalidSettings)
        for n in [300, 9000] {
            #expect(reason { _ = try certifier(n: n, stops: false).continuing(fixed) } == .invalidSettings)
        }
        #expect(try certifier(n: 3000, stops: false).continuing(fixed) == certifier(n: 3000, stops: false))
    }

    /// Each raise halves what is left for the next, and a large reserve need not cover n chosen by the votes (`LevelReserve`).
    @Test func refusesManyRaisesAndLargeReserves() throws {
        func certifier(raises: Int, reserve: LevelReserve = .standard) throws -> Certifier {
            try Certifier(
                noise: KnownHalfSpace.noise, alpha: 0.001, n0: 50, n: 5000, bound: .clopperPearson,
                stopping: .columns(Columns(radii: [0.5], reserve: reserve)), earlierCaps: (0..<raises).map { 100 + $0 })
        }
        #expect(try certifier(raises: 31).caps.count == 32)
        #expect(reason { _ = try certifier(raises: 32) } == .invalidSettings)
        #expect(try certifier(raises: 0, reserve: LevelReserve(share: 0.9)).caps == [5000])
        #expect(reason { _ = try certifier(raises: 1, reserve: LevelReserve(share: 0.21)) } == .invalidSettings)
    }

    /// A run can be extended by the same settings, and a larger n if its images stop; by nothing else.
    @Test func knowsWhatCanExtend() throws {
        let stopping = try settings(certifier(n: 3000)), fixed = try settings(certifier(n: 3000, stops: false))
        #expect(stopping.canExtend(stopping) && fixed.canExtend(fixed))
        #expect(try settings(certifier(n: 9000)).canExtend(stopping))
        for n in [300, 9000] { #expect(try !settings(certifier(n: n, stops: false)).canExtend(fixed)) }
        #expect(try !settings(certifier(n: 300)).canExtend(stopping))
        #expect(!stopping.canExtend(fixed) && !fixed.canExtend(stopping))
        #expect(try !SmoothingSettings(.certify(certifier(n: 9000)), seed: 4).canExtend(stopping))
        let tenths = try LookSchedule(first: 64, divisor: 10)
        let earlier = try settings(Certifier(
            noise: KnownHalfSpace.noise, alpha: 0.001, n0: 50, n: 300, bound: .clopperPearson,
            stopping: .columns(Columns(radii: [0.5], looks: tenths))))
        #expect(try stopping.canExtend(earlier) && settings(certifier(n: 9000).continuing(earlier)).canExtend(earlier))
        let predictions = SmoothingSettings(.predict(try Predictor(noise: KnownHalfSpace.noise, alpha: 0.001, n: 100)), seed: 3)
        #expect(!predictions.canExtend(stopping) && !stopping.canExtend(predictions))
    }

    /// Predictions have no limits; that their run cannot be continued is said when it is tried.
    @Test func predictionsLeaveItAsItIs() throws {
        let predictor = try Predictor(noise: KnownHalfSpace.noise, alpha: 0.001, n: 100)
        let certifier = try certifier(n: 3000)
        #expect(try certifier.continuing(SmoothingSettings(.predict(predictor), seed: 3)) == certifier)
    }
}
