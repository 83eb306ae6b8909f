import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyRecords
import SuretyReports
import SuretySharing
import SuretySmoothing
import Synchronization

extension Model {
    /// Attacks each selected image, judges the result, and keeps it in a directory. Starts a run there, or continues one.
    ///
    /// - Parameter source: The model whose gradients are followed, if it is not this one: a transfer attack. It must take the same
    ///   images and tell the same classes apart.
    /// - Returns: The run; it is not finished when the monitor asked to stop.
    /// - Throws: Any error that stops it; what was found by then is kept.
    @discardableResult
    public func attack(
        _ images: LabelledImages, with plan: AttackPlan, source: Model? = nil, selection: ImageSelection = .all, into url: URL,
        _ execution: Execution = Execution()
    ) throws -> AttackRun {
        let algorithm = try execution.convolving(network, as: RunDirectory<AttackSettings>.recordOfResults(at: url)).convolution
        let (evaluation, record) = try prepare(plan, images, source, selection, algorithm, execution)
        let directory = try AttackDirectory(at: url, for: record, images: images)
        if directory.isFinished {
            execution.monitor.note("\(url.path) holds this run, finished")
            return RunContents(record: directory.run.record, lines: directory.run.lines)
        }
        let successes = Mutex(0)
        return try directory.run.finish(
            execution.monitor,
            save: {
                let adversarial = try directory.save()
                draw(Array(zip(directory.run.lines, adversarial)), of: images, to: url, execution.monitor)
            }
        ) { counter in
            try evaluation.run(
                on: images, indices: directory.run.remaining, threads: execution.threads,
                shouldStop: execution.monitor.shouldStop
            ) { findings in
                try directory.append(findings)
                let found = successes.withLock { successes in
                    successes += findings.count(where: \.isSuccess)
                    return successes
                }
                counter.advance(by: findings.count) { _, _ in "\(found) misclassified" }
            }
        }
    }

    /// The same, as one of any number of equal workers on a shared folder.
    ///
    /// - Returns: Once all images are done, or the monitor asks to stop.
    @discardableResult
    public func attack(
        _ images: LabelledImages, with plan: AttackPlan, source: Model? = nil, selection: ImageSelection = .all,
        sharing share: SharingOptions, _ execution: Execution = Execution()
    ) throws -> SharedProgress {
        let algorithm = try execution.convolving(network, as: SharedRun<AttackSettings>.record(at: share.folder)).convolution
        let (evaluation, record) = try prepare(plan, images, source, selection, algorithm, execution)
        let worker = Worker(record.environment ?? execution.environment())
        let run = try share.join(record, as: worker)
        let task = GroupTask(run, pieceSeconds: share.pieceSeconds) { indices, isOver in
            let found = Mutex<[AttackedImage]>([]), stopped = execution.monitor.shouldStop
            try evaluation.run(
                on: images, indices: indices, threads: execution.threads, shouldStop: { isOver() || stopped() },
                deliverGroup: { findings in found.withLock { $0 += findings } })
            let findings = found.withLock(\.self)
            try run.keep(AttackedImage.pixels(of: findings))
            return findings
        }
        return try SharedWorker(run, task, as: worker, execution.monitor).work()
    }

    /// The attacks and their record; everything that can be refused is refused here.
    private func prepare(
        _ plan: AttackPlan, _ images: LabelledImages, _ source: Model?, _ selection: ImageSelection, _ algorithm: ConvolutionAlgorithm,
        _ execution: Execution
    ) throws -> (AttackEvaluation, AttackRecord) {
        try selection.requireImages(of: images)
        if let source { try requireSource(source) }
        let size = execution.batchSize ?? plan.batchSize(for: selection.count(of: images.count), threads: execution.threads)
        let evaluation = try plan.evaluation(of: self, source: source, data: .init(images), batchSize: size, algorithm)
        try evaluation.check()
        try evaluation.requireExecutors()
        let convolution = try plan.convolution(of: evaluation, judged: network, algorithm)
        let record = AttackRecord(
            model: record, data: .init(images), settings: plan.record(source: source), selection: selection,
            environment: execution.environment(batch: size, convolution: convolution))
        return (evaluation, record)
    }

    /// A picture of some images before and after.
    private func draw(
        _ found: [(finding: AttackedImage, pixels: [Float])], of images: LabelledImages, to url: URL, _ monitor: Monitor
    ) {
        let shown: [(clean: [Float], adversarial: [Float])] = found.filter { $0.finding.attack != nil }.prefix(12).map {
            (images.image(at: $0.finding.image), $0.pixels)
        }
        guard !shown.isEmpty else { return }
        monitor.draw("grid.png") {
            try ImageGrid(
                rows: [
                    shown.map(\.clean), shown.map { ImageGrid.perturbation(from: $0.clean, to: $0.adversarial) },
                    shown.map(\.adversarial),
                ],
                shape: images.shape
            ).draw(to: url.appending(path: "grid.png"))
        }
    }
}

extension AttackPlan {
    /// Few images at a time, because the rest of a group in the last attempts does not fill a large batch; with copies, a
    /// batch is larger anyway. Short runs have small groups: see `AttackEvaluation`.
    fileprivate func batchSize(for count: Int, threads: Int) -> Int {
        max(1, min(16, 64 / (smoothing?.copies ?? 1), count / (8 * threads)))
    }

    fileprivate func evaluation(
        of model: Model, source: Model?, data: DataRecord, batchSize: Int, _ algorithm: ConvolutionAlgorithm
    ) throws -> AttackEvaluation {
        let judged = model.network
        return AttackEvaluation(
            of: (source ?? model).network, attempts: attempts, distance: distance,
            smoothing: smoothing.map { .init(noise: $0.predictor.noise, copies: $0.copies) },
            seed: seed, batchSize: batchSize, measuring: judged, judgedBy: try judge(of: model, data, batchSize: batchSize, algorithm),
            convolving: algorithm, isTransfer: source != nil)
    }

    /// Who decides which class an image has: the network, or PREDICT.
    private func judge(
        of model: Model, _ data: DataRecord, batchSize: Int, _ algorithm: ConvolutionAlgorithm
    ) throws -> @Sendable () throws -> any AttackJudge {
        let network = model.network
        guard let predictor = smoothing?.predictor else { return { try NetworkJudge(network, batchSize: batchSize) } }
        let key = NoiseKey(seed: seed, model: model.record, data: data, noise: predictor.noise, procedure: .attack)
        let classifier = try SmoothedClassifier(network.convolving(by: algorithm), predictor.noise, key: key.value)
        return { try PredictionJudge(classifier, predictor) }
    }

    /// How convolutions are computed: by Winograd's algorithm if an attack or PREDICT, as the judge, uses it.
    fileprivate func convolution(
        of evaluation: AttackEvaluation, judged network: Network, _ algorithm: ConvolutionAlgorithm
    ) throws -> ConvolutionAlgorithm {
        let attacks = try evaluation.convolution
        guard attacks == .direct, smoothing != nil else { return attacks }
        return try Classifier.Compiled(network.convolving(by: algorithm), batchSize: 1).convolution
    }

    fileprivate func record(source: Model?) -> AttackSettings {
        let norm = switch distance {
        case .ball(let norm): norm.rawValue
        case .wasserstein: "wasserstein"
        }
        let predictor = smoothing?.predictor
        return AttackSettings(
            attacks: names, norm: norm, epsilon: radii, parameters: parameters, seed: seed,
            classifier: predictor == nil ? .base : .smoothed, noise: predictor?.noise,
            copies: smoothing?.copies, n: predictor?.n, alpha: predictor?.alpha, source: source?.record,
            cells: cells.map { .init($0) })
    }
}

extension AttackEvaluation {
    /// Prepares each attack once, so that it refuses an unsuitable model or missing noise before anything is written.
    fileprivate func requireExecutors() throws {
        var seen: Set<String> = []
        for attempt in attempts where seen.insert(type(of: attempt.attack).name).inserted {
            _ = try attempt.attack.makeExecutor(on: followed(by: attempt.attack), batchSize: 1, copies: smoothing?.copies ?? 0)
        }
    }
}

extension AttackSettings {
    /// The judge of the run, to judge it again: PREDICT convolves as it did then, and the network itself convolves directly.
    func judge(
        of network: Network, _ model: ModelRecord, _ data: DataRecord, _ environment: RunEnvironment?
    ) throws -> any AttackJudge {
        guard classifier == .smoothed else { return try NetworkJudge(network, batchSize: 2) }
        guard let noise, let n, let alpha else { throw SuretyError("the record of a smoothed classifier lacks its noise, n or alpha") }
        let key = NoiseKey(seed: seed, model: model, data: data, noise: noise, procedure: .attack)
        let algorithm = try environment?.convolutionAlgorithm ?? .direct
        let classifier = try SmoothedClassifier(network.convolving(by: algorithm), noise, key: key.value)
        return try PredictionJudge(classifier, Predictor(noise: noise, alpha: alpha, n: n))
    }
}

/// PREDICT, as the judge of attacks on a smoothed classifier.
private final class PredictionJudge: AttackJudge {
    private let predictor: ImagePredictor

    init(_ classifier: SmoothedClassifier, _ predictor: Predictor) throws {
        self.predictor = try ImagePredictor(classifier, predictor)
    }

    func classes(of images: [[Float]], indices: [Int]) throws -> [Int?] {
        try zip(images, indices).map { try predictor.verdict(on: $0, index: $1).answer }
    }
}
