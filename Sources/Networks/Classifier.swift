import SuretyGraphs
import SuretyTensors

/// A network compiled for batches of images, with memory to run in. Only this type writes the network's inputs and reads its
/// outputs. For one thread at a time.
///
///     let classifier = try Classifier(network, batchSize: 2, answering: .gradient(of: .crossEntropy))
///     classifier.images[0].set(first)
///     classifier.images[1].set(second)
///     classifier.setLabels([3, 7])
///     classifier.run()
///     classifier.classes                // [3, 9]
///     classifier.logits[1]              // a row of as many numbers as there are classes
///     classifier.gradients[1]           // ∇ₓ −log softmax(f(x))₇, a row of as many as there are pixels
///
/// With noisy copies it is the smoothed classifier g(x) = argmax_c P[f(x + noise) = c] (Cohen, Rosenfeld and Kolter 2019,
/// equation 1), estimated from them.
public final class Classifier {
    /// What is computed besides the logits.
    public enum Answer: Sendable, Hashable {
        /// Nothing but the logits.
        case logits
        /// Softmax of the logits.
        case probabilities
        /// The gradient of a loss by the images.
        case gradient(of: Loss)
    }

    /// [N, C, H, W], to be written before `run`.
    public let images: Images
    /// What is added to each copy, [copies·N, C, H, W], copy after copy; empty if there are no copies.
    public let noise: Images
    /// What the loss multiplies the logits by, [N, K]: a single 1 in each row, at the label, for losses that know labels.
    /// Empty if no gradient is computed.
    public let weights: Images
    /// [copies·N, K], a row for each copy of each image, copy after copy. These three are valid until the next run.
    public let logits: Images
    /// The same number of rows of probabilities, if they are asked for.
    public let probabilities: Images
    /// ∇ of the loss by each image, [N, C, H, W], if it is asked for.
    public let gradients: Images

    /// Images at a time, N.
    public var batchSize: Int { images.count }
    /// Logits of an image, K.
    public var classCount: Int { logits.size }
    /// Noisy copies of each image; 0 for the network itself.
    public let copies: Int

    private let executor: NamedExecutor
    private let reference: NamedExecutor?
    private let scaled: Images
    private let takesParameters: Bool

    /// - Parameters:
    ///   - network: In inference mode.
    ///   - copies: Noisy copies of each image; with copies, `noise` must be written.
    ///   - takesParameters: Whether other parameters may be set, unless the network's are fixed. Otherwise they are packed
    ///     once, which is faster.
    /// - Throws: `NetworkError` or `GraphError` when the graph cannot be compiled.
    public convenience init(
        _ network: Network, batchSize: Int, copies: Int = 0, answering answer: Answer = .logits,
        takesParameters: Bool = false
    ) throws {
        try self.init(
            Compiled(
                network, batchSize: batchSize, copies: copies, answering: answer, takesParameters: takesParameters))
    }

    /// A classifier that shares the program with others, each on a thread of its own.
    public init(_ compiled: Compiled) throws {
        let executor = try NamedExecutor(running: compiled.program, inputs: compiled.inputs)
        func input(_ name: String) throws -> Images { try executor.input(name) }
        let (none, answer) = (Images(count: 0, shape: []), compiled.answer)
        self.executor = executor
        copies = compiled.copies
        takesParameters = !compiled.parameters.isEmpty
        images = try input("images")
        noise = copies > 0 ? try input("noise") : none
        scaled = compiled.isScaled ? try input("logit scale") : none
        if case .gradient = answer { weights = try input("label weights") } else { weights = none }
        logits = executor.output(answer == .logits ? 0 : 1)
        probabilities = answer == .probabilities ? executor.output(0) : none
        if case .gradient = answer { gradients = executor.output(0) } else { gradients = none }
        reference = try compiled.reference.map { try NamedExecutor(running: $0.program, inputs: $0.inputs) }
        scaled.elements.fill(with: 1)
        try set(compiled.parameters)
    }

    /// Takes other values of the network's parameters, by name, if it takes parameters.
    ///
    /// - Throws: `GraphError` for a name that the network does not know.
    public func set(_ parameters: [String: Tensor]) throws(GraphError) {
        guard takesParameters else { return }
        try executor.set(parameters)
        try reference?.set(parameters)
    }

    /// Takes the classes of the images for the loss; a row without one has no label.
    public func setLabels(_ labels: [Int?]) {
        weights.elements.fill(with: 0)
        for (row, label) in zip(weights, labels) { if let label { row[label] = 1 } }
    }

    /// Takes the images that a divergence compares with: their probabilities are computed now.
    public func setReference(_ clean: Images) throws(GraphError) {
        guard let reference else { return }
        try reference.input("images").set(clean)
        reference.run()
        try executor.input("reference").set(reference.output(0))
    }

    /// The factors by which the logits are multiplied before a loss that saturates, or the probabilities, are computed: one
    /// for each image, or for each copy of each image.
    public func setScales(_ scales: [Float]) { scaled.elements.fill { scales[$0 % scales.count] } }

    /// Evaluates the network on what `images` hold now.
    public func run() { executor.run() }

    // Answers

    /// The class of each image last evaluated; nil where a logit is not a number. Under noise, the class that most copies
    /// get, the first of several, and nil if no copy gets any.
    public var classes: [Int?] {
        let found = classesOfCopies
        if copies == 0 { return found }
        return images.indices.map { place in
            var votes = [Int](repeating: 0, count: classCount)
            for case let vote? in stride(from: place, to: found.count, by: batchSize).lazy.map({ found[$0] }) { votes[vote] += 1 }
            return votes.max().flatMap { most in most > 0 ? votes.firstIndex(of: most) : nil }
        }
    }

    /// The class of each row of `logits`: that of the largest logit, the first of equal ones; nil if a logit is not a number.
    public var classesOfCopies: [Int?] { logits.classes }

    /// How far the classifier is from its label on each image last evaluated: max_{j≠y} z_j − z_y of the logits, or of the mean
    /// probabilities over noisy copies. −∞ where a logit is not finite, or there is no label.
    public func margins(labels: [Int?]) -> [Float] {
        labels.enumerated().map { place, label in
            guard let label else { return -.infinity }
            if copies == 0 {
                let row = logits[place]
                return row.allSatisfy(\.isFinite) ? Float(row.margin(label: label)) : -.infinity
            }
            var sums = [Float](repeating: 0, count: classCount)
            for copy in 0..<copies {
                let row = logits[copy * batchSize + place]
                guard row.allSatisfy(\.isFinite) else { return -.infinity }
                for (k, probability) in row.softmax.enumerated() { sums[k] += probability }
            }
            return Float(sums.map { $0 / Float(copies) }.margin(label: label))
        }
    }
}
