import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// The classifier that an attack follows, with the batch in hand: it answers, counts what it is asked, and knows who decides
/// whether an image is a success. For one thread at a time.
///
///     let gradients = classifier.gradients(for: moving)      // at classifier.points
///     let isFound = try classifier.misclassified()           // the same points
public final class AttackedClassifier {
    /// For each image, the evaluations of the network since it was given the batch, plus the times another network's judge
    /// was shown it. An image that an attack is done with is still evaluated along with the others, but that is not counted:
    /// so the count depends on the image alone, not on its batch.
    public private(set) var queries: [Int]
    /// For each image, whether the gradient of the loss was zero, or below the smallest normal number, at any time it was
    /// asked for since the batch was given. Checked only if the batch is to be seen through saturation.
    public var hasVanished: [Bool] { reportedVanished ?? vanished }
    /// How many images would have gone further if they had not been confined to their own region; the attack sets this.
    public var confined: Int?

    /// What the attack reports in place of `vanished`.
    var reportedVanished: [Bool]?
    private(set) var vanished: [Bool]
    private let classifier: Classifier
    private let answer: Classifier.Answer
    private var batch: AttackBatch?
    private var seesThroughSaturation = false
    /// The factor by which each image's logits are multiplied for the loss.
    private var scales: [Float]

    init(_ network: Network, batchSize: Int, copies: Int = 0, answering answer: Classifier.Answer = .logits) throws {
        classifier = try Classifier(
            network, batchSize: batchSize, copies: copies, answering: answer, takesParameters: true)
        self.answer = answer
        queries = Array(repeating: 0, count: batchSize)
        vanished = Array(repeating: false, count: batchSize)
        scales = Array(repeating: 1, count: batchSize)
    }

    /// Takes a batch; at first, the points are its clean images.
    func load(_ batch: AttackBatch, parameters: [String: Tensor]) throws {
        self.batch = batch
        (reportedVanished, confined) = (nil, nil)
        for place in queries.indices { (queries[place], vanished[place], scales[place]) = (0, false, 1) }
        seesThroughSaturation = batch.seesThroughSaturation
        classifier.setScales(scales)
        try classifier.set(parameters)
        if let loss, loss.needsReference {
            try classifier.setReference(batch.images)
            count(nil)
        }
        if loss != nil { classifier.setLabels(batch.labels) }
        if let noise = batch.noise, copies > 0 { classifier.noise.set(noise) }
        points.set(batch.images)
    }

    /// The images the attack tries, which it moves in place.
    public var points: Images { classifier.images }
    /// The logits [copies·N, K] of the points last evaluated.
    public var logits: Images { classifier.logits }
    /// Their softmax, where the attack asks for it.
    public var probabilities: Images { classifier.probabilities }
    /// What the loss multiplies the logits by: at first, 1 at the label. An attack may set other labels, or weights.
    public var weights: Images { classifier.weights }
    /// Logits of an image, K.
    public var classCount: Int { classifier.classCount }
    /// Noisy copies of each image; 0 where the network itself is attacked.
    public var copies: Int { classifier.copies }

    private var loss: Loss? { if case .gradient(let loss) = answer { loss } else { nil } }

    // Questions

    /// Evaluates the network on the points.
    ///
    /// - Parameter isWanted: The images it is done for; it counts as a query of these. nil means all.
    public func evaluate(for isWanted: [Bool]? = nil) {
        classifier.run()
        count(isWanted)
    }

    /// The gradient of the loss by each point, and also the logits; valid until the next question.
    ///
    /// If cross entropy has no gradient, or its logits are so close to one another that it has no shape, this is the gradient
    /// of cross entropy at rescaled logits, provided that the batch is to be seen through saturation. Otherwise it is that of
    /// the loss itself.
    ///
    /// - Parameter isWanted: The images it is asked for, which counts as a query; nil means all.
    public func gradients(for isWanted: [Bool]? = nil) -> Images {
        evaluate(for: isWanted)
        guard seesThroughSaturation else { return classifier.gradients }
        var rescaled = scales
        for place in points.indices where isWanted?[place] ?? true {
            let isLost = isGradientZero(at: place)
            if isLost { vanished[place] = true }
            guard loss?.saturates ?? false else { continue }
            let spread = spread(at: place)
            if isLost || spread < LogitScale.usual.lowerBound { rescaled[place] = LogitScale.factor(spread: spread) ?? 1 }
        }
        let isRescaled = zip(rescaled, scales).map { $0 != $1 }
        guard isRescaled.contains(true) else { return classifier.gradients }
        // The others come out as before: an image's gradient depends on no other image.
        classifier.setScales(rescaled)
        evaluate(for: isRescaled)
        classifier.setScales(scales)
        return classifier.gradients
    }

    /// Which of the points last evaluated are successes: those where the classifier's class (under noise, the one most copies
    /// get) is not the label. Logits that are not numbers give no class, and so no success. If another network decides, its
    /// class counts instead, and giving no class is a success too. If nobody decides, nothing is a success.
    ///
    /// - Parameter isWanted: The images that a judge is asked about; for the others the result is false. nil means all.
    public func misclassified(for isWanted: [Bool]? = nil) throws -> [Bool] {
        guard let batch else { return [] }
        switch batch.decision {
        case .source: return isMisclassifiedBySource
        case .nobody: return batch.indices.map { _ in false }
        case .judge(let judge):
            count(isWanted)
            let wanted = points.indices.filter { isWanted?[$0] ?? true }
            let classes = try judge.classes(of: wanted.map { Array(points[$0]) }, indices: wanted.map { batch.indices[$0] })
            var found = batch.indices.map { _ in false }
            for (place, answer) in zip(wanted, classes) { found[place] = answer.isWrong(for: batch.labels[place]) }
            return found
        }
    }

    /// What `misclassified` says if the network that is followed decides.
    var isMisclassifiedBySource: [Bool] {
        zip(classifier.classes, batch?.labels ?? []).map { $0 != nil && $0.isWrong(for: $1) }
    }

    /// The same for the points as they are now. The network is evaluated only if it decides.
    public func decide(for isWanted: [Bool]? = nil) throws -> [Bool] {
        if batch?.decision.isSource ?? true { evaluate(for: isWanted) }
        return try misclassified(for: isWanted)
    }

    /// The class of each row of the logits last evaluated; nil where one is not a number.
    public var classesOfCopies: [Int?] { classifier.classesOfCopies }

    /// How far the points last evaluated are beyond the boundary, by `Classifier.margins`.
    public func margins() -> [Float] { classifier.margins(labels: batch?.labels ?? []) }

    /// The correction (`LogitScale`) for each row of the logits last evaluated.
    var scaleCorrections: [Float] { logits.map { LogitScale.correction(spread: LogitScale.spread($0)) } }

    /// From now on, takes the loss, or the probabilities, of the logits times these factors, whatever the gradient becomes.
    ///
    /// - Parameter scales: For each image, or for each copy of each.
    func fixScales(_ scales: [Float]) {
        self.scales = scales
        seesThroughSaturation = false
        classifier.setScales(scales)
    }

    /// Recomputes the probabilities of logits of an unusual scale, at the points last evaluated, with the logits at a usual
    /// scale.
    func rescale() {
        let corrections = scaleCorrections
        fixScales(corrections)
        if corrections.contains(where: { $0 != 1 }) { classifier.run() }
    }

    private func count(_ isWanted: [Bool]?) {
        for place in queries.indices where isWanted?[place] ?? true { queries[place] += 1 }
    }

    // Saturation

    /// Whether no element of the gradient of the published loss is a normal number. A NaN element counts as hiding nothing.
    private func isGradientZero(at place: Int) -> Bool {
        let factor = loss == .logOdds ? crossEntropySlope(at: place) : 1
        return classifier.gradients[place].allSatisfy { abs($0 * factor) < .leastNormalMagnitude }
    }

    /// The factor that turns the slope of the log odds into that of cross entropy: 1 less the label's probability.
    private func crossEntropySlope(at place: Int) -> Float {
        let logits = logits[place]
        guard let label = batch?.labels[place], let highest = logits.max() else { return 1 }
        let masses = logits.map { exp(($0 - highest) * scales[place]) }
        let others = masses.indices.reduce(0) { $1 == label ? $0 : $0 + masses[$1] }
        return others / (others + masses[label])
    }

    /// The largest over the copies.
    private func spread(at place: Int) -> Float {
        stride(from: place, to: logits.count, by: points.count).reduce(0) { max($0, LogitScale.spread(logits[$1])) }
    }
}
