import Attacks
import CKernels
import Datasets
import Graphs
import Networks
import Tensors

/// One worker's part of a batch: its images through augmentation, noise and adversary, and the gradients of the objective.
///
/// Unchecked because each shard is used by one thread at a time.
final class Shard: @unchecked Sendable {
    private let defense: any Defense
    private let network: Network
    private let images: LabelledImages
    private let settings: TrainingSettings
    private let size: Int
    private let imageSize: Int
    private let classCount: Int
    private let objective: NamedExecutor
    private let outputs: Objective.Outputs
    private let masks: [Network.DropoutMask]
    /// The images loaded.
    private var indices: [Int] = []
    private var attack: (any AttackExecutor)?
    private var epoch = 0
    private var clean: [Float]
    private var labels: [Float]
    private var noise: [Float]
    private var directions: [Float]
    /// What replays carry over from step to step.
    private var perturbation: [Float]

    /// - Parameter objective: That of the defense.
    init(
        _ objective: Objective, _ defense: any Defense, network: Network, images: LabelledImages, size: Int,
        _ settings: TrainingSettings
    ) throws {
        self.defense = defense
        self.network = network
        self.images = images
        self.settings = settings
        self.size = size
        classCount = network.classCount
        imageSize = network.imageShape.elementCount
        let copies = defense.noise?.copies ?? 0
        clean = Array(repeating: 0, count: size * imageSize)
        labels = Array(repeating: 0, count: size * classCount)
        noise = Array(repeating: 0, count: size * imageSize * copies)
        directions = Array(repeating: 0, count: size * classCount * defense.directions)
        perturbation = Array(repeating: 0, count: defense.replays == nil ? 0 : size * imageSize)

        outputs = objective.outputs
        masks = objective.masks
        self.objective = try objective.makeExecutor()
        // Now, so that an adversary that makes no sense is refused before anything runs.
        try compileAdversary(of: epoch)
    }

    /// The adversary of this epoch, compiled, and no perturbation yet.
    func begin(epoch: Int) throws {
        if epoch != self.epoch { try compileAdversary(of: epoch) }
        for i in perturbation.indices { perturbation[i] = 0 }
    }

    private func compileAdversary(of epoch: Int) throws {
        self.epoch = epoch
        attack = try defense.adversary(epoch: epoch)?.makeExecutor(
            on: network, batchSize: size, copies: defense.noise?.copies ?? 0)
    }

    // What the last `differentiate` found; the memory is valid until the next.

    /// The objective.
    var loss: Float { objective.output(0)[0] }
    /// The gradient by the trainable parameter at this place.
    func gradient(_ index: Int) -> UnsafeBufferPointer<Float> { objective.output(outputs.gradients.lowerBound + index) }
    /// New running statistics of batch normalisation.
    func statistic(_ index: Int) -> UnsafeBufferPointer<Float> { objective.output(outputs.statistics.lowerBound + index) }
    /// Images, of those the network saw first, that it classified as labelled, and how many it saw.
    private(set) var correct = 0
    private(set) var seen = 0
    /// Images that the adversary would have moved further, had they not been confined; nil for one that does not confine.
    private(set) var confined: Int?

    /// Takes the images with these indices, as many as the shard's size.
    func load(_ indices: ArraySlice<Int>) {
        self.indices = Array(indices)
        for (place, index) in indices.enumerated() {
            let image = settings.augmentation.applied(
                to: images.image(at: index), shape: images.shape, index: index, epoch: epoch, seed: settings.seed)
            clean.replaceSubrange(AttackBatch.range(of: place, size: imageSize), with: image)
            for label in 0..<classCount { labels[place * classCount + label] = label == images.label(at: index) ? 1 : 0 }
        }
        if let drawn = defense.noise {
            let source = GaussianNoise(key: settings.seed, sigma: drawn.sigma)
            for copy in 0..<drawn.copies {
                source.draw(
                    into: &noise, at: copy * size, each: imageSize, for: indices, sample: epoch * drawn.copies + copy,
                    stream: .training)
            }
        }
        for number in 0..<defense.directions {
            GaussianNoise(key: settings.seed, sigma: 1).draw(
                into: &directions, at: number * size, each: classCount, for: indices,
                sample: epoch * defense.directions + number, stream: .objective)
        }
        directions.normaliseRows(of: classCount)
        objective.set("images", to: clean)
        objective.set("labels", to: labels)
        objective.set("noise", to: noise)
        objective.set("directions", to: directions)
    }

    /// Lets the adversary, the replays and dropout do what they do to the images loaded.
    func prepare(replay: Int, parameters: [String: Tensor]) throws {
        if let attack {
            try clean.withUnsafeBufferPointer { clean in
                try labels.withUnsafeBufferPointer { labels in
                    try noise.withUnsafeBufferPointer { noise in
                        let batch = AttackBatch(
                            images: clean, labels: labels, noise: noise.isEmpty ? nil : noise, indices: indices,
                            seed: settings.seed, trial: epoch)
                        objective.set("adversarial", to: try attack.run(batch, parameters: parameters))
                        confined = attack.confined
                    }
                }
            }
        }
        if !perturbation.isEmpty {
            let target = objective.input("adversarial")
            for i in target.indices { target[i] = min(max(clean[i] + perturbation[i], 0), 1) }
        }
        let step = epoch * (defense.replays?.count ?? 1) + replay
        let copies = masks.map { $0.node.shape[0] / size }.max() ?? 1
        for (place, mask) in masks.enumerated() {
            mask.draw(
                into: objective.input(mask.name), for: indices, number: (step * masks.count + place) * copies,
                seed: settings.seed)
        }
        objective.set(parameters)
    }

    /// Computes the objective and its gradients: on all workers at the same time.
    func differentiate() {
        objective.run()
        count(objective.output(outputs.logits))
        if let replays = defense.replays, let slope = outputs.slope { move(replays, along: objective.output(slope)) }
    }

    /// A step of the perturbation, which stays in its ball and keeps the images in [0, 1].
    private func move(_ replays: Replays, along slope: UnsafeBufferPointer<Float>) {
        var points = Array(objective.input("adversarial"))
        points.withUnsafeMutableBufferPointer { points in
            clean.withUnsafeBufferPointer { clean in
                for place in 0..<size {
                    let range = AttackBatch.range(of: place, size: imageSize)
                    replays.ball.ascend(
                        .init(rebasing: points[range]), along: .init(rebasing: slope[range]), step: replays.stepSize,
                        around: .init(rebasing: clean[range]))
                }
                for i in points.indices { perturbation[i] = points[i] - clean[i] }
            }
        }
    }

    private func count(_ logits: UnsafeBufferPointer<Float>) {
        seen = logits.count / classCount
        var classes = [Int32](repeating: 0, count: seen)
        surety_classify(logits.baseAddress, seen, classCount, &classes)
        correct = classes.indices.count { labels[$0 % size * classCount + max(0, Int(classes[$0]))] == 1 }
    }
}

extension [Float] {
    /// Makes each row a unit vector.
    fileprivate mutating func normaliseRows(of width: Int) {
        for start in stride(from: 0, to: count, by: width) {
            let length = self[start..<start + width].reduce(0) { $0 + $1 * $1 }.squareRoot()
            for i in start..<start + width where length > 0 { self[i] /= length }
        }
    }
}

extension NamedExecutor {
    fileprivate func set(_ name: String, to values: [Float]) {
        if !values.isEmpty { values.withUnsafeBufferPointer { set(name, to: $0) } }
    }
}
