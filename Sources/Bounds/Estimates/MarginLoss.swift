import Graphs
import Networks
import Tensors

/// What f is in the loss max_{i≠c} f_i(x) − f_c(x).
public enum LossScores: String, Sendable, CaseIterable, Codable {
    /// The network's output; what a final softmax is applied to.
    case logits
    /// Softmax of the logits, as in the paper: "label probabilities".
    case probabilities
}

/// The loss of the gradient-regularisation paper's section 2.2 (Finlay and Oberman 2020, after Carlini and Wagner 2017),
/// with its gradient with respect to the image, compiled for a batch:
///
///     ℓ(x) = max_{i≠c} f_i(x) − f_c(x)
///
/// with c the label. It is negative exactly where the network answers c, so that ℓ₀ = 0.
struct MarginLoss: Sendable {
    let batchSize: Int
    let imageSize: Int
    let classCount: Int
    private let program: Program

    init(of network: Network, scores: LossScores, batchSize: Int) throws {
        guard network.classCount > 1 else { throw BoundsError.tooFewClasses(network.classCount) }
        self.batchSize = batchSize
        (imageSize, classCount) = (network.imageShape.elementCount, network.classCount)
        let images = Node.input("images", shape: [batchSize] + network.imageShape)
        let labels = Node.input("labels", shape: [batchSize, classCount])
        let logits = try network.withoutFinalSoftmax.logits(of: images)
        let f = scores == .logits ? logits : try logits.softmax(axis: 1)
        // The label's own score is put far below the others, of which the largest is then taken.
        let others = try (f - labels * .constant(1e9)).reshaped(to: [batchSize, 1, 1, classCount])
            .maximumPool(Window(size: [1, classCount], strides: [1, 1]))
        // Summed over images, so that an image's gradient does not depend on the batch it is in.
        let loss = try others.sum() - (f * labels).sum()
        program = try Program(computing: [f] + gradient(of: loss, with: [images]), from: [images, labels])
    }

    func makeEvaluator() throws(GraphError) -> Evaluator { Evaluator(self, try program.makeExecutor()) }

    /// One thread's memory for the loss.
    ///
    ///     evaluator.setLabel(3, at: 0)
    ///     evaluator.image(0) …            // write the pixels
    ///     evaluator.run()
    ///     evaluator.loss(0), evaluator.gradient(0)
    final class Evaluator {
        private let loss: MarginLoss
        private let executor: Executor
        private var labels: [Int]

        fileprivate init(_ loss: MarginLoss, _ executor: Executor) {
            self.loss = loss
            self.executor = executor
            labels = Array(repeating: 0, count: loss.batchSize)
            for place in labels.indices { setLabel(0, at: place) }
        }

        func setLabel(_ label: Int, at place: Int) {
            labels[place] = label
            for k in 0..<loss.classCount { executor.input(1)[place * loss.classCount + k] = k == label ? 1 : 0 }
        }

        /// Where an image's pixels are to be written.
        func image(_ place: Int) -> UnsafeMutableBufferPointer<Float> {
            UnsafeMutableBufferPointer(rebasing: executor.input(0)[place * loss.imageSize..<(place + 1) * loss.imageSize])
        }

        func run() { executor.run() }

        /// f at the image last evaluated.
        func scores(_ place: Int) -> UnsafeBufferPointer<Float> {
            UnsafeBufferPointer(rebasing: executor.output(0)[place * loss.classCount..<(place + 1) * loss.classCount])
        }

        /// ℓ at the image last evaluated; NaN where a score is.
        func loss(_ place: Int) -> Double {
            let scores = scores(place)
            var largest = -Float.infinity
            for k in scores.indices where k != labels[place] && !(scores[k] <= largest) { largest = scores[k] }
            return Double(largest) - Double(scores[labels[place]])
        }

        /// ∇ℓ at the image last evaluated; valid until the next run.
        func gradient(_ place: Int) -> UnsafeBufferPointer<Float> {
            UnsafeBufferPointer(rebasing: executor.output(1)[place * loss.imageSize..<(place + 1) * loss.imageSize])
        }
    }
}
