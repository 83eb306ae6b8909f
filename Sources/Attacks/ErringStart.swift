extension ForwardPass {
    /// For each image the first of `trials` proposals that the network misclassifies, left in `images`; where there is none, or
    /// the network misclassifies the clean image, the clean image.
    ///
    /// - Parameter propose: Writes proposal number `trial` for the image at `place`, which lies there, over it.
    /// - Returns: Whether there is one, for each image.
    package func findErringStarts(
        of batch: AttackBatch, margins: Margins, trials: Int,
        propose: (_ trial: Int, _ place: Int, _ image: UnsafeMutableBufferPointer<Float>) -> Void
    ) throws -> [Bool] {
        _ = images.update(fromContentsOf: batch.images)
        let isWrongAnyway = try errs(batch, margins: margins)
        var isFound = isWrongAnyway
        for trial in 0..<trials where isFound.contains(false) {
            for place in isFound.indices where !isFound[place] {
                reset(place, to: batch)
                propose(trial, place, image(at: place))
            }
            let errs = try errs(batch, margins: margins, for: isFound.map { !$0 })
            for place in isFound.indices where !isFound[place] { isFound[place] = errs[place] }
        }
        for place in isFound.indices where !isFound[place] { reset(place, to: batch) }
        return zip(isFound, isWrongAnyway).map { $0 && !$1 }
    }

    /// Moves images that the network misclassifies towards the clean ones, along the line between them, to within 2⁻¹⁰ of its
    /// length beside the boundary.
    package func bisect(towards batch: AttackBatch, margins: Margins, moving: [Bool]) throws {
        let far = Array(images)
        var low = [Float](repeating: 0, count: moving.count)
        var high = [Float](repeating: 1, count: moving.count)
        func place(at parts: [Float]) {
            for place in moving.indices where moving[place] {
                for i in AttackBatch.range(of: place, size: imageSize) {
                    images[i] = batch.images[i] + parts[place] * (far[i] - batch.images[i])
                }
            }
        }
        for _ in 0..<10 {
            let middle = zip(low, high).map { ($0 + $1) / 2 }
            place(at: middle)
            for (place, errs) in try errs(batch, margins: margins, for: moving).enumerated() {
                if errs { high[place] = middle[place] } else { low[place] = middle[place] }
            }
        }
        place(at: high)
    }

    package func image(at place: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(rebasing: images[AttackBatch.range(of: place, size: imageSize)])
    }

    private func reset(_ place: Int, to batch: AttackBatch) {
        _ = image(at: place).update(fromContentsOf: batch.images[AttackBatch.range(of: place, size: imageSize)])
    }
}
