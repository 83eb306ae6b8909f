import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretySmoothing
import SuretyStatistics
import SuretyTensors
import Testing
import TestSupport

/// The largest radius from fewer samples: a half-space, of which every radius is known, on random images.
@Suite struct LargestRadiusTests {
    let temporary: TemporaryFolder
    let space: KnownHalfSpace

    init() throws { (temporary, space) = (try TemporaryFolder(), try KnownHalfSpace()) }

    private var images: LabelledImages { space.images }

    private func certifier(
        loss: Double = 0.05, limit: Double? = nil, n: Int = 20_000, alpha: Double = 0.001, bound: Certifier.Bound = .twoBound,
        norm: Norm = .l2, earlierCaps: [Int] = [], forecast: LargestRadius.Forecast = .posterior
    ) throws -> Certifier {
        try Certifier(
            noise: KnownHalfSpace.noise, alpha: alpha, n0: 50, n: n, bound: bound, norm: norm,
            stopping: .largestRadius(LargestRadius(loss: loss, limit: limit, forecast: forecast)), earlierCaps: earlierCaps)
    }

    /// The true radius of an image, and its class.
    private func truth(_ image: Int) -> (radius: Double, answer: Int) {
        let margin = space.margin(image)
        return (abs(margin), margin > 0 ? 1 : 0)
    }

    private func certificates(_ certifier: Certifier, key: UInt64 = 5, batch: Int = 64) throws -> [Certificate] {
        try SmoothedClassifier(KnownHalfSpace.network, KnownHalfSpace.noise, key: key, batchSize: batch)
            .certificates(.certify(certifier), on: Array(0..<40), of: images)
    }

    /// Nearly all of the radius of n samples, from fewer of them; and never more than the truth.
    @Test(arguments: [Certifier.Bound.twoBound, .clopperPearson])
    func losesNoMoreThanIsSaid(bound: Certifier.Bound) throws {
        let fixed = try certificates(Certifier(noise: KnownHalfSpace.noise, alpha: 0.0001, n0: 50, n: 20_000, bound: bound))
        let found = try certificates(certifier(bound: bound))
        var (ratios, samples) = ([Double](), 0)
        for (certificate, all) in zip(found, fixed) {
            let truth = truth(certificate.image)
            samples += certificate.samples
            guard let radius = certificate.verdict.radius else { continue }
            #expect(certificate.verdict.answer == truth.answer && radius <= truth.radius)
            if let all = all.verdict.radius, all > 0.2 { ratios.append(radius / all) }
            #expect(certificate.verdict.undecidedBeyond == (certificate.counts.reduce(0, +) < 20_000 ? radius : nil))
        }
        let mean = ratios.reduce(0, +) / Double(ratios.count)
        #expect(ratios.count > 20 && mean > 0.94 && mean < 1.01, "\(mean)")
        #expect(samples < 40 * 20_050 / 3 * 2, "\(samples)")
    }

    /// Going on to the cap with the same votes gains more than the loss as rarely as `hope` says. Votes in the proportions seen say
    /// only what is usual: often it is more.
    @Test(arguments: [Certifier.Bound.twoBound, .clopperPearson])
    func theLossIsRarelyExceeded(bound: Certifier.Bound) throws {
        func exceeding(_ forecast: LargestRadius.Forecast) throws -> (count: Int, of: Int) {
            var (count, all) = (0, 0)
            for key in UInt64(0)..<6 {
                let stopped = try certificates(certifier(loss: 0.1, bound: bound, forecast: forecast), key: key)
                let whole = try certificates(certifier(loss: 0, bound: bound), key: key)
                for (own, most) in zip(stopped, whole) where own.samples < most.samples {
                    (all, count) = (all + 1, count + (own.verdict.radius ?? 0 < 0.9 * (most.verdict.radius ?? 0) ? 1 : 0))
                }
            }
            return (count, all)
        }
        let (posterior, proportions) = (try exceeding(.posterior), try exceeding(.proportions))
        // Four deviations of a binomial count, since the chance is that over all images, not of each.
        let allowed = 0.05 * Double(posterior.of) + 4 * (0.05 * 0.95 * Double(posterior.of)).squareRoot()
        #expect(posterior.of > 100 && Double(posterior.count) <= allowed, "\(posterior)")
        #expect(proportions.count > proportions.of / 5, "\(proportions)")
    }

    /// Records name the forecast; those without one are of runs that expected the proportions seen, and verify as such.
    @Test func earlierRunsKeepTheirForecast() throws {
        func text(_ forecast: LargestRadius.Forecast) throws -> String {
            try #require(String(data: JSONEncoder().encode(space.record(certifier(forecast: forecast)).settings), encoding: .utf8))
        }
        #expect(try text(.posterior).contains("\"forecast\":\"posterior\""))
        #expect(try !text(.proportions).contains("forecast"))
        for forecast in [LargestRadius.Forecast.posterior, .proportions] {
            let settings = try JSONDecoder().decode(SmoothingSettings.self, from: Data(text(forecast).utf8))
            #expect(try settings == space.record(certifier(forecast: forecast)).settings)
            let findings = try Verification<SmoothingSettings>.findings(in: space.run(certifier(forecast: forecast), in: temporary))
            #expect(findings.isEmpty, "\(findings)")
        }
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(
                SmoothingSettings.self, from: Data(text(.posterior).replacing("\"posterior\"", with: "\"tarot\"").utf8))
        }
    }

    @Test func aLimitEndsTheSearch() throws {
        let (limited, free) = (try certificates(certifier(limit: 0.2)), try certificates(certifier()))
        for (certificate, other) in zip(limited, free) {
            #expect(certificate.samples <= other.samples)
            guard let radius = certificate.verdict.radius else { continue }
            if let more = other.verdict.radius { #expect(radius <= more) }
            if certificate.samples < other.samples { #expect(radius >= 0.2) }
        }
        #expect(zip(limited, free).contains { $0.samples < $1.samples / 2 })
    }

    /// False certificates are as few as α allows, over many keys.
    @Test func failsNoMoreOftenThanAlpha() throws {
        let certifier = try certifier(n: 2000, alpha: 0.05, earlierCaps: [600])
        var (failures, count) = (0, 0)
        for key in 0..<40 {
            for certificate in try certificates(certifier, key: UInt64(key)) {
                count += 1
                let truth = truth(certificate.image)
                guard let radius = certificate.verdict.radius else { continue }
                if certificate.verdict.answer != truth.answer || radius > truth.radius { failures += 1 }
            }
        }
        // A binomial count is above this with a probability of 10⁻⁶.
        #expect(failures < Int(0.05 * Double(count) + 5 * (0.05 * Double(count)).squareRoot()), "\(failures) of \(count)")
        print("Coverage, largest radius, α = 0.05: \(failures) of \(count) false")
    }

    @Test(arguments: [Certifier.Bound.twoBound, .clopperPearson], [Norm.l2, .linf])
    func anHonestRunIsSoundAndReplays(bound: Certifier.Bound, norm: Norm) throws {
        let certifier = try certifier(limit: 0.6, bound: bound, norm: norm, earlierCaps: [2000])
        let directory = try space.run(certifier, in: temporary), contents = try SmoothingRun(of: directory)
        let findings = Verification<SmoothingSettings>.findings(in: directory, images: images)
        #expect(findings.isEmpty, "\(findings)")
        #expect(contents.record.settings == space.record(certifier).settings)
        let replay = try Replay(of: directory, KnownHalfSpace.network, images)
        #expect(try replay.findings(on: replay.chosen(nil), threads: 2).isEmpty)
    }

    /// Each forgery with digests to match is named.
    @Test func forgeriesAreNamed() throws {
        let forgeries: [(String, @Sendable (Certificate) -> Certificate)] = [
            ("the looks do not reach it", { $0.forged(radius: $0.verdict.radius! * 1.001) }),
            ("is not exactly what the counts give", { $0.forged(radius: $0.verdict.radius! * (1 + 1e-9)) }),
            ("the looks reach more", { $0.forged(radius: $0.verdict.radius! * 0.99) }),
            ("the looks reach a radius", { $0.forged(radius: .some(nil), undecidedBeyond: 0) }),
            ("the verdict is not what the counts give", { $0.forged(undecidedBeyond: .some(nil)) }),
            ("the verdict is not what the counts give", { $0.forged(undecidedBeyond: $0.verdict.radius!.nextUp) }),
            ("looks is missing", { $0.forged(looks: .some(nil)) }),
            ("looks ends before the image is decided", { $0.forged(looks: Array($0.looks!.dropLast()), counts: $0.looks!.dropLast().last!) }),
            ("looks has more entries than are needed to decide the image", {
                let more = [$0.counts[0], 22_000]
                return $0.forged(looks: $0.looks! + [more], counts: more)
            }),
        ]
        let certifier = try certifier(), honest = try certificates(certifier)
        let image = try #require(honest.first { $0.verdict.radius ?? 0 > 0.2 && $0.verdict.undecidedBeyond != nil && $0.looks!.count > 3 }).image
        for (message, forge) in forgeries {
            let directory = try RunDirectory(at: temporary.url(UUID().uuidString), for: space.record(certifier))
            for certificate in honest { try directory.append(certificate.image == image ? forge(certificate) : certificate) }
            try directory.save()
            let findings = Verification<SmoothingSettings>.findings(in: directory.url)
            #expect(findings.contains { $0.image == image && $0.message.contains(message) }, "\(message): \(findings)")
        }
    }

    /// Where a library rounds a logarithm otherwise, the last digits of the largest radius that it gives are others.
    @Test(arguments: [1 - 1e-13, 1 + 1e-13]) func anotherLibrarysLastDigitsPass(factor: Double) throws {
        let certifier = try certifier(), directory = try RunDirectory(at: temporary.url("run"), for: space.record(certifier))
        for certificate in try certificates(certifier) {
            let radius = certificate.verdict.radius.map { $0 * factor }
            try directory.append(certificate.forged(
                radius: .some(radius), undecidedBeyond: .some(certificate.verdict.undecidedBeyond.map { $0 * factor })))
        }
        try directory.save()
        let findings = Verification<SmoothingSettings>.findings(in: directory.url)
        #expect(findings.isEmpty, "\(findings)")
    }

    @Test func refusesNonsense() throws {
        for loss in [-0.1, 1, .nan] { #expect(reason { _ = try LargestRadius(loss: loss) } == .invalidSettings) }
        for limit in [0, -1, .nan, .infinity] { #expect(reason { _ = try LargestRadius(limit: limit) } == .invalidSettings) }
        #expect(reason { _ = try LargestRadius(hope: 1) } == .invalidSettings)
        for caps in [[20_000], [30_000], [0], [-1], [500, 400]] {
            #expect(reason { _ = try certifier(earlierCaps: caps) } == .invalidSettings)
        }
        #expect(reason { _ = try Certifier(noise: KnownHalfSpace.noise, alpha: 0.001, n0: 50, n: 2000, earlierCaps: [1000]) } == .invalidSettings)
    }
}
