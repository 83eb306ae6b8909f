/// The numbers of samples at which a sequential procedure looks at its votes, fixed before any is counted.
///
///     LookSchedule(first: 60, divisor: 16).looks(upTo: [1000])   // 60, 63, 66, …, 911, 967, 1000
///
/// Each look has one `divisor`-th more samples than the one before it, in whole numbers, so that every machine uses the same
/// looks; and each cap is also a look. A run whose cap is raised later keeps the looks that it would have had, plus its
/// earlier caps.
public struct LookSchedule: Sendable, Equatable {
    /// The samples at the first look.
    public let first: Int
    /// A look has 1/divisor more samples than the one before, rounded down, but at least one more.
    public let divisor: Int

    /// From 60 samples on, in steps of a sixteenth: 126 looks up to 100 000 samples. An image with all votes for its class stops
    /// at 6292 where it needs 6235 for a radius of 3σ, the most expensive common column (α = .001).
    public static let standard = LookSchedule(unchecked: 60, 16)

    /// The largest divisor: more looks than that help nobody, and a record could ask for billions of them.
    public static let largestDivisor = 1024

    /// - Throws: `StatisticsError.countNotPositive`, or `countTooLarge` for a divisor above the largest.
    public init(first: Int, divisor: Int) throws(StatisticsError) {
        try StatisticsError.requirePositive(first, "first")
        try StatisticsError.requirePositive(divisor, "divisor")
        guard divisor <= Self.largestDivisor else { throw .countTooLarge(name: "divisor", value: divisor, most: Self.largestDivisor) }
        self.init(unchecked: first, divisor)
    }

    private init(unchecked first: Int, _ divisor: Int) { (self.first, self.divisor) = (first, divisor) }

    /// The looks in rising order, the last of them at the largest cap.
    ///
    /// - Parameter caps: the numbers of samples at which there was or will be a last bound, each larger than the one before.
    public func looks(upTo caps: [Int]) -> [Int] {
        guard let last = caps.last else { return [] }
        var looks: [Int] = []
        var (look, overflows) = (first, false)
        while look < last, !overflows {
            looks.append(look)
            (look, overflows) = look.addingReportingOverflow(max(1, look / divisor))
        }
        return Set(looks + caps).sorted()
    }
}
