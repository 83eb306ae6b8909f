import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyTensors

/// One thread of an evaluation: attacks groups of images and has the results judged.
final class AttackWorker {
    /// What is known of an image so far.
    private struct State {
        let index, label: Int
        let clean: [Float]
        let cleanClass: Int?
        var best: Success?
        var queries = 0
        var hasVanishedGradient = false
        var measurements: [AttackedImage.Measurement] = []
        /// Whether the clean image is misclassified.
        var isMisclassified: Bool { cleanClass.isWrong(for: label) }

        /// Whether nothing within `radius` is needed any more: the image was already found at that distance or nearer.
        func isSettled(within radius: Double?) -> Bool {
            if isMisclassified { return true }
            guard let radius, let best else { return false }
            return best.distance <= radius
        }
    }

    private struct Success {
        let attempt: AttackEvaluation.Attempt
        let image: [Float]
        let found: Int?
        let distance: Double
        let transport: WassersteinDistance.Transport?
    }

    private let evaluation: AttackEvaluation
    private let judge: any AttackJudge
    private let images: LabelledImages
    /// Draws the copies that attacks average over; nil where the network itself is attacked.
    private let sampler: (any NoiseSampler)?
    private var executors: [Int: any AttackExecutor] = [:]
    /// Made when first asked for.
    private var measured: Classifier?

    init(_ evaluation: AttackEvaluation, judge: any AttackJudge, images: LabelledImages) throws {
        self.evaluation = evaluation
        self.judge = judge
        self.images = images
        sampler = try evaluation.smoothing?.noise.family.attackSampler(key: evaluation.seed)
    }

    func attack(_ indices: [Int]) throws -> [AttackedImage] {
        let clean = indices.map(images.image)
        var states = zip(zip(indices, clean), try judge.classes(of: clean, indices: indices)).map { pair, found in
            State(index: pair.0, label: images.label(at: pair.0), clean: pair.1, cleanClass: found)
        }
        for (number, attempt) in evaluation.attempts.enumerated() {
            let open = states.indices.filter { place in
                attempt.isMeasured ? !states[place].isMisclassified : !states[place].isSettled(within: attempt.radius)
            }
            for first in stride(from: 0, to: open.count, by: evaluation.batchSize) {
                try make(number, attempt, on: Array(open[first..<min(first + evaluation.batchSize, open.count)]), &states)
            }
        }
        return states.map(finding)
    }

    /// One attempt on one batch.
    private func make(
        _ number: Int, _ attempt: AttackEvaluation.Attempt, on places: [Int], _ states: inout [State]
    ) throws {
        let executor = try executors[number] ?? attempt.attack.makeExecutor(
            on: evaluation.followed(by: attempt.attack), batchSize: evaluation.batchSize, copies: evaluation.smoothing?.copies ?? 0)
        executors[number] = executor
        let batch = places.map { states[$0] }
        let decision = evaluation.decision(for: attempt.attack, judge: judge)
        let proposals = zip(try propose(executor, on: batch, trial: number, decision: decision), batch).map { proposal, state in
            onGrid(admissible(proposal, for: state, within: attempt.radius), for: state, within: attempt.radius)
        }
        let classes = try judge.classes(of: proposals, indices: batch.map(\.index))
        let losses = attempt.isMeasured ? try losses(of: proposals, labels: batch.map(\.label)) : nil
        for (row, place) in places.enumerated() {
            states[place].queries += executor.queries[row]
            if executor.hasVanished[row] { states[place].hasVanishedGradient = true }
            let isWrong = classes[row].isWrong(for: states[place].label)
            guard isWrong || losses != nil else { continue }
            let (distance, transport) = try distance(proposals[row], from: states[place].clean)
            let isSuccess = isWrong && distance <= attempt.radius ?? .infinity
            if isSuccess, distance < states[place].best?.distance ?? .infinity {
                states[place].best = Success(
                    attempt: attempt, image: proposals[row], found: classes[row], distance: distance, transport: transport)
            }
            if let losses {
                states[place].measurements.append(
                    .init(
                        radius: attempt.radius, crossEntropy: losses[row], distance: distance, massError: transport?.massError,
                        isSuccess: isSuccess))
            }
        }
    }

    private func losses(of proposals: [[Float]], labels: [Int]) throws -> [Double?] {
        let classifier = try measured ?? Classifier(evaluation.measured, batchSize: evaluation.batchSize)
        measured = classifier
        for (row, image) in zip(classifier.images, proposals) { row.set(image) }
        classifier.run()
        return zip(classifier.logits, labels).map { $0.crossEntropy(label: $1) }
    }

    /// What the executor makes of the images; the last image is repeated to fill the batch. Each attempt has its own random
    /// numbers.
    private func propose(
        _ executor: any AttackExecutor, on batch: [State], trial: Int, decision: AttackBatch.Decision
    ) throws -> [[Float]] {
        let full = batch + Array(repeating: batch[batch.count - 1], count: evaluation.batchSize - batch.count)
        let attacked = AttackBatch(
            images: Images(full.map(\.clean), shape: evaluation.source.imageShape), labels: full.map(\.label),
            noise: noise(for: full.map(\.index)), indices: full.map(\.index), seed: evaluation.seed, trial: trial,
            decision: decision, seesThroughSaturation: true)
        return try executor.run(attacked, parameters: evaluation.source.parameters).prefix(batch.count).map { Array($0) }
    }

    /// Noise for each copy of each image, copy after copy; none for the base classifier.
    private func noise(for indices: [Int]) -> Images? {
        guard let sampler, let copies = evaluation.smoothing?.copies else { return nil }
        let noise = Images(count: copies * indices.count, shape: evaluation.source.imageShape)
        // Noise does not depend on the image: a copy of a black one is nothing else.
        let black = [Float](repeating: 0, count: noise.size)
        for (place, index) in indices.enumerated() {
            let drawn = sampler.copies(of: black, index: index)
            for copy in 0..<copies { drawn.draw(copy, stream: .attackedCopies, to: noise[copy * indices.count + place]) }
        }
        return noise
    }

    /// The proposal limited to [0, 1] and to the ball: attacks work in single precision, and an image outside by a rounding
    /// error would not count. The image itself where the proposal is not an image.
    private func admissible(_ proposal: [Float], for state: State, within radius: Double?) -> [Float] {
        guard proposal.allSatisfy(\.isFinite) else { return state.clean }
        let limited = proposal.map { min(max($0, 0), 1) }
        guard let radius, case .ball(let norm) = evaluation.distance else { return limited }
        let length = norm.distance(limited, state.clean)
        if length <= radius || length > 1.001 * radius { return limited }
        let scale = Float(radius / length).nextDown.nextDown
        let drawn = zip(limited, state.clean).map { $1 + ($0 - $1) * scale }
        return norm.distance(drawn, state.clean) <= radius
            ? drawn : zip(limited, state.clean).map { $1 + ($0 - $1) * scale * (1 - 1e-6) }
    }

    /// The nearest image on the grid of a smoothed classifier. If that lies outside the ball, each pixel goes to the next
    /// point towards the attacked image.
    private func onGrid(_ proposal: [Float], for state: State, within radius: Double?) -> [Float] {
        guard let grid = evaluation.smoothing?.noise.family.grid else { return proposal }
        let nearest = grid.rounded(proposal)
        guard let radius, case .ball(let norm) = evaluation.distance, norm.distance(nearest, state.clean) > radius else { return nearest }
        let points = zip(grid.points(of: state.clean), proposal).map { clean, pixel in
            let offset = Double(pixel) * Double(grid.steps) - Double(clean)
            // Anything nearer than a millionth of a step is that point, missed by rounding.
            return clean + Int32((offset + (offset < 0 ? -1e-6 : 1e-6)).rounded(.towardZero))
        }
        return points.map(grid.value)
    }

    /// The distance that is to be kept small; for Wasserstein distance, with how the mass moves.
    private func distance(
        _ image: [Float], from clean: [Float]
    ) throws -> (distance: Double, transport: WassersteinDistance.Transport?) {
        switch evaluation.distance {
        case .ball(let norm): return (norm.distance(image, clean), nil)
        case .wasserstein(let cost):
            let exact = try WassersteinDistance(groundCost: cost).between(clean, image, shape: evaluation.source.imageShape)
            return (exact.cost, exact)
        }
    }

    private func finding(_ state: State) -> AttackedImage {
        let image = state.best?.image ?? state.clean
        return AttackedImage(
            image: state.index, label: state.label, cleanClass: state.cleanClass,
            adversarialClass: state.best.map(\.found) ?? state.cleanClass, isSuccess: state.isMisclassified || state.best != nil,
            attack: state.best.map { type(of: $0.attempt.attack).name }, radius: state.best?.attempt.radius,
            distance: { $0.distance(image, state.clean) },
            transport: state.best?.transport, queries: state.queries,
            hasVanishedGradient: state.hasVanishedGradient, adversarial: image, measurements: state.measurements)
    }
}
