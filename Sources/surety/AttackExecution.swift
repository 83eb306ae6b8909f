import ArgumentParser
import Attacks
import Certification
import Datasets
import Foundation
import Networks
import Records
import Reports
import Synchronization

/// A model attacked on a data set, with what is found kept in a directory.
struct AttackExecution {
    /// Columns of the picture.
    private static let pictured = 12

    let plan: AttackPlan
    let model: LoadedModel
    let source: LoadedModel?
    let images: LabelledImages
    let selection: ImageSelection
    let batchSize: Int?
    let threads: Int
    let output: String

    /// Attacks what the directory does not hold yet, and returns the run.
    ///
    /// - Throws: Whatever stops it, an exit code for a signal; what was found by then is kept.
    func start() throws -> AttackRun {
        try evaluation().check()
        let indices = selection.indices(of: images.count)
        let evaluation = try evaluation()
        try requireAttacks(evaluation)
        let directory = try AttackDirectory(
            at: URL(fileURLWithPath: output, isDirectory: true), for: record, images: indices)
        if directory.isFinished {
            Terminal.note("\(output) holds this run, finished")
            return directory.run
        }
        if !directory.entries.isEmpty { Terminal.note("going on after \(directory.entries.count) of \(indices.count) images") }
        let interruption = Interruption(finishing: "the images in hand")
        let failure = Result { try attack(evaluation, directory, interruption) }
        guard !directory.entries.isEmpty else {
            try failure.get()
            throw ExitCode(128 + (interruption.signal ?? 0))
        }
        try writeImages(directory.entries.sorted { $0.finding.image < $1.finding.image }, to: directory.url)
        try directory.finish()
        try failure.get()
        if let signal = interruption.signal, !directory.isComplete {
            Terminal.note("""
                \(output) has \(directory.entries.count) of \(indices.count) images; start again with the same settings to go on
                """)
            throw ExitCode(128 + signal)
        }
        return directory.run
    }

    /// Prepares each attack once: what it refuses, for the model or for want of noise, is known before anything is written.
    private func requireAttacks(_ evaluation: AttackEvaluation) throws {
        var seen: Set<String> = []
        for attempt in evaluation.attempts where seen.insert(type(of: attempt.attack).name).inserted {
            _ = try attempt.attack.makeExecutor(
                on: evaluation.source, batchSize: 1, copies: evaluation.smoothing?.copies ?? 0)
        }
    }

    private func attack(_ evaluation: AttackEvaluation, _ directory: AttackDirectory, _ interruption: Interruption) throws {
        let progress = ProgressBar(total: directory.remaining.count, unit: "images")
        defer { progress.finish() }
        let found = Mutex((done: 0, successes: 0))
        try evaluation.run(
            on: images, indices: directory.remaining, threads: threads, shouldStop: { interruption.signal != nil }
        ) { finding in
            try directory.append(entry(finding))
            found.withLock { found in
                found.done += 1
                found.successes += finding.isSuccess ? 1 : 0
                progress.show(found.done, remark: "\(found.successes) with an adversarial image")
            }
        }
    }

    private func evaluation() throws -> AttackEvaluation {
        let smoothing = plan.smoothing.map { AttackEvaluation.Smoothing(sigma: Float($0.predictor.noise.family.standardDeviation), copies: $0.copies) }
        // Few, as what is left of a group for the last attempts fills no large batch; with copies a batch is larger anyway.
        // Short runs have small groups: see AttackEvaluation.
        let size = batchSize ?? max(1, min(16, 64 / (smoothing?.copies ?? 1), selection.indices(of: images.count).count / (8 * threads)))
        let judged = model.network
        let smoothed = try plan.smoothing.map { ($0.predictor, try SmoothedClassifier(judged, $0.predictor.noise, seed: plan.seed)) }
        return AttackEvaluation(
            of: (source ?? model).network, attempts: plan.attempts, distance: plan.distance, smoothing: smoothing,
            seed: plan.seed, batchSize: size, measuring: judged,
            judgedBy: {
                if let (predictor, classifier) = smoothed { return try PredictionJudge(classifier, predictor) }
                return try NetworkJudge(judged, batchSize: size)
            }, isTransfer: source != nil)
    }

    private var record: AttackRun.Record {
        let norm = switch plan.distance {
        case .ball(let norm): norm.rawValue
        case .wasserstein: "wasserstein"
        }
        let predictor = plan.smoothing?.predictor
        return AttackRun.Record(
            model: model.record, data: .init(images), selection: selection,
            settings: .init(
                attacks: plan.names, norm: norm, epsilon: plan.radii, parameters: plan.parameters, seed: plan.seed,
                classifier: predictor == nil ? .base : .smoothed, sigma: predictor?.noise.parameters["sigma"], copies: plan.smoothing?.copies,
                n: predictor?.n, alpha: predictor?.alpha, source: source?.record, cells: plan.cells.map { .init($0) }))
    }

    private func entry(_ finding: AttackFinding) -> AttackDirectory.Entry {
        .init(
            finding: .init(
                image: finding.image, label: finding.label, cleanClass: finding.cleanClass, class: finding.adversarialClass,
                attack: finding.attack, success: finding.isSuccess, epsilon: finding.radius, l2: finding.l2,
                linf: finding.linf, wasserstein: finding.transport?.cost, massError: finding.transport?.massError,
                queries: finding.queries, zeroGradient: finding.hasVanishedGradient ? true : nil, seed: plan.seed,
                measurements: finding.measurements.isEmpty ? nil : finding.measurements.map {
                    .init(
                        epsilon: $0.radius, crossEntropy: $0.crossEntropy, success: $0.isSuccess, distance: $0.distance,
                        massError: $0.massError)
                }),
            adversarial: finding.attack == nil ? nil : finding.adversarial)
    }

    /// All images as they are after the attacks, and a picture of some that were found.
    private func writeImages(_ entries: [AttackDirectory.Entry], to directory: URL) throws {
        let pixels = entries.flatMap { $0.adversarial ?? images.image(at: $0.finding.image) }
        let adversarial = try LabelledImages(
            name: images.name, split: images.split, pixels: .float32(pixels), count: entries.count, shape: images.shape,
            labels: entries.map(\.finding.label), source: "adversarial.npz")
        try adversarial.write(archive: directory.appendingPathComponent("adversarial.npz"))
        let shown = entries.compactMap { entry in
            entry.adversarial.map { (clean: images.image(at: entry.finding.image), adversarial: $0) }
        }.prefix(Self.pictured)
        guard !shown.isEmpty else { return }
        do {
            try ImageGrid(
                rows: [
                    shown.map(\.clean), shown.map { ImageGrid.perturbation(from: $0.clean, to: $0.adversarial) },
                    shown.map(\.adversarial),
                ],
                shape: images.shape
            ).draw(to: directory.appendingPathComponent("grid.png"))
        } catch {
            Terminal.note("no grid.png: \(error.description)")
        }
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
