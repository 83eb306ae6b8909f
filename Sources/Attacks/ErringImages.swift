import CKernels

/// Which images of a batch a network misclassifies, so that an attack leaves alone what it has succeeded with.
package struct ErringImages {
    private let classCount: Int
    private var sums: [Float]
    private var classes: [Int32]

    package init(batchSize: Int, classCount: Int) {
        self.classCount = classCount
        sums = Array(repeating: 0, count: batchSize * classCount)
        classes = Array(repeating: 0, count: batchSize)
    }

    /// Whether the largest logit is not the label's, for each image; of the sum over copies where there are any.
    ///
    /// - Parameters:
    ///   - logits: [copies·N, K].
    ///   - labels: One 1 in each row of [N, K].
    package mutating func find(logits: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Float>) -> [Bool] {
        for i in sums.indices { sums[i] = 0 }
        for i in logits.indices { sums[i % sums.count] += logits[i] }
        surety_classify(sums, classes.count, classCount, &classes)
        return classes.enumerated().map { place, found in found >= 0 && labels[place * classCount + Int(found)] != 1 }
    }
}
