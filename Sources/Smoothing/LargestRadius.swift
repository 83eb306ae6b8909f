import SuretyRecords
import SuretyStatistics
import SuretyTensors

/// The largest radius from fewer samples, for a stated loss. docs/sequential.md has the mathematics.
///
///     let search = try LargestRadius(loss: 0.05)
///     let certifier = try Certifier(noise: noise, alpha: 0.001, n0: 100, n: 100_000, stopping: .largestRadius(search))
///
/// An image stops when, as far as its votes tell, at most this share of its radius could still be gained by the n-th sample:
/// n samples with the same shares of votes would certify some radius, and all but this share of it is already certified. If
/// even n samples would certify none, the image stops when there is little hope for any radius. Stopping costs no α, whenever
/// it happens: the radius is the largest that any of the looks certifies, and a bound for a fixed number of samples is only
/// taken at that number.
public struct LargestRadius: Sendable, Equatable {
    /// The share of the radius that may be left, in [0, 1); 0 to stop only at the limit, or without hope.
    public let loss: Double
    /// An image stops once this radius is certified; nil for no such limit.
    public let limit: Double?
    /// An image stops when its chance of reaching any radius is below this; 0 for never.
    public let hope: Double
    /// How α is shared between looks and the bound at the n-th sample.
    public let reserve: LevelReserve
    /// When the votes are looked at.
    public internal(set) var looks: LookSchedule

    /// - Throws: `RunError.invalidSettings` that names the setting outside its range.
    public init(
        loss: Double = 0, limit: Double? = nil, hope: Double = Stopping.usualHope, reserve: LevelReserve = .standard,
        looks: LookSchedule = .standard
    ) throws(RunError) {
        guard loss >= 0, loss < 1 else {
            throw RunError(.invalidSettings, "the share of the radius to stop at is \(loss): it must be at least 0 and below 1")
        }
        if let limit, !(limit > 0 && limit.isFinite) {
            throw RunError(.invalidSettings, "the largest radius to look for is \(limit): it must be positive")
        }
        try Columns.require(hope: hope)
        (self.loss, self.limit, self.hope, self.reserve, self.looks) = (loss, limit, hope, reserve, looks)
    }
}

/// Decides when an image has nearly all of its radius, and finds the radius.
struct LargestRadiusTest: StoppingTest {
    private let certifier: Certifier
    private let search: LargestRadius
    private let dimensions: Int
    private let rounding: Double
    /// The probability that gives the limit.
    private let limit: Double?
    private var look = 0
    private var end: SequentialTest.End?
    let bound: SequentialBound

    init(
        _ certifier: Certifier, _ search: LargestRadius, _ bound: SequentialBound, dimensions: Int, rounding: Double
    ) throws(StatisticsError) {
        (self.certifier, self.search, self.bound) = (certifier, search, bound)
        (self.dimensions, self.rounding) = (dimensions, rounding)
        limit = try search.limit.map { radius throws(StatisticsError) in
            try certifier.threshold(of: rounding == 0 ? radius : (radius + rounding).nextUp, dimensions)
        }
    }

    var nextLook: Int? { end == nil ? bound.looks[look] : nil }
    var leavesMore: Bool { end != .cap }

    mutating func take(_ look: Look) throws(StatisticsError) {
        self.look += 1
        end = try self.look == bound.looks.count ? .cap : end(after: look)
    }

    /// Why to stop at a look before the last; nil to go on. No certificate depends on this being right.
    private func end(after look: Look) throws(StatisticsError) -> SequentialTest.End? {
        if let limit, try excludes(limit, look) { return .reached }
        guard let aim = try radiusAtCap(look) else { return try hope(look) < search.hope ? .hopeless : nil }
        guard search.loss > 0 else { return nil }
        return try excludes(certifier.threshold(of: (1 - search.loss) * aim, dimensions), look) ? .reached : nil
    }

    private func excludes(_ threshold: Double, _ look: Look) throws(StatisticsError) -> Bool {
        try bound.excludes(threshold, votes: look.votes, others: look.others, samples: look.samples)
    }

    /// The last number of samples, and the level of the bounds there.
    private var last: (cap: Int, level: Double) {
        let cap = bound.looks[bound.looks.count - 1]
        return (cap, bound.lastLevel(at: cap) ?? bound.reserve.eValueLevel(of: bound.alpha))
    }

    /// The radius that the last bound will certify if future votes have the same shares as those so far; nil for none.
    private func radiusAtCap(_ look: Look) throws(StatisticsError) -> Double? {
        let (cap, level) = last, scale = Double(cap) / Double(look.samples)
        let votes = min(cap, Int((Double(look.votes) * scale).rounded(.up)))
        let runnerUp = min(cap - votes, Int((Double(look.runnerUp) * scale).rounded(.down)))
        let bounds = if let split = certifier.bound.split {
            try VoteBounds(votes: votes, runnerUp: runnerUp, samples: cap, alpha: level, split: split)
        } else {
            try VoteBounds(votes: votes, samples: cap, alpha: level)
        }
        return try certifier.noise.radius(
            in: certifier.norm, pALower: bounds.pALower, pBUpper: bounds.pBUpper, dimensions: dimensions)
    }

    /// The chance of certifying any radius at the last look.
    private func hope(_ look: Look) throws(StatisticsError) -> Double {
        let (cap, level) = last
        if bound.comparesClasses {
            return try Hope.chance(
                votes: look.votes, runnerUp: look.runnerUp, samples: look.samples, ofLeading: 0, in: cap, level: level)
        }
        guard let needed = try ClopperPearson.leastCount(trials: cap, exceeding: 0.5.nextUp, alpha: level) else { return 0 }
        return try Hope.chance(successes: look.votes, trials: look.samples, ofReaching: needed, in: cap)
    }

    func radius(of looks: [Look]) throws(StatisticsError) -> Double? {
        // Usually the last look gives the largest radius; then the others need no search.
        var largest: Double?
        for look in looks.reversed() {
            largest = try bound.largestExcluded(
                above: largest ?? 0.5, votes: look.votes, others: look.others, samples: look.samples) ?? largest
        }
        guard let largest else { return nil }
        let radius = try certifier.noise.radius(in: certifier.norm, pALower: largest, pBUpper: nil, dimensions: dimensions)
        return rounding == 0 ? radius : radius.flatMap { $0 > rounding ? ($0 - rounding).nextDown : nil }
    }
}
