import SuretyRecords
import SuretyStatistics
import SuretyTensors

/// The largest radius from fewer samples, for a stated loss. docs/sequential.md has the mathematics.
///
///     let search = try LargestRadius(loss: 0.05)
///     let certifier = try Certifier(noise: noise, alpha: 0.001, n0: 100, n: 100_000, stopping: .largestRadius(search))
///
/// An image stops when, by the posterior of its votes, there is little hope to gain more than this share of its radius by the
/// n-th sample, or little hope for any radius. Stopping costs no α, whenever it happens: the radius is the largest that any
/// of the looks certifies, and a bound for a fixed number of samples is only taken at that number.
public struct LargestRadius: Sendable, Equatable {
    /// The share of the radius that may be left, in [0, 1); 0 to stop only at the limit, or without hope.
    public let loss: Double
    /// An image stops once this radius is certified; nil for no such limit.
    public let limit: Double?
    /// An image stops when its chance of gaining more than that share is below this, and is given up when that of reaching any
    /// radius is; with 0 it stops only when more cannot be gained, and is never given up.
    public let hope: Double
    /// What is expected of the samples to come.
    public internal(set) var forecast: Forecast
    /// How α is shared between looks and the bound at the n-th sample.
    public let reserve: LevelReserve
    /// When the votes are looked at.
    public internal(set) var looks: LookSchedule

    /// What an image's votes say about its further samples.
    public enum Forecast: String, Sendable, Codable {
        /// As many votes for the class as they will be with a chance of `hope`.
        case posterior
        /// The same shares of votes as so far: what runs expected whose records name no forecast.
        case proportions
    }

    /// - Throws: `RunError.invalidSettings` that names the setting outside its range.
    public init(
        loss: Double = 0, limit: Double? = nil, hope: Double = Stopping.usualHope, reserve: LevelReserve = .standard,
        looks: LookSchedule = .standard, forecast: Forecast = .posterior
    ) throws(RunError) {
        guard loss >= 0, loss < 1 else {
            throw RunError(.invalidSettings, "the share of the radius to stop at is \(loss): it must be at least 0 and below 1")
        }
        if let limit, !(limit > 0 && limit.isFinite) {
            throw RunError(.invalidSettings, "the largest radius to look for is \(limit): it must be positive")
        }
        try Columns.require(hope: hope)
        (self.loss, self.limit, self.hope, self.reserve, self.looks, self.forecast) = (loss, limit, hope, reserve, looks, forecast)
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
        // A loss of 0 asks for all of the radius, of which the last bound may always give a little more.
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

    /// The largest radius that may be hoped for: what the last bound certifies if future votes are as forecast; nil for none.
    /// The runner-up keeps its share of the votes that are not for the class.
    private func radiusAtCap(_ look: Look) throws(StatisticsError) -> Double? {
        let (cap, level) = last
        let votes, runnerUp: Int
        switch search.forecast {
        case .posterior:
            votes = try Hope.successes(after: look.votes, trials: look.samples, withChance: search.hope, in: cap)
            let share = Double(look.runnerUp) / Double(max(1, look.samples - look.votes))
            runnerUp = max(look.runnerUp, Int((Double(cap - votes) * share).rounded(.down)))
        case .proportions:
            let scale = Double(cap) / Double(look.samples)
            votes = min(cap, Int((Double(look.votes) * scale).rounded(.up)))
            runnerUp = min(cap - votes, Int((Double(look.runnerUp) * scale).rounded(.down)))
        }
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
