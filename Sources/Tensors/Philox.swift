import CKernels

/// The counter-based random generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random
/// numbers: as easy as 1, 2, 3", SC 2011): a keyed function of a counter, so that any number can be
/// computed without those before it, and results depend on neither order, batch nor thread.
public struct Philox: Sendable, Hashable {
    /// Name under which results record how their randomness was made.
    public static let name = "philox4x32-10"

    /// The seed.
    public let key: UInt64

    public init(key: UInt64) { self.key = key }

    /// The four words at `counter`.
    public func block(_ counter: (UInt32, UInt32, UInt32, UInt32)) -> (UInt32, UInt32, UInt32, UInt32) {
        let words = [counter.0, counter.1, counter.2, counter.3]
        var result: [UInt32] = [0, 0, 0, 0]
        surety_philox(words, key, &result)
        return (result[0], result[1], result[2], result[3])
    }

    /// `count` numbers uniform in ±`bound`, four from each block with the counters (0, a, b, c), (1, a, b, c), …
    public func uniform(count: Int, within bound: Float, _ a: UInt32, _ b: UInt32, _ c: UInt32) -> [Float] {
        let values = (0..<(count + 3) / 4).flatMap { index -> [Float] in
            let words = block((UInt32(index), a, b, c))
            return [words.0, words.1, words.2, words.3].map { bound * (2 * (Float($0 >> 8) + 0.5) * 0x1p-24 - 1) }
        }
        return Array(values.prefix(count))
    }
}
