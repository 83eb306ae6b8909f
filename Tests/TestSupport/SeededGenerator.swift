/// Random numbers that are the same in every run: SplitMix64.
/// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.)
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: Int) { state = UInt64(bitPattern: Int64(seed)) }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Values from all over −1…1, in random order: no two nearer to each other, and none nearer to zero,
    /// than about 1/count, so that small changes cross no kink and change no maximum.
    public mutating func distinctValues(count: Int) -> [Float] {
        (0..<count).map { 2 * (Float($0) + 0.25) / Float(count) - 1 }.shuffled(using: &self)
    }
}
