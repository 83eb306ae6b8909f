/// How a sequential procedure shares α between its e-values, which may be looked at any number of times, and last bounds,
/// each for a number of samples fixed beforehand, which may be looked at only once.
///
/// The first cap's bound gets half of the reserve, and each later cap's half of what is left, so that a run can be given more
/// samples again and again: together they never spend more than α. An image does not spend α on caps that it never reaches.
///
/// Each cap must be chosen without regard to the votes, as a bound for a fixed number of samples requires. With a reserve of at most
/// `mostForFurtherCaps`, even the worst choice of each after the votes at the one before stays below α wherever it was summed
/// (`SequentialCoverageTests`: exactly, for the bound of one class); with more it may not.
public struct LevelReserve: Sendable, Equatable {
    /// The share of α that is kept for last bounds, in [0, 1).
    public let share: Double

    /// A fifth: .8 α for the e-values, .1 α for the bound at the first cap, .05 α for that at the second.
    public static let standard = LevelReserve(unchecked: 0.2)
    /// The largest share of a run whose cap is raised: the standard one.
    public static let mostForFurtherCaps = standard.share
    /// All of α for the e-values.
    public static let none = LevelReserve(unchecked: 0)

    /// - Throws: `StatisticsError.levelOutOfRange` for a share outside [0, 1).
    public init(share: Double) throws(StatisticsError) {
        guard share >= 0, share < 1 else { throw .levelOutOfRange(name: "reserve", value: share) }
        self.init(unchecked: share)
    }

    private init(unchecked share: Double) { self.share = share }

    /// The level at which e-values reject.
    public func eValueLevel(of alpha: Double) -> Double { (1 - share) * alpha }

    /// The level of the last bound at the cap with this number, from 0; nil without a reserve.
    public func lastLevel(of alpha: Double, cap: Int) -> Double? {
        let level = share * Double(sign: .plus, exponent: -(cap + 1), significand: 1) * alpha
        return level > 0 ? level : nil
    }
}
