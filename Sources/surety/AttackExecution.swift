import ArgumentParser
import Attacks
import Certification
import Datasets
import Foundation
import Networks
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

    /// Attacks, writes the directory, and returns the run.
    ///
    /// - Throws: Whatever stops it, an exit code for a signal; what was found by then is written.
    func start() throws -> AttackRun {
        let directory = URL(fileURLWithPath: output, isDirectory: true)
        if FileManager.default.fileExists(atPath: directory.appendingPathComponent("run.json").path) {
            throw CommandError("\(output) holds a run already: give another directory, or remove it")
        }
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw CommandError("cannot make the directory \(output): \(error.systemReason)")
        }
        let indices = selection.indices(of: images.count)
        let progress = ProgressBar(total: indices.count, unit: "images")
        let interruption = Interruption(finishing: "the images in hand")
        let found = Mutex<[AttackFinding]>([])
        let failure = Result {
            try evaluation().run(
                on: images, indices: indices, threads: threads, shouldStop: { interruption.signal != nil }
            ) { finding in
                found.withLock {
                    $0.append(finding)
                    progress.show($0.count, remark: "\($0.count(where: \.isSuccess)) attacked with success")
                }
            }
        }
        progress.finish()
        let findings = found.withLock { $0.sorted { $0.image < $1.image } }
        guard !findings.isEmpty else {
            try failure.get()
            throw ExitCode(128 + (interruption.signal ?? 0))
        }
        let run = AttackRun(record: record, images: findings.map(Self.line))
        try run.write(to: directory)
        try writeImages(findings, to: directory)
        try failure.get()
        if let signal = interruption.signal, findings.count < indices.count {
            Terminal.note("\(output) has \(findings.count) of \(indices.count) images")
            throw ExitCode(128 + signal)
        }
        return run
    }

    private func evaluation() throws -> AttackEvaluation {
        let smoothing = plan.smoothing.map { AttackEvaluation.Smoothing(sigma: Float($0.settings.sigma), copies: $0.copies) }
        // Few, as what is left of a group for the last attempts fills no large batch; with copies a batch is larger anyway.
        let size = batchSize ?? max(1, min(16, 64 / (smoothing?.copies ?? 1)))
        let judged = model.network
        let classifier = try plan.smoothing.map { try SmoothedClassifier(judged, $0.settings) }
        return AttackEvaluation(
            of: (source ?? model).network, attempts: plan.attempts, distance: plan.distance, smoothing: smoothing,
            seed: plan.seed, batchSize: size,
            judgedBy: {
                if let classifier { return try PredictionJudge(classifier) }
                return try NetworkJudge(judged, batchSize: size)
            })
    }

    private var record: AttackRun.Record {
        let norm = switch plan.distance {
        case .ball(let norm): norm.rawValue
        case .wasserstein: "wasserstein"
        }
        let predict = plan.smoothing?.settings
        return AttackRun.Record(
            model: model.record, data: .init(images), selection: selection,
            settings: .init(
                attacks: plan.names, norm: norm, epsilon: plan.radii, parameters: plan.parameters, seed: plan.seed,
                classifier: predict == nil ? .base : .smoothed, sigma: predict?.sigma, copies: plan.smoothing?.copies,
                n: predict?.n, alpha: predict?.alpha, source: source?.record))
    }

    private static func line(_ finding: AttackFinding) -> AttackRun.Image {
        .init(
            image: finding.image, label: finding.label, cleanClass: finding.cleanClass, class: finding.adversarialClass,
            attack: finding.attack, success: finding.isSuccess, epsilon: finding.radius, l2: finding.l2, linf: finding.linf,
            wasserstein: finding.transport?.cost, massError: finding.transport?.massError, queries: finding.queries)
    }

    /// All images as they are after the attacks, and a picture of some that were found.
    private func writeImages(_ findings: [AttackFinding], to directory: URL) throws {
        let adversarial = try LabelledImages(
            name: images.name, split: images.split, pixels: .float32(findings.flatMap(\.adversarial)), count: findings.count,
            shape: images.shape, labels: findings.map(\.label), source: "adversarial.npz")
        try adversarial.write(archive: directory.appendingPathComponent("adversarial.npz"))
        let shown = findings.filter { $0.attack != nil }.prefix(Self.pictured)
        guard !shown.isEmpty else { return }
        let clean = shown.map { images.image(at: $0.image) }
        do {
            try ImageGrid(
                rows: [
                    clean, zip(clean, shown).map { ImageGrid.perturbation(from: $0, to: $1.adversarial) },
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

    init(_ classifier: SmoothedClassifier) throws { predictor = try ImagePredictor(classifier) }

    func classes(of images: [[Float]], indices: [Int]) throws -> [Int?] {
        try zip(images, indices).map { try predictor.verdict(on: $0, index: $1).answer }
    }
}
