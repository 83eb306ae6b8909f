/// Which of several thresholds p₁ < p₂ < … a probability exceeds, from as few samples as that takes.
///
///     let test = try SequentialTest(thresholds: [0.5, 0.84, 0.977], alpha: 0.001, caps: [100_000])
///     var state = test.start
///     while let next = state.nextLook { state = test.state(after: state, votes: votes(upTo: next)) }
///     state.reached   // how many thresholds lie below the probability, with probability 1 − α
///
/// At each look the votes so far exclude p ≤ p₁, then p ≤ p₂, and so on, as far as the e-values reach 1 over their level. All
/// of them have the whole level: to be wrong, the first hypothesis in the row that is true must have been excluded (fixed-sequence
/// testing, Maurer, Hothorn and Lehmacher 1995). At a cap the Clopper–Pearson bound may exclude more, at a level of its own.
///
/// A test ends when all thresholds are reached, at the last cap, or when there is little hope for the next threshold. Giving up
/// costs no α, whatever the rule: it only leaves exclusions out. What is left undecided then is not taken at a bound for a fixed
/// number of samples, for the votes chose that number.
///
/// All this is decided by least counts, tabulated once: a look is a few comparisons of integers.
public struct SequentialTest: Sendable {
    /// The thresholds, in rising order.
    public let thresholds: [Double]
    /// The probability with which `reached` may be too large.
    public let alpha: Double
    /// How α is shared between the e-values and the last bounds.
    public let reserve: LevelReserve
    /// The samples at which the votes are looked at.
    public let looks: [Int]
    /// The samples at which there is a last bound; at the last of them the test ends.
    public let caps: [Int]
    /// A test ends when the chance to reach the next threshold is below this; 0 for never.
    public let hope: Double

    private let tables: [LookTable]

    /// What is known after a look.
    public struct State: Sendable, Equatable {
        /// How many thresholds the probability exceeds: those before this place.
        public var reached: Int
        /// The samples of the next look; nil at the end.
        public var nextLook: Int?
        /// Why there is none.
        public var end: End?
        /// Looks so far.
        package var look: Int
    }

    /// Why a test ended.
    public enum End: String, Sendable, Equatable {
        /// Every threshold is reached.
        case reached
        /// The next threshold is too unlikely to be reached.
        case hopeless
        /// There were as many samples as there may be.
        case cap
    }

    /// Tabulates the least counts.
    ///
    /// - Parameters:
    ///   - thresholds: in rising order, each in (0, 1).
    ///   - alpha: below ½.
    ///   - caps: samples at which there is a last bound, rising; the last one is the most that are drawn.
    ///   - hope: in [0, 1).
    /// - Throws: `StatisticsError` for a number out of range.
    public init(
        thresholds: [Double], alpha: Double, reserve: LevelReserve = .standard, schedule: LookSchedule = .standard, caps: [Int],
        hope: Double = 0.05
    ) throws(StatisticsError) {
        for (place, threshold) in thresholds.enumerated() {
            try StatisticsError.requireLevel(threshold, "threshold")
            guard place == 0 || threshold > thresholds[place - 1] else {
                throw .levelOutOfRange(name: "threshold after \(thresholds[place - 1])", value: threshold)
            }
        }
        try StatisticsError.requireLevel(alpha, "alpha")
        guard alpha < 0.5 else { throw .levelOutOfRange(name: "alpha", value: alpha) }
        guard hope >= 0, hope < 1 else { throw .levelOutOfRange(name: "hope", value: hope) }
        try StatisticsError.requirePositive(thresholds.count, "thresholds")
        try StatisticsError.requirePositive(caps.count, "caps")
        for (place, cap) in caps.enumerated() {
            try StatisticsError.requirePositive(place == 0 ? cap : cap - caps[place - 1], "cap")
        }
        looks = schedule.looks(upTo: caps)
        (self.thresholds, self.alpha, self.reserve, self.caps, self.hope) = (thresholds, alpha, reserve, caps, hope)
        var tables: [LookTable] = []
        let last = try LookTable(caps.count - 1, caps, thresholds, alpha, reserve).least
        for look in looks {
            var table = try LookTable(look: look, caps: caps, thresholds, alpha, reserve)
            if hope > 0, look < caps[caps.count - 1] {
                try table.tabulateHope(hope, least: last, cap: caps[caps.count - 1])
            }
            tables.append(table)
        }
        self.tables = tables
    }

    /// Before any sample.
    public var start: State { State(reached: 0, nextLook: looks[0], end: nil, look: 0) }

    /// The state after the next look of `state`.
    ///
    /// - Parameter votes: the successes among all samples so far, `state.nextLook` of them.
    public func state(after state: State, votes: Int) -> State {
        guard state.end == nil else { return state }
        let table = tables[state.look]
        var next = state
        next.look += 1
        while next.reached < thresholds.count, let least = table.least[next.reached], votes >= least { next.reached += 1 }
        next.end = if next.reached == thresholds.count {
            .reached
        } else if next.look == looks.count {
            .cap
        } else if votes < table.leastWithHope[next.reached] {
            .hopeless
        } else {
            nil
        }
        next.nextLook = next.end == nil ? looks[next.look] : nil
        return next
    }
}

/// The least counts at one look, for each threshold.
private struct LookTable: Sendable {
    let look: Int
    /// The successes that exclude a threshold, by its e-value, or at a cap by the last bound; nil where no number does.
    private(set) var least: [Int?]
    /// The successes with which there is hope yet for a threshold.
    private(set) var leastWithHope: [Int]

    init(
        look: Int, caps: [Int], _ thresholds: [Double], _ alpha: Double, _ reserve: LevelReserve
    ) throws(StatisticsError) {
        self.look = look
        leastWithHope = thresholds.map { _ in 0 }
        least = []
        let lastLevel = caps.firstIndex(of: look).flatMap { reserve.lastLevel(of: alpha, cap: $0) }
        for threshold in thresholds {
            let byEValue = try EValue.leastCount(trials: look, threshold: threshold, level: reserve.eValueLevel(of: alpha))
            let byBound = if let lastLevel {
                try ClopperPearson.leastCount(trials: look, exceeding: threshold, alpha: lastLevel)
            } else {
                nil as Int?
            }
            least.append([byEValue, byBound].compactMap(\.self).min())
        }
    }

    init(
        _ place: Int, _ caps: [Int], _ thresholds: [Double], _ alpha: Double, _ reserve: LevelReserve
    ) throws(StatisticsError) {
        try self.init(look: caps[place], caps: caps, thresholds, alpha, reserve)
    }

    /// The least counts with a chance of at least `hope` that there will be `least` successes at the cap.
    mutating func tabulateHope(_ hope: Double, least: [Int?], cap: Int) throws(StatisticsError) {
        for (place, needed) in least.enumerated() {
            guard let needed else { leastWithHope[place] = look + 1; continue }
            var (without, with) = (-1, min(look, needed))
            while with - without > 1 {
                let middle = without + (with - without) / 2
                let chance = try Hope.chance(successes: middle, trials: look, ofReaching: needed, in: cap)
                if chance >= hope { with = middle } else { without = middle }
            }
            leastWithHope[place] = with
        }
    }
}

extension ClopperPearson {
    /// The fewest successes whose lower bound is at least `threshold`; nil where not even all of them are enough.
    package static func leastCount(
        trials n: Int, exceeding threshold: Double, alpha: Double
    ) throws(StatisticsError) -> Int? {
        guard try lowerBound(successes: n, trials: n, alpha: alpha) >= threshold else { return nil }
        var (tooFew, enough) = (0, n)
        while enough - tooFew > 1 {
            let middle = tooFew + (enough - tooFew) / 2
            if try lowerBound(successes: middle, trials: n, alpha: alpha) >= threshold { enough = middle } else { tooFew = middle }
        }
        return enough
    }
}
