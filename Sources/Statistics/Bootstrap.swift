/// The bootstrap (Efron 1979): how much an estimate would differ if other numbers had been drawn, judged by drawing again
/// from those that were drawn.
public enum Bootstrap {
    /// Which of `count` numbers a resample consists of: the same number of them, drawn with replacement.
    public static func indices(count: Int, using generator: inout some RandomNumberGenerator) -> [Int] {
        (0..<count).map { _ in Int.random(in: 0..<count, using: &generator) }
    }

    /// The `indices(count:using:)` of several resamples.
    ///
    /// - Parameter generator: The random numbers of each resample, by its place. Each has its own, so that it is the same
    ///   however many there are.
    public static func resamples<Generator: RandomNumberGenerator>(
        _ resamples: Int, count: Int, using generator: (UInt32) -> Generator
    ) -> [[Int]] {
        (0..<resamples).map { place in
            var numbers = generator(UInt32(place))
            return indices(count: count, using: &numbers)
        }
    }

    /// How many of the estimates a spread holds: one in so many is left out at either end.
    public enum Share: Int, Sendable {
        /// 90 %.
        case nineTenths = 20
        /// 95 %.
        case nineteenTwentieths = 40
    }

    /// The range of the resamples' estimates without the lowest and the highest of them; nil if there are none.
    public static func spread(of estimates: [Double], holding share: Share = .nineTenths) -> ClosedRange<Double>? {
        guard !estimates.isEmpty else { return nil }
        let sorted = estimates.sorted()
        let cut = sorted.count / share.rawValue
        return sorted[cut]...sorted[sorted.count - 1 - cut]
    }
}
