/// The bootstrap (Efron 1979): how much an estimate would differ if other numbers had been drawn, judged by drawing again
/// from those that were drawn.
public enum Bootstrap {
    /// Which of `count` numbers a resample consists of: the same number of them, drawn with replacement.
    public static func indices(count: Int, using generator: inout some RandomNumberGenerator) -> [Int] {
        (0..<count).map { _ in Int.random(in: 0..<count, using: &generator) }
    }

    /// The range of the middle nine tenths of the resamples' estimates; nil if there are none.
    public static func spread(of estimates: [Double]) -> ClosedRange<Double>? {
        guard !estimates.isEmpty else { return nil }
        let sorted = estimates.sorted()
        let cut = sorted.count / 20
        return sorted[cut]...sorted[sorted.count - 1 - cut]
    }
}
