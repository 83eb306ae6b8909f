import Foundation

/// What the votes up to a look exclude, however often one has looked before. `SequentialTest` applies this rule to a few
/// thresholds; without thresholds, it gives the largest radius.
///
/// At every look the e-values decide, at their share of α; at a cap, the bounds for a fixed number of samples may exclude
/// more, at their own share (`LevelReserve`). If classes are compared, the e-value is the mean of that for the class alone
/// and that against the nearest other class, and the bounds at a cap are two (`LevelSplit.standard`).
///
/// A look excludes everything below some number: if it excludes a probability p ≥ ½, it excludes all smaller ones from ½ on.
/// - The e-value against the runner-up falls as p grows, because the hypotheses are nested. That of the class alone falls
///   where it is above 2 (`EValue.lowerBound`); elsewhere it is replaced by 0, which is allowed because anything smaller than
///   an e-value is one too.
/// - The amount by which a bound exceeds the threshold falls as p grows, too.
public struct SequentialBound: Sendable {
    /// Whether the lead over every other class is tested, and not just the class's probability.
    public let comparesClasses: Bool
    /// The probability of any false exclusion, at all looks together.
    public let alpha: Double
    /// How α is shared between the e-values and the last bounds.
    public let reserve: LevelReserve
    /// The samples at which the votes are looked at.
    public let looks: [Int]
    /// The samples at which there is a last bound, in rising order; the last look is at the last of them.
    public let caps: [Int]

    /// The weight of the e-value of the class alone; the rest is that of the e-value against the nearest other class.
    public static let weight = 0.9

    /// - Parameters:
    ///   - alpha: below ½.
    ///   - caps: in rising order, each at least 1.
    /// - Throws: `StatisticsError` for a number out of range.
    public init(
        comparesClasses: Bool, alpha: Double, reserve: LevelReserve = .standard, schedule: LookSchedule = .standard, caps: [Int]
    ) throws(StatisticsError) {
        try StatisticsError.requireLevel(alpha, "alpha")
        guard alpha < 0.5 else { throw .levelOutOfRange(name: "alpha", value: alpha) }
        try StatisticsError.requirePositive(caps.count, "caps")
        for (place, cap) in caps.enumerated() {
            try StatisticsError.requirePositive(place == 0 ? cap : cap - caps[place - 1], "cap")
        }
        (self.comparesClasses, self.alpha, self.reserve, self.caps) = (comparesClasses, alpha, reserve, caps)
        looks = schedule.looks(upTo: caps)
    }

    /// The level of the bound that is taken at `samples`; nil if there is none.
    public func lastLevel(at samples: Int) -> Double? {
        caps.firstIndex(of: samples).flatMap { reserve.lastLevel(of: alpha, cap: $0) }
    }

    /// Whether the votes at a look exclude that the class's probability is at most `threshold` or, if classes are compared, that
    /// Φ⁻¹(pA) − Φ⁻¹(pB) is at most 2Φ⁻¹(threshold).
    ///
    /// - Parameters:
    ///   - threshold: in [½, 1) where classes are compared, else in (0, 1).
    ///   - votes: for the class.
    ///   - others: for each other class; only needed if classes are compared.
    ///   - samples: at the look.
    /// - Throws: `StatisticsError` for counts or a threshold out of range.
    public func excludes(
        _ threshold: Double, votes: Int, others: [Int], samples: Int
    ) throws(StatisticsError) -> Bool {
        try excludes(
            threshold, lead: comparesClasses ? Self.lead(of: threshold) : 0, votes: votes, others: others, samples: samples)
    }

    /// The same, with the lead already computed.
    func excludes(
        _ threshold: Double, lead: Double, votes: Int, others: [Int], samples: Int
    ) throws(StatisticsError) -> Bool {
        let needed = try EValue.logarithmNeeded(at: reserve.eValueLevel(of: alpha))
        let one = try EValue.logarithm(successes: votes, trials: samples, threshold: threshold)
        guard comparesClasses else {
            if one >= needed { return true }
            guard let level = lastLevel(at: samples) else { return false }
            return try ClopperPearson.lowerBound(successes: votes, trials: samples, alpha: level) >= threshold
        }
        guard others.reduce(votes, +) == samples else { throw .countsOutOfRange(successes: votes, trials: samples) }
        // The mean reaches 1/α if this part of it does so alone.
        if one + log(Self.weight) >= needed * (1 + 8 * Double.ulpOfOne) { return true }
        let two = try TwoClassEValue.logarithm(votes: votes, others: others, gap: lead)
        let counted = one > M_LN2 ? one : -.infinity
        if EValue.logarithmOfMean(counted, two, weight: Self.weight) >= needed { return true }
        guard let level = lastLevel(at: samples) else { return false }
        let bounds = try VoteBounds(
            votes: votes, runnerUp: others.max() ?? 0, samples: samples, alpha: level, split: .standard)
        return try bounds.exceeds(lead: lead)
    }

    /// The largest threshold that a look excludes together with all smaller ones from ½ on; nil if it is not above `least`.
    ///
    /// - Throws: `StatisticsError` for counts out of range.
    public func largestExcluded(
        above least: Double = 0.5, votes: Int, others: [Int], samples: Int
    ) throws(StatisticsError) -> Double? {
        // The doubles from ½ to 1 have the same order as their bits.
        var (low, high) = (max(0.5, least).nextUp.bitPattern, Double(1).bitPattern)
        guard low < high, try excludes(Double(bitPattern: low), votes: votes, others: others, samples: samples) else { return nil }
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if try excludes(Double(bitPattern: middle), votes: votes, others: others, samples: samples) { low = middle } else { high = middle }
        }
        return Double(bitPattern: low)
    }

    /// The lead Φ⁻¹(pA) − Φ⁻¹(pB) that corresponds to a threshold, rounded up. A pA above the threshold implies a larger lead
    /// over every other class, because pB ≤ 1 − pA; but the lead may be larger even without it.
    static func lead(of threshold: Double) throws(StatisticsError) -> Double {
        max(0, 2 * (try NormalDistribution.quantileRoundedUp(threshold)))
    }
}
