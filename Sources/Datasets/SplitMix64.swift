/// SplitMix64 (Steele, Lea and Flood 2014): 64 bits per call, from a counter; each initial value starts a stream.
///
/// The conversions are written out rather than left to the standard library, so that the numbers are the same with every
/// compiler.
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Uniform on [low, high).
    mutating func uniform(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * (Double(bits53()) * 0x1p-53)
    }

    /// Roughly normal with this deviation, and never beyond three of them: the sum of nine uniforms needs
    /// no logarithm, whose last bit differs between machines.
    mutating func bell(_ deviation: Double) -> Double {
        var sum = 0.0
        // Uniform on [−1, 1): exact except for the subtraction.
        for _ in 0..<9 { sum += Double(bits53()) * 0x1p-52 - 1 }
        return sum * deviation / 3.0.squareRoot()
    }

    /// Signed, because processors convert signed integers to floating point in one instruction.
    private mutating func bits53() -> Int64 { Int64(bitPattern: next() >> 11) }

    /// Uniform on 0 ..< count.
    mutating func index(below count: Int) -> Int {
        Int(next() >> 33) % count
    }
}
