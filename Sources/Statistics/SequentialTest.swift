/// Which of several thresholds p₁ < p₂ < … a probability exceeds, from as few samples as possible.
///
///     let test = try SequentialTest(thresholds: [0.5, 0.84, 0.977], alpha: 0.001, caps: [100_000])
///     var state = test.start
///     while let next = state.nextLook { state = test.state(after: state, votes: votes(upTo: next)) }
///     state.reached   // how many thresholds lie below the probability, with probability 1 − α
///
/// At each look the votes so far exclude p ≤ p₁, then p ≤ p₂, and so on, as far as the e-values reach 1 over their level.
/// Each of them is tested at the whole level: to be wrong, the test must have excluded the first true hypothesis in the row
/// (fixed-sequence testing, Maurer, Hothorn and Lehmacher 1995). At a cap, the Clopper–Pearson bound may exclude more, at its
/// own level.
///
/// A test ends when all thresholds are reached, at the last cap, or when there is little hope for the next threshold. Giving
/// up costs no α, whatever the rule: it only leaves out exclusions. For what is then undecided, no bound for a fixed number
/// of samples is taken, because the votes chose that number.
///
/// All this is decided by least counts, which are tabulated once: a look is a few comparisons of integers. For only a few
/// images, it is faster to compute each look (`tabulates: false`).
///
/// A test may also use the lead over every other class, which need not have all the remaining votes: see `leads`. It then
/// averages the e-value of the class with that against the nearest other class, and the bounds at a cap are two
/// (`LevelSplit.standard`).
public struct SequentialTest: Sendable {
    /// The thresholds, in rising order.
    public let thresholds: [Double]
    /// For each threshold p, the lead Φ⁻¹(pA) − Φ⁻¹(pB) that corresponds to it, 2Φ⁻¹(p) rounded up. A pA above p implies a
    /// larger lead over every other class, because pB ≤ 1 − pA; but the lead may be larger even without it. Empty for a test
    /// of pA alone.
    public let leads: [Double]
    /// What a look excludes.
    public let bound: SequentialBound
    /// A test ends when the chance to reach the next threshold is below this; 0 for never.
    public let hope: Double

    private let rules: [LookRule]
    private let tables: [LookTable]

    /// What is known after a look.
    public struct State: Sendable, Equatable {
        /// How many thresholds the probability exceeds: those before this place.
        public var reached: Int
        /// The samples of the next look; nil at the end.
        public var nextLook: Int?
        /// Why there is no next look.
        public var end: End?
        /// The number of looks so far.
        package var look: Int
    }

    /// Why a test ended.
    public enum End: String, Sendable, Equatable {
        /// Every threshold is reached.
        case reached
        /// The next threshold is too unlikely to be reached.
        case hopeless
        /// The largest number of samples was reached.
        case cap
    }

    /// Tabulates the least counts.
    ///
    /// - Parameters:
    ///   - thresholds: in rising order, each in (0, 1); from ½ on if leads are used.
    ///   - comparesClasses: whether the lead over every other class is tested, and not just pA.
    ///   - alpha: below ½.
    ///   - caps: samples at which there is a last bound, in rising order; the last is the most that are drawn.
    ///   - hope: in [0, 1).
    ///   - tabulates: whether least counts are tabulated; the decisions are the same.
    /// - Throws: `StatisticsError` for a number out of range.
    public init(
        thresholds: [Double], comparesClasses: Bool = false, alpha: Double, reserve: LevelReserve = .standard,
        schedule: LookSchedule = .standard, caps: [Int], hope: Double = 0.05, tabulates: Bool = true
    ) throws(StatisticsError) {
        let bound = try SequentialBound(
            comparesClasses: comparesClasses, alpha: alpha, reserve: reserve, schedule: schedule, caps: caps)
        try self.init(thresholds: thresholds, by: bound, hope: hope, tabulates: tabulates)
    }

    /// The same, for what a bound excludes at its looks.
    ///
    /// - Throws: `StatisticsError` for a number out of range.
    public init(
        thresholds: [Double], by bound: SequentialBound, hope: Double = 0.05, tabulates: Bool = true
    ) throws(StatisticsError) {
        let comparesClasses = bound.comparesClasses
        for (place, threshold) in thresholds.enumerated() {
            try StatisticsError.requireLevel(threshold, "threshold")
            guard place == 0 || threshold > thresholds[place - 1], !comparesClasses || threshold >= 0.5 else {
                throw .levelOutOfRange(name: place > 0 ? "threshold after \(thresholds[place - 1])" : "threshold", value: threshold)
            }
        }
        guard hope >= 0, hope < 1 else { throw .levelOutOfRange(name: "hope", value: hope) }
        try StatisticsError.requirePositive(thresholds.count, "thresholds")
        leads = comparesClasses ? try thresholds.map(SequentialBound.lead) : []
        (self.thresholds, self.hope, self.bound) = (thresholds, hope, bound)
        // The average reaches 1/α if this part of it does so alone.
        let level = bound.reserve.eValueLevel(of: bound.alpha) * (comparesClasses ? SequentialBound.weight : 1)
        var rules = bound.looks.map { look in
            LookRule(samples: look, level: level, lastLevel: comparesClasses ? nil : bound.lastLevel(at: look))
        }
        if hope > 0 {
            let last = try thresholds.map(rules[rules.count - 1].leastCount)
            for place in rules.indices.dropLast() { rules[place].aim = .init(hope: hope, counts: last, cap: rules[rules.count - 1].samples) }
        }
        self.rules = rules
        tables = tabulates ? try rules.map { rule throws(StatisticsError) in try LookTable(rule, thresholds) } : []
    }

    /// The probability that `reached` is too large.
    public var alpha: Double { bound.alpha }
    /// How α is shared between the e-values and the last bounds.
    public var reserve: LevelReserve { bound.reserve }
    /// The samples at which the votes are looked at.
    public var looks: [Int] { bound.looks }
    /// The samples at which there is a last bound; at the last of them the test ends.
    public var caps: [Int] { bound.caps }

    /// The state before any sample.
    public var start: State { State(reached: 0, nextLook: looks[0], end: nil, look: 0) }

    /// The state after the next look of `state`.
    ///
    /// - Parameters:
    ///   - votes: the votes for the class among all samples so far, `state.nextLook` of them.
    ///   - others: the votes for each other class; needed if leads are used.
    /// - Throws: `StatisticsError.countsOutOfRange` for others that are not the rest of the samples.
    public func state(after state: State, votes: Int, others: [Int] = []) throws(StatisticsError) -> State {
        guard state.end == nil, let samples = state.nextLook else { return state }
        try StatisticsError.requireCounts(votes, of: samples)
        var next = state
        next.look += 1
        while next.reached < thresholds.count {
            guard try isReached(next.reached, at: state.look, votes, others) else { break }
            next.reached += 1
        }
        if next.reached == thresholds.count {
            next.end = .reached
        } else if next.look == looks.count {
            next.end = .cap
        } else if try !hasHope(next.reached, at: state.look, votes, others) {
            next.end = .hopeless
        }
        next.nextLook = next.end == nil ? looks[next.look] : nil
        return next
    }

    private func isReached(_ place: Int, at look: Int, _ votes: Int, _ others: [Int]) throws(StatisticsError) -> Bool {
        let samples = looks[look]
        if !tables.isEmpty {
            if let least = tables[look].least[place], votes >= least { return true }
            if leads.isEmpty { return false }
        }
        return try bound.excludes(
            thresholds[place], lead: leads.isEmpty ? 0 : leads[place], votes: votes, others: others, samples: samples)
    }

    /// Whether there is hope, judged by the votes for the class or by its lead.
    private func hasHope(_ place: Int, at look: Int, _ votes: Int, _ others: [Int]) throws(StatisticsError) -> Bool {
        if tables.isEmpty {
            if try rules[look].hasHope(place, votes) { return true }
        } else if votes >= tables[look].leastWithHope[place] {
            return true
        }
        guard !leads.isEmpty, let cap = caps.last else { return false }
        let level = reserve.lastLevel(of: alpha, cap: caps.count - 1) ?? reserve.eValueLevel(of: alpha)
        return try Hope.chance(
            votes: votes, runnerUp: others.max() ?? 0, samples: looks[look], ofLeading: leads[place], in: cap, level: level) >= hope
    }
}

/// What decides at one look, to the extent that the votes for the class alone decide.
private struct LookRule: Sendable {
    let samples: Int
    /// The level of the e-value, and at a cap that of the Clopper–Pearson bound.
    let level: Double
    let lastLevel: Double?
    /// What may still be hoped for; nil if it does not matter.
    var aim: Aim?

    /// The number of successes that excludes each threshold at the cap, nil if no number does; and the smallest chance of
    /// reaching it that still counts as hope.
    struct Aim: Sendable {
        let hope: Double
        let counts: [Int?]
        let cap: Int
    }

    func excludes(_ threshold: Double, _ votes: Int) throws(StatisticsError) -> Bool {
        let logarithm = try EValue.logarithm(successes: votes, trials: samples, threshold: threshold)
        if try logarithm >= EValue.logarithmNeeded(at: level) { return true }
        guard let lastLevel else { return false }
        return try ClopperPearson.lowerBound(successes: votes, trials: samples, alpha: lastLevel) >= threshold
    }

    /// The fewest votes that exclude a threshold.
    func leastCount(_ threshold: Double) throws(StatisticsError) -> Int? {
        let byEValue = try EValue.leastCount(trials: samples, threshold: threshold, level: level)
        guard let lastLevel else { return byEValue }
        let byBound = try ClopperPearson.leastCount(trials: samples, exceeding: threshold, alpha: lastLevel)
        return [byEValue, byBound].compactMap(\.self).min()
    }

    func hasHope(_ place: Int, _ votes: Int) throws(StatisticsError) -> Bool {
        guard let aim else { return true }
        guard let needed = aim.counts[place] else { return false }
        return try Hope.chance(successes: votes, trials: samples, ofReaching: needed, in: aim.cap) >= aim.hope
    }
}

/// The least counts at one look, for each threshold.
private struct LookTable: Sendable {
    /// The votes that exclude it; nil if no number does.
    let least: [Int?]
    /// The votes with which there is still hope for it.
    let leastWithHope: [Int]

    init(_ rule: LookRule, _ thresholds: [Double]) throws(StatisticsError) {
        least = try thresholds.map(rule.leastCount)
        leastWithHope = try thresholds.indices.map { place throws(StatisticsError) in
            guard try rule.hasHope(place, rule.samples) else { return rule.samples + 1 }
            var (without, with) = (-1, rule.samples)
            while with - without > 1 {
                let middle = without + (with - without) / 2
                if try rule.hasHope(place, middle) { with = middle } else { without = middle }
            }
            return with
        }
    }
}

extension ClopperPearson {
    /// The fewest successes whose lower bound is at least `threshold`; nil if not even all of them are enough.
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
