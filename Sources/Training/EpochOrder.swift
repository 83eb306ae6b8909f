import SuretyTensors

/// The order in which an epoch goes through the images: a shuffle that depends on the seed and the epoch alone.
package struct EpochOrder {
    package let indices: [Int]

    package init(count: Int, epoch: Int, seed: UInt64) {
        let generator = Philox(key: seed)
        // Sorting by random keys is a uniform shuffle, up to ties, which 64 bits make negligible.
        indices = (0..<count)
            .map { index -> (key: UInt64, index: Int) in
                let words = generator.block((UInt32(index), UInt32(epoch), 0, RandomStream.epochOrder.rawValue))
                return (UInt64(words.0) << 32 | UInt64(words.1), index)
            }
            .sorted { ($0.key, $0.index) < ($1.key, $1.index) }
            .map(\.index)
    }
}
