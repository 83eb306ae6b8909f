import SuretyTensors

/// Random shifts and mirrorings of training images, drawn anew for each image in each epoch.
public struct Augmentation: Sendable, Hashable, Codable {
    /// The largest shift of an image in either direction, in pixels; what enters at the border is black. The same as
    /// cropping at random from an image with that many pixels of border.
    public var shift: Int
    /// Whether half of the images, chosen at random, are mirrored left to right.
    public var mirrors: Bool

    /// - Parameters:
    ///   - shift: Pixels, the largest in either direction.
    ///   - mirrors: Whether half of the images, chosen at random, are mirrored.
    public init(shift: Int = 0, mirrors: Bool = false) {
        self.shift = shift
        self.mirrors = mirrors
    }

    /// The images as they are.
    public static let none = Augmentation()

    /// The image of this shape [C, H, W], changed as the random numbers of its index and the epoch determine.
    package func applied(to image: [Float], shape: [Int], index: Int, epoch: Int, seed: UInt64) -> [Float] {
        if self == .none { return image }
        let words = Philox(key: seed).block((UInt32(epoch), UInt32(index), 0, RandomStream.augmentation.rawValue))
        let (height, width) = (shape[1], shape[2])
        let down = offset(words.0), right = offset(words.1)
        let isMirrored = mirrors && words.2 & 1 == 1
        var result = [Float](repeating: 0, count: image.count)
        for channel in 0..<shape[0] {
            for y in 0..<height where (0..<height).contains(y + down) {
                for x in 0..<width where (0..<width).contains(x + right) {
                    let source = (channel * height + y + down) * width + x + right
                    result[(channel * height + y) * width + (isMirrored ? width - 1 - x : x)] = image[source]
                }
            }
        }
        return result
    }

    /// A shift in −shift…shift, from 32 random bits.
    private func offset(_ word: UInt32) -> Int {
        Int((UInt64(word) * UInt64(2 * shift + 1)) >> 32) - shift
    }
}
