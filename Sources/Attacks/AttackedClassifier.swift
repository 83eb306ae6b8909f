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
    /// Evaluations of the network for each image since it was given the batch, and how often another's judge was shown it. An
    /// image that an attack is done with is evaluated along with the others, but not for its sake: so the count depends on the
    /// image alone, not on its batch.
    public private(set) var queries: [Int]
    /// For which images the gradient of the loss was zero, or below the smallest normal number, where it was asked for since
    /// the batch was given. Looked at only where the batch is to be seen through saturation.
    public var hasVanished: [Bool] { reportedVanished ?? vanished }
    /// How many images would have gone further, had they not been confined to a region of their own: for the attack to say.
    public var confined: Int?

    /// What the attack says in the place of `vanished`.
    var reportedVanished: [Bool]?
    private(set) var vanished: [Bool]
    private let classifier: Classifier
    private let answer: Classifier.Answer
    private var batch: AttackBatch?
    private var seesThroughSaturation = false
    /// By what each image's logits are multiplied for the loss.
    private var scales: [Float]

    init(_ network: Network, batchSize: Int, copies: Int = 0, answering answer: Classifier.Answer = .logits) throws {
        classifier = try Classifier(
            network, batchSize: batchSize, copies: copies, answering: answer, takesParameters: true)
        self.answer = answer
        queries = Array(repeating: 0, count: batchSize)
        vanished = Array(repeating: false, count: batchSize)
        scales = Array(repeating: 1, count: batchSize)
    }

    /// Takes a batch, whose clean images are the points at first.
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

    /// The images the attack tries, where it moves them.
    public var points: Images { classifier.images }
    /// The logits [copies·N, K] of the points last evaluated.
    public var logits: Images { classifier.logits }
    /// Their softmax, where the attack asks for it.
    public var probabilities: Images { classifier.probabilities }
    /// What the loss multiplies the logits by: 1 at the label at first. An attack may take other labels, or weights.
    public var weights: Images { classifier.weights }
    /// Logits of an image, K.
    public var classCount: Int { classifier.classCount }
    /// Noisy copies of each image; 0 where the network itself is attacked.
    public var copies: Int { classifier.copies }

    private var loss: Loss? { if case .gradient(let loss) = answer { loss } else { nil } }

    // Questions

    /// Evaluates the network on the points.
    ///
    /// - Parameter isWanted: The images for whose sake, which counts as a query of them; all, where nil.
    public func evaluate(for isWanted: [Bool]? = nil) {
        classifier.run()
        count(isWanted)
    }

    /// The gradient of the loss by each point, and the logits besides; valid until the next question.
    ///
    /// Where cross entropy has none, or its logits are so close to one another that it has no shape, it is that of cross
    /// entropy at rescaled logits, if the batch is to be seen through saturation; everywhere else that of the loss itself.
    ///
    /// - Parameter isWanted: The images it is asked of, which counts as a query; all, where nil.
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
        // The others come out as they did: an image's gradient depends on no other image.
        classifier.setScales(rescaled)
        evaluate(for: isRescaled)
        classifier.setScales(scales)
        return classifier.gradients
    }

    /// Which of the points, as they were last evaluated, are successes: the classifier's class is not the label, under noise that
    /// of most copies. Logits that are not numbers give no class, and no success. Where another decides, it is that one's class,
    /// and none is a success as well; nothing is one where nobody decides.
    ///
    /// - Parameter isWanted: The images that a judge is asked about; of the others it says no. All, where nil.
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
            for (place, answer) in zip(wanted, classes) { found[place] = answer != batch.labels[place] }
            return found
        }
    }

    /// What `misclassified` says where the network that is followed decides.
    var isMisclassifiedBySource: [Bool] { zip(classifier.classes, batch?.labels ?? []).map { $0 != nil && $0 != $1 } }

    /// The same of the points as they are now. The network is evaluated only if it decides.
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

    /// Takes the loss, or the probabilities, of logits times this from now on, whatever becomes of the gradient.
    ///
    /// - Parameter scales: For each image, or for each copy of each.
    func fixScales(_ scales: [Float]) {
        self.scales = scales
        seesThroughSaturation = false
        classifier.setScales(scales)
    }

    /// Brings the probabilities of unusual logits at the points last evaluated to a usual scale: they are computed anew.
    func rescale() {
        let corrections = scaleCorrections
        fixScales(corrections)
        if corrections.contains(where: { $0 != 1 }) { classifier.run() }
    }

    private func count(_ isWanted: [Bool]?) {
        for place in queries.indices where isWanted?[place] ?? true { queries[place] += 1 }
    }

    // Saturation

    /// Whether no element of the published loss's gradient is a normal number. An element that is not a number hides nothing.
    private func isGradientZero(at place: Int) -> Bool {
        let factor = loss == .logOdds ? crossEntropySlope(at: place) : 1
        return classifier.gradients[place].allSatisfy { abs($0 * factor) < .leastNormalMagnitude }
    }

    /// By what the slope of the log odds is to be multiplied to be that of cross entropy: 1 less the label's probability.
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
