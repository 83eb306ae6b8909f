import SuretyTensors

/// The mean over the parts of a batch: of the objective, its gradients, and batch normalisation's running statistics.
struct BatchMean {
    private(set) var loss: Float = 0
    private(set) var gradients: [String: [Float]] = [:]
    private(set) var statistics: [String: [Float]] = [:]
    private(set) var correct = 0
    private(set) var seen = 0
    /// Images of the batch that were confined; nil if no image can be.
    private(set) var confined: Int?

    /// Adds what a worker found, times `weight`.
    mutating func add(_ worker: TrainingWorker, _ trainable: [String], _ statisticNames: [String], weight: Float) {
        loss += weight * worker.loss
        for (index, name) in trainable.enumerated() { gradients.add(worker.gradient(index), to: name, weight: weight) }
        for (index, name) in statisticNames.enumerated() { statistics.add(worker.statistic(index), to: name, weight: weight) }
        correct += worker.correct
        seen += worker.seen
        if let confined = worker.confined { self.confined = (self.confined ?? 0) + confined }
    }
}

/// Sums over an epoch.
struct Tally {
    private var lossSum = 0.0
    private var batches = 0
    private var correct = 0
    private var seen = 0
    private var confined: Int?
    private var images = 0

    mutating func add(_ mean: BatchMean, images: Int) {
        lossSum += Double(mean.loss)
        batches += 1
        correct += mean.correct
        seen += mean.seen
        if let confined = mean.confined { self.confined = (self.confined ?? 0) + confined }
        self.images += images
    }

    /// The mean objective.
    var loss: Double { batches == 0 ? 0 : lossSum / Double(batches) }
    var accuracy: Double { seen == 0 ? 0 : Double(correct) / Double(seen) }
    /// The fraction of the images that were confined; nil if no image can be.
    var confinedShare: Double? { images == 0 ? nil : confined.map { Double($0) / Double(images) } }
}

extension [String: [Float]] {
    fileprivate mutating func add(_ values: Row, to name: String, weight: Float) {
        // In place: taking a dictionary's value out and putting it back would copy it.
        values.add(times: weight, to: &self[name, default: Array(repeating: 0, count: values.count)])
    }
}
