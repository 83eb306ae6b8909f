import CSuretyBoostMath
import CSuretyGSL

/// The chance that a sequential test still reaches its aim. No certificate depends on it; it only decides when to give up.
public enum Hope {
    /// The probability, judged by the successes so far, that there will be `needed` of them when `cap` samples are drawn.
    ///
    /// The rate is distributed as Beta(A+1, N−A+1) given A of N (a uniform prior), and the R samples to come must have a share of
    /// (needed − A − ½)/R. That share varies more than the rate does, because of the randomness of R samples. So the
    /// posterior's parameters are reduced by the factor R/(N+R), which makes its variance that of the share.
    ///
    /// - Returns: a number in [0, 1]; 1 if there are enough already, 0 if there cannot be enough.
    /// - Throws: `StatisticsError` for counts out of range.
    public static func chance(
        successes A: Int, trials N: Int, ofReaching needed: Int, in cap: Int
    ) throws(StatisticsError) -> Double {
        try StatisticsError.requireCounts(A, of: N)
        let missing = needed - A, left = cap - N
        if missing <= 0 { return 1 }
        if missing > left { return 0 }
        GSL.silenceErrors
        let weight = Double(left) / Double(left + N)
        let (share, a, b) = ((Double(missing) - 0.5) / Double(left), weight * Double(A + 1), weight * Double(N - A + 1))
        var chance = gsl_cdf_beta_Q(share, a, b)
        // With millions of samples GSL's continued fraction may not converge.
        guard !chance.isNaN || CBoostMathBetaComplement(a, b, share, &chance) == CBoostMathSuccess else { throw .notComputable("the chance of \(needed) in \(cap) after \(A) in \(N)") }
        return chance
    }

    /// The most successes that there will be with a probability of at least `chance` when `cap` samples are drawn.
    ///
    /// - Returns: at least A, at most A + (cap − N); the larger `chance`, the fewer.
    /// - Throws: `StatisticsError` for counts out of range.
    public static func successes(
        after A: Int, trials N: Int, withChance chance: Double, in cap: Int
    ) throws(StatisticsError) -> Int {
        try StatisticsError.requireCounts(A, of: N)
        var (likely, unlikely) = (A, A + max(0, cap - N) + 1)
        while unlikely - likely > 1 {
            let middle = likely + (unlikely - likely) / 2
            if try Self.chance(successes: A, trials: N, ofReaching: middle, in: cap) >= chance { likely = middle } else { unlikely = middle }
        }
        return likely
    }

    /// The probability, judged by the votes so far, that two bounds will exceed a lead when `cap` samples are drawn.
    ///
    /// The lead Φ⁻¹(pA) − Φ⁻¹(pB) is estimated from the shares of the votes, with variance v/N by the delta method. What it will be
    /// estimated at the cap differs by a normal number of variance v (1/N − 1/cap), and must exceed the lead by what pA's bound
    /// takes off, z √(v/cap), z the normal quantile of the level.
    ///
    /// - Parameters:
    ///   - lead: D.
    ///   - level: the level of the bound at the cap.
    /// - Returns: a number in [0, 1].
    /// - Throws: `StatisticsError` for counts or a level out of range.
    public static func chance(
        votes A: Int, runnerUp B: Int, samples N: Int, ofLeading lead: Double, in cap: Int, level: Double
    ) throws(StatisticsError) -> Double {
        try StatisticsError.requireCounts(A, of: N)
        try StatisticsError.requireCounts(B, of: N - A > 0 ? N - A : 1)
        try StatisticsError.requireLevel(level, "alpha")
        let (n, last) = (Double(N) + 1.5, Double(max(cap, N)) + 1.5)
        let (a, b) = ((Double(A) + 0.5) / n, (Double(B) + 0.5) / n)
        let (zA, zB) = (try NormalDistribution.independentQuantile(a), try NormalDistribution.independentQuantile(b))
        let (dA, dB) = (NormalDistribution.density(zA), NormalDistribution.density(zB))
        let variance = a * (1 - a) / (dA * dA) + b * (1 - b) / (dB * dB) + 2 * a * b / (dA * dB)
        let taken = -(try NormalDistribution.independentQuantile(level)) * (variance / last).squareRoot()
        let excess = zA - zB - lead - taken, spread = (variance * max(0, 1 / n - 1 / last)).squareRoot()
        return spread > 0 ? NormalDistribution.cumulative(excess / spread) : excess >= 0 ? 1 : 0
    }
}
