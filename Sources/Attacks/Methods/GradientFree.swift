import CKernels
import Graphs
import Networks
import Tensors

/// SmoothAdv's attack without gradients (Salman et al. 2019, §3.1): by Stein's lemma the gradient of the smoothed
/// probability is E[δ·F(x′ + δ)_y]/σ², so the steps go along the mean over the noisy copies of −F(x′ + δ)_y·δ, each with
/// the same length, back into the ball and into [0, 1].
///
/// With hard votes F is 1 for the label's class and 0 otherwise: an attack on the smoothed classifier that is certified,
/// and on networks that have no gradient. Its direction is noisy; hundreds of copies make it useful. Probabilities are those of
/// logits brought to a usual scale where theirs is not (`LogitScale`).
public struct GradientFree: BallAttack, Hashable {
    public static let name = "gradient-free"
    public static let summary = "steps along noise weighed by probability, on a smoothed classifier (Salman 2019)"

    public var ball: Ball
    /// The size of a step, where it does not follow from the radius.
    public var givenStepSize: Float?
    public var steps = 20
    /// Whether copies vote instead of giving their probabilities.
    public var usesVotes = false

    public init(ball: Ball) { self.ball = ball }

    /// The size of a step.
    public var stepSize: Float { givenStepSize ?? 2 * ball.radius / Float(max(1, steps)) }

    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...100_000, "steps of the attack"),
            .number("step", \.givenStepSize, in: 0...1000, otherwise: "2·radius/steps", "size of a step"),
            .flag("votes", \.usesVotes, "copies vote instead of giving their probabilities"),
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        guard copies > 0 else {
            throw AttackError("gradient-free attacks the mean over noisy copies, and there are none: attack the smoothed classifier, with --sigma")
        }
        try checkSettings()
        return try GradientFreeExecutor(self, on: network, batchSize: batchSize, copies: copies)
    }
}

/// The attack without gradients compiled for a network and a batch.
final class GradientFreeExecutor: AttackExecutor {
    private let attack: GradientFree
    private let imageSize: Int
    private let classCount: Int
    private let copies: Int
    private let forward: NamedExecutor
    private var directions: [Float]
    private var count: QueryCount

    init(_ attack: GradientFree, on network: Network, batchSize: Int, copies: Int) throws {
        self.attack = attack
        self.copies = copies
        imageSize = network.imageShape.elementCount
        classCount = network.classCount
        let images = Node.input("images", shape: [batchSize] + network.imageShape)
        let noise = Node.input("noise", shape: [copies * batchSize] + network.imageShape)
        let parameters = network.parameterNodes
        let scale = Node.input("scale", shape: [copies * batchSize, 1])
        let logits = try network.logits(of: images.repeated(copies) + noise, parameters: parameters.byName)
        forward = try NamedExecutor(
            computing: attack.usesVotes ? [logits] : [(logits * scale).softmax(axis: 1), logits],
            from: [images, noise, scale] + parameters.inputs)
        directions = Array(repeating: 0, count: batchSize * imageSize)
        count = QueryCount(batchSize: batchSize)
    }

    var queries: [Int] { count.byImage }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float> {
        guard let noise = batch.noise else { throw AttackError("gradient-free was given no noise") }
        forward.set(parameters)
        forward.set("noise", to: noise)
        let points = forward.input("images")
        _ = points.update(fromContentsOf: batch.images)
        count.reset()
        forward.input("scale").update(repeating: 1)
        for step in 0..<attack.steps {
            forward.run()
            count.add(nil)
            if step == 0, rescale() { forward.run() }
            setDirections(of: batch, noise: noise)
            directions.withUnsafeBufferPointer { directions in
                for place in batch.indices.indices {
                    let range = AttackBatch.range(of: place, size: imageSize)
                    attack.ball.ascend(
                        .init(rebasing: points[range]), along: .init(rebasing: directions[range]), step: attack.stepSize,
                        around: .init(rebasing: batch.images[range]))
                }
            }
        }
        return UnsafeBufferPointer(points)
    }

    /// Brings the logits at the images themselves to a usual scale; whether that changes any. Votes have none.
    private func rescale() -> Bool {
        if attack.usesVotes { return false }
        let scale = forward.input("scale")
        let corrections = LogitScale.corrections(forward.output(1), classCount: classCount)
        for row in scale.indices { scale[row] = corrections[row] }
        return corrections.contains { $0 != 1 }
    }

    /// −Σ F(x′ + δ)_y·δ over the copies, for each image.
    private func setDirections(of batch: AttackBatch, noise: UnsafeBufferPointer<Float>) {
        let size = batch.indices.count
        let outputs = forward.output(0)
        var classes = [Int32](repeating: 0, count: copies * size)
        if attack.usesVotes { surety_classify(outputs.baseAddress, classes.count, classCount, &classes) }
        directions.withUnsafeMutableBufferPointer { directions in
            directions.update(repeating: 0)
            for row in 0..<copies * size {
                let place = row % size
                let labels = batch.labels[place * classCount..<(place + 1) * classCount]
                guard let label = labels.firstIndex(of: 1).map({ $0 - labels.startIndex }) else { continue }
                let weight = attack.usesVotes ? (Int(classes[row]) == label ? 1 : 0) : outputs[row * classCount + label]
                let direction = UnsafeMutableBufferPointer(
                    rebasing: directions[AttackBatch.range(of: place, size: imageSize)])
                let copy = UnsafeBufferPointer(rebasing: noise[AttackBatch.range(of: row, size: imageSize)])
                surety_move(direction.baseAddress, copy.baseAddress, -Double(weight), imageSize)
            }
        }
    }
}
