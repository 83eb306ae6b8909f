import SuretyRecords
import SuretyStatistics
import SuretyTensors

/// When an image has enough samples, judged by its own votes: docs/sequential.md has the mathematics.
///
/// A certifier that stops looks at the votes again and again, with one α for all looks. Looks are at numbers of samples fixed here,
/// and votes beyond a stop are not counted.
public enum Stopping: Sendable, Equatable {
    /// When the radii of a table are decided.
    case columns(Columns)
    /// When nearly all of the largest radius is reached.
    case largestRadius(LargestRadius)

    /// The chance of a next radius below which an image is given up, unless something else is asked.
    public static let usualHope = 0.05

    /// The rule for what is asked of each image: radii to decide, or nearly all of the largest radius.
    ///
    /// - Parameters:
    ///   - radii: The radii to decide, in rising order; nil to look for the largest.
    ///   - loss: The share of the largest radius that may be left; nil for 0.
    ///   - limit: The radius at which the search for the largest ends; nil for no such limit.
    ///   - hope: The chance below which an image is given up; 0 for never.
    /// - Returns: nil if nothing of the kind is asked: each image then takes all n samples.
    /// - Throws: `RunError.invalidSettings` for both at once, or a value outside its range.
    public init?(radii: [Double]? = nil, loss: Double? = nil, limit: Double? = nil, hope: Double = usualHope) throws(RunError) {
        let seeksLargest = loss != nil || limit != nil
        switch (radii, seeksLargest) {
        case (nil, false): return nil
        case (nil, true): self = .largestRadius(try LargestRadius(loss: loss ?? 0, limit: limit, hope: hope))
        case (let radii?, false): self = .columns(try Columns(radii: radii, hope: hope))
        case (_?, true):
            throw RunError(.invalidSettings, """
                radii were given together with a loss or a limit: give either radii to decide, or how to look for the largest
                """)
        }
    }

    /// How α is shared between looks and the bounds at the caps.
    public var reserve: LevelReserve { rule.reserve }
    /// When the votes are looked at.
    public var looks: LookSchedule { rule.looks }
    /// An image is given up when its chance of still reaching a next radius, or any radius, is below this; 0 for never. This costs
    /// no α.
    public var hope: Double { rule.hope }

    /// This rule with the looks of an earlier run, and with what it expected of further samples.
    func looking(as earlier: Stopping) -> Stopping {
        switch self {
        case .columns(var columns):
            columns.looks = earlier.looks
            return .columns(columns)
        case .largestRadius(var search):
            search.looks = earlier.looks
            if case .largestRadius(let before) = earlier { search.forecast = before.forecast }
            return .largestRadius(search)
        }
    }

    private var rule: any StoppingRule {
        switch self {
        case .columns(let columns): columns
        case .largestRadius(let search): search
        }
    }
}

/// What all ways of stopping have in common.
private protocol StoppingRule {
    var hope: Double { get }
    var reserve: LevelReserve { get }
    var looks: LookSchedule { get }
}

extension Columns: StoppingRule {}
extension LargestRadius: StoppingRule {}

extension Certifier {
    /// What the looks at the votes exclude, for an image of `dimensions` values.
    ///
    /// Because the noise is not exact, n votes together are off by n times as much as one vote: this is subtracted from α.
    func sequentialBound(dimensions: Int) throws(RunError) -> SequentialBound? {
        guard let stopping else { return nil }
        do throws(StatisticsError) {
            let variation = try noise.totalVariation(dimensions: dimensions) * Double(n)
            return try SequentialBound(
                comparesClasses: bound == .twoBound, alpha: variation == 0 ? alpha : (alpha - variation.nextUp).nextDown,
                reserve: stopping.reserve, schedule: stopping.looks, caps: caps)
        } catch {
            throw RunError(.invalidSettings, error.description)
        }
    }

    /// The test that decides an image of `dimensions` values; nil if all images take n samples.
    ///
    /// - Parameters:
    ///   - rounding: How far the image is from the noise's grid: each required radius is larger by this distance.
    ///   - tabulates: Whether the test is for many images.
    func stoppingTest(dimensions: Int, rounding: Double, tabulates: Bool) throws(RunError) -> (any StoppingTest)? {
        guard let stopping, let bound = try sequentialBound(dimensions: dimensions) else { return nil }
        do throws(StatisticsError) {
            switch stopping {
            case .columns(let columns):
                return try ColumnTest(self, columns, bound, dimensions: dimensions, rounding: rounding, tabulates: tabulates)
            case .largestRadius(let search):
                return try LargestRadiusTest(self, search, bound, dimensions: dimensions, rounding: rounding)
            }
        } catch {
            throw RunError(.invalidSettings, error.description)
        }
    }

    /// The smallest probability of a class that gives a radius; just below 1 if no probability that votes could show does.
    func threshold(of radius: Double, _ dimensions: Int) throws(StatisticsError) -> Double {
        // The doubles from ½ to 1 have the same order as their bits.
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
}

/// The votes for the chosen class, and for each other class, among all samples up to a look.
struct Look: Sendable, Equatable {
    let votes: Int
    let others: [Int]

    init(_ counts: [Int], of chosen: Int) {
        votes = counts[chosen]
        others = counts.indices.filter { $0 != chosen }.map { counts[$0] }
    }

    var samples: Int { others.reduce(votes, +) }
    var runnerUp: Int { others.max() ?? 0 }
}

/// Decides one image look by look: when it stops, and what its looks certify.
protocol StoppingTest: Sendable {
    /// The total number of samples at the next look; nil once the image has enough.
    var nextLook: Int? { get }

    /// Takes the votes of the next look.
    mutating func take(_ look: Look) throws(StatisticsError)

    /// The largest radius that the looks certify; nil if they certify none.
    func radius(of looks: [Look]) throws(StatisticsError) -> Double?

    /// Whether the image stopped although more samples might have certified more.
    var leavesMore: Bool { get }

    /// What the looks exclude.
    var bound: SequentialBound { get }
}

/// One image, decided look by look from its votes.
struct ImageDecision: Sendable {
    private let certifier: Certifier
    private var test: any StoppingTest
    private let chosen: Int
    private(set) var looks: [[Int]] = []
    private let classCount: Int

    /// - Throws: `RunError.invalidCounts` when the votes do not sum to n₀.
    init(_ certifier: Certifier, _ test: any StoppingTest, selectionCounts: [Int]) throws(RunError) {
        let counts0 = try VoteCounts(selectionCounts, total: certifier.n0, name: "selectionCounts")
        // As in CERTIFY, separate samples choose the class.
        guard let cA = counts0.top() else { throw RunError(.invalidCounts, "selectionCounts has no classes") }
        (self.certifier, self.test, chosen, classCount) = (certifier, test, cA, selectionCounts.count)
    }

    /// The samples at the next look; nil once everything is decided.
    var nextLook: Int? { test.nextLook }

    /// Takes the votes per class of all samples up to the next look.
    ///
    /// - Throws: `RunError.invalidCounts` if they are impossible.
    mutating func take(_ look: [Int]) throws(RunError) {
        guard let samples = nextLook else {
            throw RunError(.invalidCounts, "looks has more entries than are needed to decide the image")
        }
        _ = try VoteCounts(look, total: samples, name: "the look at \(samples) samples")
        guard look.count == classCount else {
            throw RunError(.invalidCounts, "selectionCounts and looks have different numbers of classes")
        }
        guard zip(looks.last ?? [], look).allSatisfy({ $0 <= $1 }) else {
            throw RunError(.invalidCounts, "the look at \(samples) samples has fewer votes for a class than the one before")
        }
        do throws(StatisticsError) { try test.take(Look(look, of: chosen)) } catch {
            throw RunError(.invalidCounts, error.description)
        }
        looks.append(look)
    }

    /// The largest radius reached, and whether there may be more. pA's bound comes from the last look alone. The verdict is
    /// open while further looks may follow.
    func verdict() throws(RunError) -> Verdict {
        let (radius, pALower): (Double?, Double)
        do throws(StatisticsError) {
            radius = try test.radius(of: looks.map { Look($0, of: chosen) })
            let last = looks.last.map { Look($0, of: chosen) }
            pALower = try last.map { look throws(StatisticsError) in
                try EValue.lowerBound(
                    successes: look.votes, trials: look.samples, level: test.bound.reserve.eValueLevel(of: test.bound.alpha))
            } ?? 0
        } catch {
            throw RunError(.invalidCounts, error.description)
        }
        let isOpen = nextLook != nil
        return Verdict(
            radius.map { .certified(class: chosen, radius: $0, norm: certifier.norm) } ?? .abstained,
            .bounds(pALower: pALower, pBUpper: nil), confidence: 1 - certifier.alpha,
            undecidedBeyond: isOpen || test.leavesMore ? radius ?? 0 : nil, isOpen: isOpen)
    }
}

extension Certifier {
    /// What the looks of an image say; an open verdict if more looks may follow.
    ///
    /// - Parameters:
    ///   - selectionCounts: Votes per class of the n₀ samples.
    ///   - looks: Votes per class of all samples up to each look.
    /// - Throws: `RunError.invalidCounts` for impossible looks, or more of them than it takes to decide the image.
    func verdict(selectionCounts: [Int], looks: [[Int]], by test: any StoppingTest) throws(RunError) -> Verdict {
        if looks.isEmpty { return openVerdict }
        var decision = try ImageDecision(self, test, selectionCounts: selectionCounts)
        for look in looks { try decision.take(look) }
        return try decision.verdict()
    }

    /// The verdict on an image for which nothing is counted yet.
    var openVerdict: Verdict {
        Verdict(
            .abstained, .bounds(pALower: 0, pBUpper: bound.split == nil || stopping != nil ? nil : 1), confidence: 1 - alpha,
            undecidedBeyond: 0, isOpen: true)
    }
}
