/// What was sampled of a loss, block by block.
struct BlockMaxima: Sendable {
    /// The largest dual norm of ∇ℓ in each block.
    var gradientNorms: [Double]
    /// For each block and each radius of the grid, the largest error of the linear approximation up to that radius.
    var errors: [[Double]]
    /// How many images of each block have a gradient that is exactly zero.
    var flatImages: [Int]
    /// The largest absolute score.
    var largestScore = 0.0
    let blockSize: Int

    /// The relative accuracy of the loss and its gradient in single precision.
    static let precision = 0x1p-19

    init(blocks: Int, blockSize: Int) {
        gradientNorms = Array(repeating: 0, count: blocks)
        errors = Array(repeating: [], count: blocks)
        flatImages = Array(repeating: 0, count: blocks)
        self.blockSize = blockSize
    }

    /// Why nothing can be learnt from these maxima; nil if something can.
    ///
    /// A loss whose gradient underflows to zero, such as a difference of probabilities that are 0 and 1 in single precision,
    /// looks as if it were constant, and every bound on it would be as large as possible.
    var saturation: String? {
        let (flat, images) = (flatImages.reduce(0, +), blockSize * gradientNorms.count)
        let flatBlocks = gradientNorms.count { $0 == 0 }
        guard flatBlocks > 0 || 2 * flat > images else { return nil }
        return """
            the loss's gradient is exactly zero on \(flat) of \(images) sampled images, and on all of \(flatBlocks) of \
            \(gradientNorms.count) blocks: the loss is saturated or constant there, and shows nothing
            """
    }
}
