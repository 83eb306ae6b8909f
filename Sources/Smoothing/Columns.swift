import SuretyDatasets
import SuretyRecords
import SuretyStatistics
import SuretyTensors

/// The radii that a certificate is to decide, and how long each is tried: the columns of a table, from as few samples as they
/// take. docs/sequential.md has the mathematics.
///
///     let columns = try Columns(radii: [0.25, 0.5, 0.75, 1])
///     let certifier = try Certifier(noise: noise, alpha: 0.001, n0: 100, n: 100_000, columns: columns)
///
/// A certifier with columns looks at the votes again and again, certifies one radius after the other, and stops an image when the
/// last is certified or the next has become hopeless, at its n samples at the latest. Looks are at numbers of samples fixed here,
/// votes beyond a stop are not counted, and all columns together are wrong with probability α at most.
public struct Columns: Sendable, Equatable {
    /// The radii, in rising order, in the norm of the certifier.
    public let radii: [Double]
    /// An image stops when the chance to certify its next radius by the n-th sample is below this; 0 for never.
    public let hope: Double
    /// How α is shared between looks and the bound at the n-th sample.
    public let reserve: LevelReserve
    /// When the votes are looked at.
    public let looks: LookSchedule

    /// - Throws: `RunError.invalidSettings` for radii that do not rise from 0, or a hope outside [0, 1).
    public init(
        radii: [Double], hope: Double = 0.05, reserve: LevelReserve = .standard, looks: LookSchedule = .standard
    ) throws(RunError) {
        guard !radii.isEmpty, radii.allSatisfy({ $0 >= 0 && $0.isFinite }), zip(radii, radii.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw RunError(.invalidSettings, "radii are \(radii): they must be at least 0 and rise") }
        guard hope >= 0, hope < 1 else {
            throw RunError(.invalidSettings, "hope is \(hope): it must be at least 0 and below 1")
        }
        (self.radii, self.hope, self.reserve, self.looks) = (radii, hope, reserve, looks)
    }
}

extension Certifier {
    /// The test that decides the columns of an image of `dimensions` values; nil without columns.
    ///
    /// - Parameters:
    ///   - rounding: How far the image is from the noise's grid: each radius is asked for by that much more.
    ///   - tabulates: Whether it is for many images.
    func columnTest(dimensions: Int, rounding: Double, tabulates: Bool) throws(RunError) -> SequentialTest? {
        guard let columns else { return nil }
        do throws(StatisticsError) {
            var thresholds: [Double] = []
            for radius in columns.radii {
                let threshold = try threshold(of: rounding == 0 ? radius : (radius + rounding).nextUp, dimensions)
                if let last = thresholds.last, threshold <= last { break }
                thresholds.append(threshold)
            }
            // n votes whose law is off by the variation are off by n times as much, all together.
            let variation = try noise.totalVariation(dimensions: dimensions) * Double(n)
            return try SequentialTest(
                thresholds: thresholds, comparesClasses: bound == .twoBound,
                alpha: variation == 0 ? alpha : (alpha - variation.nextUp).nextDown, reserve: columns.reserve, schedule: columns.looks,
                caps: [n], hope: columns.hope, tabulates: tabulates)
        } catch {
            throw RunError(.invalidSettings, error.description)
        }
    }

    /// The least probability of a class that gives a radius; just below 1 where none does that votes could show.
    private func threshold(of radius: Double, _ dimensions: Int) throws(StatisticsError) -> Double {
        // The doubles from ½ to 1 are in the order of their bits.
        var (low, high) = (0.5.bitPattern, Double(1).nextDown.bitPattern)
        func isEnough(_ bits: UInt64) throws(StatisticsError) -> Bool {
            let certified = try noise.radius(in: norm, pALower: Double(bitPattern: bits), pBUpper: nil, dimensions: dimensions)
            return certified.map { $0 >= radius } ?? false
        }
        if try isEnough(low) { return Double(bitPattern: low) }
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if try isEnough(middle) { high = middle } else { low = middle }
        }
        return Double(bitPattern: high)
    }

    /// What the looks of an image say, by the test of its columns.
    ///
    /// - Parameters:
    ///   - selectionCounts: Votes per class of the n₀ samples.
    ///   - looks: Votes per class of all samples up to each look.
    /// - Throws: `RunError.invalidCounts` for looks that cannot be, or that do not end where the test does.
    func verdict(selectionCounts: [Int], looks: [[Int]], by test: SequentialTest) throws(RunError) -> Verdict {
        var decision = try ColumnDecision(self, test, selectionCounts: selectionCounts)
        for look in looks { try decision.take(look) }
        return try decision.verdict()
    }
}

/// The columns of one image, decided look by look.
struct ColumnDecision: Sendable {
    private let certifier: Certifier
    private let test: SequentialTest
    private let chosen: Int
    private var state: SequentialTest.State
    private var counts: [Int]

    /// - Throws: `RunError.invalidCounts` when the votes do not sum to n₀.
    init(_ certifier: Certifier, _ test: SequentialTest, selectionCounts: [Int]) throws(RunError) {
        let counts0 = try VoteCounts(selectionCounts, total: certifier.n0, name: "selectionCounts")
        // As in CERTIFY, samples of their own choose the class.
        guard let cA = counts0.top() else { throw RunError(.invalidCounts, "selectionCounts is of no class") }
        (self.certifier, self.test, chosen, state) = (certifier, test, cA, test.start)
        counts = selectionCounts.map { _ in 0 }
    }

    /// The samples of the next look; nil once all is decided.
    var nextLook: Int? { state.nextLook }

    /// Takes the votes per class of all samples up to the next look.
    ///
    /// - Throws: `RunError.invalidCounts` where they cannot be.
    mutating func take(_ look: [Int]) throws(RunError) {
        guard let samples = state.nextLook else {
            throw RunError(.invalidCounts, "looks has more entries than decide the image")
        }
        let votes = try VoteCounts(look, total: samples, name: "the look at \(samples) samples")
        guard look.count == counts.count else {
            throw RunError(.invalidCounts, "selectionCounts and looks are of different numbers of classes")
        }
        guard zip(counts, look).allSatisfy({ $0 <= $1 }) else {
            throw RunError(.invalidCounts, "the look at \(samples) samples has fewer votes for a class than the one before")
        }
        let others = look.indices.filter { $0 != chosen }.map { look[$0] }
        do throws(StatisticsError) {
            state = try test.state(after: state, votes: votes[chosen], others: others)
        } catch {
            throw RunError(.invalidCounts, error.description)
        }
        counts = look
    }

    /// The largest radius reached, and whether there may be more. pA's bound is what the last look says alone.
    ///
    /// - Throws: `RunError.invalidCounts` while a look is to come.
    func verdict() throws(RunError) -> Verdict {
        guard let end = state.end, let columns = certifier.columns else {
            throw RunError(.invalidCounts, "looks ends before the image is decided")
        }
        let radius = state.reached > 0 ? columns.radii[state.reached - 1] : nil
        let pALower: Double
        do throws(StatisticsError) {
            pALower = try EValue.lowerBound(
                successes: counts[chosen], trials: counts.reduce(0, +), level: test.reserve.eValueLevel(of: test.alpha))
        } catch {
            throw RunError(.invalidCounts, error.description)
        }
        return Verdict(
            radius.map { .certified(class: chosen, radius: $0, norm: certifier.norm) } ?? .abstained,
            .bounds(pALower: pALower, pBUpper: nil), confidence: 1 - certifier.alpha,
            undecidedBeyond: end == .hopeless ? radius ?? 0 : nil)
    }
}

/// The plan of an image whose columns are decided.
struct ColumnPlan: SamplePlan {
    let certifier: Certifier
    let test: SequentialTest
    private var decision: ColumnDecision?

    init(_ certifier: Certifier, _ test: SequentialTest) { (self.certifier, self.test) = (certifier, test) }

    var first: Int { test.looks[0] }

    mutating func next(after votes: Votes) throws -> Int? {
        var decision = try decision ?? ColumnDecision(certifier, test, selectionCounts: votes.selection)
        try decision.take(votes.estimation)
        self.decision = decision
        return decision.nextLook
    }
}

extension SmoothingSettings.Procedure {
    /// How many samples each image takes: all of them n, or what its columns take.
    func plan(of images: LabelledImages) throws -> @Sendable (Int) throws -> any SamplePlan {
        guard case .certify(let certifier) = self, certifier.columns != nil else {
            let samples = FixedSamples(first: n)
            return { _ in samples }
        }
        let dimensions = images.shape.reduce(1, *)
        let onGrid = try certifier.columnTest(dimensions: dimensions, rounding: 0, tabulates: true)
        return { [self] image in
            let rounding = rounding(of: images.image(at: image))
            let own = try rounding.flatMap { try certifier.columnTest(dimensions: dimensions, rounding: $0, tabulates: false) }
            guard let test = own ?? onGrid else { return FixedSamples(first: n) }
            return ColumnPlan(certifier, test)
        }
    }
}
