import Attacks
import Datasets
import Graphs
import Networks
import Tensors

/// One worker's part of a batch: its images through noise and adversary, and the gradients of the objective.
///
/// Unchecked because each shard is used by one thread at a time.
final class Shard: @unchecked Sendable {
    private let defense: any Defense
    private let images: LabelledImages
    private let size: Int
    private let seed: UInt64
    private let classCount: Int
    private let trainable: [String]
    private let statistics: [String]
    private let objective: NamedExecutor
    private let attack: ProjectedGradientExecutor?
    private var clean: [Float]
    private var labels: [Float]
    private var noise: [Float]
    private var start: [Float]

    init(_ defense: any Defense, network: Network, images: LabelledImages, size: Int, seed: UInt64) throws {
        self.defense = defense
        self.images = images
        self.size = size
        self.seed = seed
        classCount = network.classCount
        let imageSize = network.imageShape.elementCount
        let copies = defense.noise?.copies ?? 0
        clean = Array(repeating: 0, count: size * imageSize)
        labels = Array(repeating: 0, count: size * classCount)
        noise = Array(repeating: 0, count: size * imageSize * copies)
        start = Array(repeating: 0, count: size * imageSize)
        attack = try defense.adversary(epoch: 0).map {
            try ProjectedGradientExecutor($0, on: network, batchSize: size, copies: copies)
        }

        let batch = [size] + network.imageShape
        let imageNode = Node.input("images", shape: batch)
        let labelNode = Node.input("labels", shape: [size, classCount])
        let adversarialNode = Node.input("adversarial", shape: batch)
        let noiseNode = Node.input("noise", shape: [max(1, copies) * size] + network.imageShape)
        let parameters = network.parameterInputs
        var updates: [String: Node] = [:]
        let graph = ObjectiveGraph(
            images: imageNode, labels: labelNode, adversarial: attack == nil ? imageNode : adversarialNode,
            noise: copies > 0 ? noiseNode : nil
        ) { [parameters] x in
            let pass = try network.trainingPass(of: x, parameters: parameters)
            // Of several passes the first, on the images the defense names first, moves the running statistics.
            updates.merge(pass.statistics) { first, _ in first }
            return pass.logits
        }
        let loss = try defense.objective(graph)
        trainable = network.trainableParameters
        statistics = updates.keys.sorted()
        let gradients = try gradient(of: loss, with: trainable.compactMap { parameters[$0] })
        objective = try NamedExecutor(
            computing: [loss] + gradients + statistics.compactMap { updates[$0] },
            from: [imageNode, labelNode, adversarialNode, noiseNode] + parameters.sorted { $0.key < $1.key }.map(\.value))
    }

    /// What a step found.
    struct Result {
        var loss: Float
        var gradients: [String: [Float]]
        /// New running statistics of batch normalisation.
        var statistics: [String: [Float]]
    }

    /// The objective and its gradients on the images with these indices, as many as the shard's size.
    func run(on indices: ArraySlice<Int>, epoch: Int, parameters: [String: Tensor]) -> Result {
        load(indices, epoch: epoch)
        objective.set(parameters)
        clean.withUnsafeBufferPointer { clean in
            labels.withUnsafeBufferPointer { labels in
                noise.withUnsafeBufferPointer { noise in
                    objective.set("images", to: clean)
                    objective.set("labels", to: labels)
                    if !noise.isEmpty { objective.set("noise", to: noise) }
                    if let attack, let adversary = defense.adversary(epoch: epoch) {
                        let moved = start.withUnsafeBufferPointer { start in
                            attack.run(
                                adversary, images: clean, labels: labels, noise: noise.isEmpty ? nil : noise,
                                start: adversary.start == .image ? nil : start, parameters: parameters)
                        }
                        objective.set("adversarial", to: moved)
                    }
                }
            }
        }
        objective.run()
        var result = Result(loss: objective.output(0)[0], gradients: [:], statistics: [:])
        for (index, name) in trainable.enumerated() { result.gradients[name] = Array(objective.output(1 + index)) }
        for (index, name) in statistics.enumerated() {
            result.statistics[name] = Array(objective.output(1 + trainable.count + index))
        }
        return result
    }

    private func load(_ indices: ArraySlice<Int>, epoch: Int) {
        let imageSize = clean.count / size
        for (place, index) in indices.enumerated() {
            clean.replaceSubrange(place * imageSize..<(place + 1) * imageSize, with: images.image(at: index))
            for label in 0..<classCount { labels[place * classCount + label] = label == images.label(at: index) ? 1 : 0 }
        }
        if let settings = defense.noise {
            for copy in 0..<settings.copies {
                draw(into: &noise, at: copy * size, sigma: settings.sigma, indices, sample: epoch * settings.copies + copy, .training)
            }
        }
        guard let adversary = defense.adversary(epoch: epoch) else { return }
        switch adversary.start {
        case .gaussian(let sigma): draw(into: &start, at: 0, sigma: sigma, indices, sample: epoch, .start)
        case .uniform: drawUniform(radius: adversary.ball.radius, indices, epoch: epoch)
        case .image: break
        }
    }

    /// Gaussian values keyed by seed, image and sample, in the shape of images one after another.
    private func draw(
        into values: inout [Float], at first: Int, sigma: Float, _ indices: ArraySlice<Int>, sample: Int,
        _ stream: GaussianNoise.Stream
    ) {
        let imageSize = clean.count / size
        let zero = [Float](repeating: 0, count: imageSize)
        let source = GaussianNoise(key: seed, sigma: sigma)
        values.withUnsafeMutableBufferPointer { values in
            zero.withUnsafeBufferPointer { zero in
                for (place, index) in indices.enumerated() {
                    let range = (first + place) * imageSize..<(first + place + 1) * imageSize
                    source.add(
                        to: zero, sample: UInt32(sample), image: UInt32(index), stream: stream,
                        output: UnsafeMutableBufferPointer(rebasing: values[range]))
                }
            }
        }
    }

    /// Uniform values in ±radius, keyed likewise.
    private func drawUniform(radius: Float, _ indices: ArraySlice<Int>, epoch: Int) {
        let imageSize = clean.count / size
        let generator = Philox(key: seed)
        for (place, index) in indices.enumerated() {
            let values = generator.uniform(
                count: imageSize, within: radius, UInt32(epoch), UInt32(index), GaussianNoise.Stream.start.rawValue)
            start.replaceSubrange(place * imageSize..<(place + 1) * imageSize, with: values)
        }
    }
}
