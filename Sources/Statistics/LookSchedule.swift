/// The numbers of samples at which a sequential procedure looks at its votes, fixed before any is counted.
///
///     LookSchedule(first: 64, divisor: 10).looks(upTo: [1000])   // 64, 70, 77, …, 878, 965, 1000
///
/// Each look has a `divisor`-th more samples than the one before it, in whole numbers, so that every machine looks at the
/// same; and each cap is a look as well. A run whose cap is raised later looks at what it would have looked at, and at its
/// earlier caps.
public struct LookSchedule: Sendable, Equatable {
    /// The samples at the first look.
    public let first: Int
    /// A look has 1/divisor more samples than the one before, rounded down, and one more at least.
    public let divisor: Int

    /// From 64 samples on in steps of a tenth: at 100 000 it has looked 79 times.
    public static let standard = LookSchedule(unchecked: 64, 10)

    /// - Throws: `StatisticsError.countNotPositive`.
    public init(first: Int, divisor: Int) throws(StatisticsError) {
        try StatisticsError.requirePositive(first, "first")
        try StatisticsError.requirePositive(divisor, "divisor")
        self.init(unchecked: first, divisor)
    }

    private init(unchecked first: Int, _ divisor: Int) { (self.first, self.divisor) = (first, divisor) }

    /// The looks in rising order, the last of them at the largest cap.
    ///
    /// - Parameter caps: the numbers of samples at which there was or is to be a last bound, each larger than the one before.
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
