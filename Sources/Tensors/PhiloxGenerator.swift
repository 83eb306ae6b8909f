/// Random numbers for Swift's own functions, from the Philox blocks with the counters (0, a, b, c), (1, a, b, c), …
///
///     var generator = PhiloxGenerator(key: seed, step, image, stream)
///     let row = Int.random(in: 0..<28, using: &generator)
public struct PhiloxGenerator: RandomNumberGenerator, Sendable {
    private let philox: Philox
    private let place: (UInt32, UInt32, UInt32)
    private var block: UInt32 = 0
    private var second: UInt64?

    /// - Parameters:
    ///   - key: The seed.
    ///   - a: With `b` and `c` the words of the counter that tell this sequence from others.
    public init(key: UInt64, _ a: UInt32, _ b: UInt32, _ c: UInt32) {
        philox = Philox(key: key)
        place = (a, b, c)
    }

    /// The next 64 bits: half a block of Philox.
    public mutating func next() -> UInt64 {
        if let waiting = second {
            second = nil
            return waiting
        }
        let words = philox.block((block, place.0, place.1, place.2))
        block &+= 1
        second = UInt64(words.3) << 32 | UInt64(words.2)
        return UInt64(words.1) << 32 | UInt64(words.0)
    }
}
