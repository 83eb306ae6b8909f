extension Int {
    /// The integer nearest to a number of any size, for printing: `Int.max` or `Int.min` where the number lies beyond them,
    /// 0 for NaN. (`Int(1e300)` ends the process.)
    ///
    ///     Int(clamping: 1e300)   // 9223372036854775807
    package init(clamping value: Double) {
        self = Int(exactly: value.rounded()) ?? (value.isNaN ? 0 : value < 0 ? .min : .max)
    }
}
