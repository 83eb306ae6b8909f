import SuretyAttacks
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// One worker's part of a batch: takes its images through augmentation, noise and adversary, and computes the gradients of
/// the objective.
///
/// Unchecked because each worker is used by one thread at a time.
final class TrainingWorker: @unchecked Sendable {
    private let defense: any Defense
    private let network: Network
    private let images: LabelledImages
    private let settings: TrainingSettings
    private let size: Int
    private let objective: NamedExecutor
    private let outputs: Objective.Outputs
    private let masks: [Network.DropoutMask]
    /// The images loaded.
    private var indices: [Int] = []
    private var attack: (any AttackExecutor)?
    private var epoch = 0
    private var labels: [Int] = []
    /// Inputs of the objective.
    private let clean, oneHot, adversarial, noise, directions: Images
    /// What replays carry over from step to step; empty if there are none.
    private let perturbation: Images

    /// - Parameter objective: The defense's objective.
    init(
        _ objective: Objective, _ defense: any Defense, network: Network, images: LabelledImages, size: Int,
        _ settings: TrainingSettings
    ) throws {
        self.defense = defense
        self.network = network
        self.images = images
        self.settings = settings
        self.size = size
        outputs = objective.outputs
        masks = objective.masks
        let executor = try objective.makeExecutor()
        self.objective = executor
        (clean, oneHot) = (try executor.input("images"), try executor.input("labels"))
        (adversarial, noise) = (try executor.input("adversarial"), try executor.input("noise"))
        directions = try executor.input("directions")
        perturbation = Images(count: defense.replays == nil ? 0 : size, shape: network.imageShape)
        // Done now, so that an adversary that makes no sense is refused before anything runs.
        try compileAdversary(of: epoch)
    }

    /// The adversary of this epoch, compiled, and no perturbation yet.
    func begin(epoch: Int) throws {
        if epoch != self.epoch { try compileAdversary(of: epoch) }
        perturbation.elements.fill(with: 0)
    }

    private func compileAdversary(of epoch: Int) throws {
        self.epoch = epoch
        attack = try defense.adversary(epoch: epoch)?.makeExecutor(
            on: network, batchSize: size, copies: defense.noise?.copies ?? 0)
    }

    // What the last `differentiate` found; the memory is valid until the next.

    /// The objective.
    var loss: Float { objective.output(0)[0][0] }
    /// The gradient by the trainable parameter at this place.
    func gradient(_ index: Int) -> Row { objective.output(outputs.gradients.lowerBound + index).elements }
    /// New running statistics of batch normalisation.
    func statistic(_ index: Int) -> Row { objective.output(outputs.statistics.lowerBound + index).elements }
    /// How many images it classified correctly when it first saw them, and how many it saw.
    private(set) var correct = 0
    private(set) var seen = 0
    /// Images that the adversary would have moved further, if they had not been confined; nil for an adversary that does not
    /// confine.
    private(set) var confined: Int?

    /// Takes the images with these indices, as many as the worker takes.
    func load(_ indices: ArraySlice<Int>) {
        self.indices = Array(indices)
        labels = indices.map(images.label(at:))
        for (place, index) in indices.enumerated() {
            clean[place].set(
                settings.augmentation.applied(
                    to: images.image(at: index), shape: images.shape, index: index, epoch: epoch, seed: settings.seed))
            oneHot[place].fill { $0 == labels[place] ? 1 : 0 }
        }
        if let drawn = defense.noise {
            GaussianNoise(key: settings.seed, sigma: drawn.sigma)
                .draw(noise, for: self.indices, firstSample: epoch * drawn.copies, stream: .training)
        }
        if defense.directions > 0 {
            GaussianNoise(key: settings.seed, sigma: 1)
                .draw(directions, for: self.indices, firstSample: epoch * defense.directions, stream: .objective)
            for row in directions { row.normalise() }
        }
    }

    /// Applies the adversary, the replays and dropout to the loaded images.
    func prepare(replay: Int, parameters: [String: Tensor]) throws {
        if let attack {
            let batch = AttackBatch(
                images: clean, labels: labels, noise: defense.noise == nil ? nil : noise, indices: indices,
                seed: settings.seed, trial: epoch)
            adversarial.set(try attack.run(batch, parameters: parameters))
            confined = attack.confined
        }
        for (place, r) in perturbation.enumerated() {
            let clean = clean[place]
            adversarial[place].fill { min(max(clean[$0] + r[$0], 0), 1) }
        }
        let step = epoch * (defense.replays?.count ?? 1) + replay
        let copies = masks.map { $0.node.shape[0] / size }.max() ?? 1
        for (place, mask) in masks.enumerated() {
            mask.draw(
                into: try objective.input(mask.name).elements, for: indices, number: (step * masks.count + place) * copies,
                seed: settings.seed)
        }
        try objective.set(parameters)
    }

    /// Computes the objective and its gradients: on all workers at the same time.
    func differentiate() {
        objective.run()
        count(objective.output(outputs.logits))
        if let replays = defense.replays, let slope = outputs.slope { move(replays, along: objective.output(slope)) }
    }

    /// A step of the perturbation, which stays in its ball and keeps the images in [0, 1].
    private func move(_ replays: BatchReuse, along slopes: Images) {
        for (place, r) in perturbation.enumerated() {
            let (point, clean) = (adversarial[place], clean[place])
            replays.ball.ascend(point, along: slopes[place], step: replays.stepSize, around: clean)
            r.fill { point[$0] - clean[$0] }
        }
    }

    private func count(_ logits: Images) {
        seen = logits.count
        correct = zip(logits.indices, logits.classes).count { $1 == labels[$0 % size] }
    }
}

extension Row {
    /// Scales it to a unit vector, unless it is 0.
    fileprivate func normalise() {
        let length = reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length > 0 { fill { self[$0] / length } }
    }
}
