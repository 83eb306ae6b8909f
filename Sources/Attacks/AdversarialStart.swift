import SuretyTensors

extension AttackedClassifier {
    /// For each image, leaves in `points` the first of a number of proposals that is misclassified. Where there is none, or
    /// the clean image is misclassified, it leaves the clean image.
    ///
    /// - Parameter propose: Writes proposal number `trial` for the image at `place`, which lies in the row, over it.
    /// - Returns: For each image, whether there is one.
    func findAdversarialStarts(
        of batch: AttackBatch, trials: Int, propose: (_ trial: Int, _ place: Int, _ point: Row) -> Void
    ) throws -> [Bool] {
        points.set(batch.images)
        let isWrongAnyway = try decide()
        var isFound = isWrongAnyway
        for trial in 0..<trials where isFound.contains(false) {
            for place in points.indices where !isFound[place] {
                points[place] = batch.images[place]
                propose(trial, place, points[place])
            }
            let isWrong = try decide(for: isFound.map { !$0 })
            for place in isFound.indices where !isFound[place] { isFound[place] = isWrong[place] }
        }
        for place in points.indices where !isFound[place] { points[place] = batch.images[place] }
        return zip(isFound, isWrongAnyway).map { $0 && !$1 }
    }

    /// Moves misclassified points towards the clean images, along the line between them, to within 2⁻¹⁰ of its length beside
    /// the boundary.
    func bisect(towards batch: AttackBatch, moving: [Bool]) throws {
        let far = Images(copying: points)
        var low = [Float](repeating: 0, count: moving.count)
        var high = [Float](repeating: 1, count: moving.count)
        func place(at parts: [Float]) {
            for place in moving.indices where moving[place] {
                let (clean, far, part) = (batch.images[place], far[place], parts[place])
                points[place].fill { clean[$0] + part * (far[$0] - clean[$0]) }
            }
        }
        for _ in 0..<10 {
            let middle = zip(low, high).map { ($0 + $1) / 2 }
            place(at: middle)
            for (place, isWrong) in try decide(for: moving).enumerated() {
                if isWrong { high[place] = middle[place] } else { low[place] = middle[place] }
            }
        }
        place(at: high)
    }
}
