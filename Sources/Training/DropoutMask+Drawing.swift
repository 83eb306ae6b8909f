import SuretyNetworks
import SuretyTensors

extension Network.DropoutMask {
    /// Draws the mask for some images. If the mask has more rows than there are images, the images pass through the network
    /// several times.
    ///
    /// What an image gets depends only on the seed, its index and the number of the draw: `number`, and the numbers after it
    /// for further passes. No two draws of a training share a number.
    package func draw(
        into mask: Row, for indices: some Collection<Int>, number: Int, seed: UInt64
    ) {
        let width = node.shape.dropFirst().reduce(1, *)
        let copies = node.shape[0] / max(1, indices.count)
        let generator = Philox(key: seed)
        // A uniform number in ±1 is at least 2 rate − 1 with probability 1 − rate.
        let (threshold, kept) = (2 * rate - 1, 1 / (1 - rate))
        var place = 0
        for copy in 0..<copies {
            for index in indices {
                let numbers = generator.uniform(
                    count: width, within: 1, UInt32(truncatingIfNeeded: number + copy), UInt32(index),
                    RandomStream.dropout.rawValue)
                for value in numbers {
                    mask[place] = value >= threshold ? kept : 0
                    place += 1
                }
            }
        }
    }
}
