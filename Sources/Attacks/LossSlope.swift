import Foundation
import Graphs
import Networks
import Tensors

/// The gradient of an adversarial loss by the images, compiled for a network and a batch: what gradient attacks follow.
///
///     slope.load(batch, parameters: parameters)
///     _ = slope.images.update(fromContentsOf: batch.images)
///     let gradient = slope.evaluate()          // then move slope.images, and again
package final class LossSlope {
    /// Elements of an image.
    package let imageSize: Int
    /// Evaluations of the network for each image since it was given this batch, and how often another's judge was shown it.
    package var queries: [Int] { count.byImage }
    /// For which images the gradient of the loss was zero, or below the smallest normal number, where it was asked for since the
    /// batch was given. Looked at only where the batch is to be seen through saturation.
    package private(set) var hasVanished: [Bool]
    private var count: QueryCount
    private let gradient: NamedExecutor
    private let reference: NamedExecutor?
    private let loss: AdversarialLoss
    private let classCount: Int
    private let copies: Int
    /// By what each image's logits are multiplied.
    private var scales: [Float]
    private var seesThroughSaturation = false

    /// - Parameters:
    ///   - copies: Noisy copies of each image over which the loss averages; 0 for none. The batch brings the noise.
    ///   - withLogits: Whether `logits` are wanted besides.
    package init(
        of loss: AdversarialLoss, on network: Network, batchSize: Int, copies: Int = 0, withLogits: Bool = false
    ) throws {
        imageSize = network.imageShape.elementCount
        classCount = network.classCount
        self.loss = loss
        self.copies = max(1, copies)
        count = QueryCount(batchSize: batchSize)
        scales = Array(repeating: 1, count: batchSize)
        hasVanished = Array(repeating: false, count: batchSize)
        let batchShape = [batchSize] + network.imageShape
        let images = Node.input("images", shape: batchShape)
        let labels = Node.input("labels", shape: [batchSize, network.classCount])
        let probabilities = Node.input("reference", shape: [batchSize, network.classCount])
        let noise = Node.input("noise", shape: [self.copies * batchSize] + network.imageShape)
        let scale = Node.input("scale", shape: [self.copies * batchSize, 1])
        let parameters = network.parameterNodes

        let seen = copies > 0 ? try images.repeated(copies) + noise : images
        let logits = try network.logits(of: seen, parameters: parameters.byName)
        let value = try loss.node(
            logits: loss.saturates ? logits * scale : logits, labels: labels, reference: probabilities, copies: self.copies)
        gradient = try NamedExecutor(
            computing: Graphs.gradient(of: value, with: [images]) + (withLogits || loss.saturates ? [logits] : []),
            from: [images, labels, probabilities, noise, scale] + parameters.inputs)
        reference = loss.needsReference
            ? try NamedExecutor(
                computing: [network.logits(of: images, parameters: parameters.byName).softmax(axis: 1)],
                from: [images] + parameters.inputs)
            : nil
        setScales(scales)
    }

    /// Where the images are to be written that the gradient is taken at.
    package var images: UnsafeMutableBufferPointer<Float> { gradient.input("images") }

    /// Takes labels, noise and parameters, and what the network says of the clean images where the loss compares with that.
    package func load(_ batch: AttackBatch, parameters: [String: Tensor]) {
        count.reset()
        seesThroughSaturation = batch.seesThroughSaturation
        for place in hasVanished.indices { (hasVanished[place], scales[place]) = (false, 1) }
        setScales(scales)
        if let reference {
            reference.set(parameters)
            reference.set("images", to: batch.images)
            reference.run()
            count.add(nil)
            gradient.set("reference", to: reference.output(0))
        }
        gradient.set(parameters)
        gradient.set("labels", to: batch.labels)
        if let noise = batch.noise { gradient.set("noise", to: noise) }
    }

    /// Replaces the batch's labels: by the classes of a targeted attack, or by weights.
    package func setLabels(_ labels: UnsafeBufferPointer<Float>) { gradient.set("labels", to: labels) }

    /// Takes cross entropy of each image's logits times this from now on, whatever becomes of its gradient.
    package func fixScales(_ scales: [Float]) {
        self.scales = scales
        seesThroughSaturation = false
        setScales(scales)
    }

    /// The gradient at `images`, of their shape; valid until the next call.
    ///
    /// Where cross entropy has none, or its logits are so close to one another that it has no shape, it is that of cross
    /// entropy at rescaled logits, if the batch is to be seen through saturation; everywhere else that of the loss itself.
    ///
    /// - Parameter isWanted: The images it is asked of, which counts as a query; all, where nil.
    package func evaluate(for isWanted: [Bool]? = nil) -> UnsafeBufferPointer<Float> {
        gradient.run()
        count.add(isWanted)
        guard seesThroughSaturation else { return gradient.output(0) }
        var rescaled = scales
        for place in scales.indices where isWanted?[place] ?? true {
            let isLost = isGradientZero(at: place)
            if isLost { hasVanished[place] = true }
            guard loss.saturates else { continue }
            let spread = spread(at: place)
            if isLost || spread < LogitScale.usual.lowerBound {
                rescaled[place] = LogitScale.factor(spread: spread) ?? 1
            }
        }
        let isRescaled = zip(rescaled, scales).map { $0 != $1 }
        guard isRescaled.contains(true) else { return gradient.output(0) }
        // The others come out as they did: an image's gradient depends on no other image.
        setScales(rescaled)
        gradient.run()
        count.add(isRescaled)
        setScales(scales)
        return gradient.output(0)
    }

    /// The logits [copies·N, K] at the images last evaluated, where asked for.
    package var logits: UnsafeBufferPointer<Float> { gradient.output(1) }

    /// Which of the images last evaluated the batch's decision finds the network attacked to err on; needs the logits.
    package func errs(_ batch: AttackBatch, margins: Margins, for isWanted: [Bool]? = nil) throws -> [Bool] {
        if case .judge = batch.decision { count.add(isWanted) }
        return try batch.errs(on: images, for: isWanted) { margins(logits) }
    }

    private func setScales(_ scales: [Float]) {
        let target = gradient.input("scale")
        for row in target.indices { target[row] = scales[row % scales.count] }
    }

    /// Whether no element of the published loss's gradient is a normal number. An element that is not a number hides nothing.
    private func isGradientZero(at place: Int) -> Bool {
        let factor = loss == .logOdds ? crossEntropySlope(at: place) : 1
        return gradient.output(0)[AttackBatch.range(of: place, size: imageSize)]
            .allSatisfy { abs($0 * factor) < .leastNormalMagnitude }
    }

    /// By what the slope of the log odds is to be multiplied to be that of cross entropy: 1 less the label's probability.
    private func crossEntropySlope(at place: Int) -> Float {
        let row = AttackBatch.range(of: place, size: classCount)
        let (logits, labels) = (Array(gradient.output(1)[row]), gradient.input("labels")[row])
        guard let label = labels.firstIndex(of: 1).map({ $0 - row.lowerBound }), let highest = logits.max() else { return 1 }
        let masses = logits.map { exp(($0 - highest) * scales[place]) }
        let others = masses.indices.reduce(0) { $1 == label ? $0 : $0 + masses[$1] }
        return others / (others + masses[label])
    }

    /// The largest over the copies.
    private func spread(at place: Int) -> Float {
        (0..<copies).reduce(0) { largest, copy in
            let row = AttackBatch.range(of: copy * scales.count + place, size: classCount)
            return max(largest, LogitScale.spread(logits[row]))
        }
    }
}
