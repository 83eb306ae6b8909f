import CSuretyKernels

/// The counter-based random generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1,
/// 2, 3", SC 2011): a keyed function of a counter, so any number can be computed without the previous ones, and results do
/// not depend on order, batch or thread.
public struct Philox: Sendable, Hashable {
    /// Name under which results record how their randomness was made.
    public static let name = "philox4x32-10"

    /// The seed.
    public let key: UInt64

    /// - Parameter key: The seed.
    public init(key: UInt64) { self.key = key }

    /// The four words at `counter`.
    public func block(_ counter: (UInt32, UInt32, UInt32, UInt32)) -> (UInt32, UInt32, UInt32, UInt32) {
        let words = [counter.0, counter.1, counter.2, counter.3]
        var result: [UInt32] = [0, 0, 0, 0]
        surety_philox(words, key, &result)
        return (result[0], result[1], result[2], result[3])
    }

    /// Adds numbers uniform in ±`bound`, four from each block with the counters (0, a, b, c), (1, a, b, c), …
    public func addUniform(within bound: Float, to values: Row, _ a: UInt32, _ b: UInt32, _ c: UInt32) {
        surety_add_uniform(surety_noise_counter(sample: a, image: b, stream: c), key, bound, values.pointer, values.count)
    }

    /// `count` numbers uniform in ±`bound`, from the blocks with the counters (0, a, b, c), (1, a, b, c), …
    public func uniform(count: Int, within bound: Float, _ a: UInt32, _ b: UInt32, _ c: UInt32) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        surety_add_uniform(surety_noise_counter(sample: a, image: b, stream: c), key, bound, &values, count)
        return values
    }
}
