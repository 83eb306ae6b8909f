import Foundation
import SuretyAttacks
import SuretyBounds
import SuretyDatasets
import SuretyRecords
import SuretySmoothing
import SuretyTensors

/// What a run states about everything its figures depend on: the procedure with its noise, level, samples and seed; the model
/// and its normalisation; the data and how many of its images. Without it, no figure of the run means anything.
public struct Premises: Sendable, Equatable, Codable {
    /// `certify`, `predict`, `attack` with the names of the attacks, or `bounds` with the method of the proof.
    public let method: String
    /// The noise; nil for statements about the network itself.
    public let noise: Noise?
    /// The probability that a statement is wrong; nil if chance plays no part.
    public let alpha: Double?
    /// The numbers of noisy samples that choose the class, and of those whose votes count.
    public let n0, n: Int?
    /// nil if nothing is drawn.
    public let seed: UInt64?
    /// How the votes are bounded, in a run of certificates.
    public let bound: Certifier.Bound?
    /// The radii to be decided, in a run of certificates by columns.
    public let radii: [Double]?
    /// In a run of certificates that looks for the largest radius: the share of it at which images stopped, and the radius.
    public let loss, limit: Double?
    /// The chance below which images were given up, if they stop by their votes.
    public let hope: Double?
    /// The norm of the radii; nil where there are none.
    public let norm: String?
    /// The normalisation in front of the model's own network; nil for none.
    public let mean, std: [Double]?
    /// The name of the model's file, and its SHA-256.
    public let model, modelSHA256: String
    /// The name of the data set with its part, and the SHA-256 of its content.
    public let data, dataSHA256: String
    /// Images processed, of those in the data set.
    public let images, imagesInSet: Int
    /// Whether record and results carry digests; those of older versions of attacks and bounds do not.
    public let isSealed: Bool

    /// What certificates or predictions state.
    public init(_ record: SmoothingRecord) {
        let settings = record.settings
        switch settings.procedure {
        case .certify(let certifier): (n0, bound, norm) = (certifier.n0, certifier.bound, certifier.norm.rawValue)
        case .predict: (n0, bound, norm) = (nil, nil, nil)
        }
        let stopping = settings.procedure.stopping
        (radii, hope) = (settings.procedure.columns?.radii, stopping?.hope)
        if case .largestRadius(let search) = stopping { (loss, limit) = (search.loss, search.limit) } else { (loss, limit) = (nil, nil) }
        method = record.method
        (noise, alpha, n, seed) = (settings.noise, settings.alpha, settings.n, settings.seed)
        (mean, std) = (record.model.mean, record.model.std)
        (model, modelSHA256) = (record.model.file, record.model.sha256)
        (data, dataSHA256) = (Self.name(record.data), record.data.sha256)
        (images, imagesInSet, isSealed) = (record.progress.completed, record.data.count, record.isSealed)
    }

    /// What attacks state; α and n are PREDICT's, if it is the judge.
    public init(_ run: AttackRun) {
        let (record, settings) = (run.record, run.record.settings)
        method = "attack: \(settings.attacks.joined(separator: ", "))"
            + (settings.source.map { ", by the gradients of \($0.file)" } ?? "")
        (noise, alpha, n0, n) = (settings.noise, settings.alpha, nil, settings.n)
        (seed, bound, norm) = (settings.seed, nil, settings.norm)
        (radii, hope, loss, limit) = (nil, nil, nil, nil)
        (mean, std) = (record.model.mean, record.model.std)
        (model, modelSHA256) = (record.model.file, record.model.sha256)
        (data, dataSHA256) = (Self.name(record.data), record.data.sha256)
        (images, imagesInSet, isSealed) = (run.images.count, record.data.count, record.isSealed)
    }

    /// What bounds state.
    public init(_ record: BoundsRecord, images: Int) {
        let settings = record.settings
        method = "bounds" + (settings.proven.map { ": \($0.method.rawValue)" + ($0.epsilon.map { " at \($0)" } ?? "") } ?? "")
        (noise, alpha, n0, n, seed, bound) = (nil, nil, nil, nil, settings.seed, nil)
        (radii, hope, loss, limit) = (nil, nil, nil, nil)
        norm = settings.norm.rawValue
        (mean, std) = (record.model.mean, record.model.std)
        (model, modelSHA256) = (record.model.file, record.model.sha256)
        (data, dataSHA256) = (Self.name(record.data), record.data.sha256)
        (self.images, imagesInSet, isSealed) = (images, record.data.count, record.isSealed)
    }

    private static func name(_ data: DataRecord) -> String { "\(data.name) (\(data.split.rawValue))" }

    /// Warnings about what is possible but probably not intended.
    public var warnings: [String] {
        (alpha.map(Plausibility.level) ?? []) + (noise.map(Plausibility.noise) ?? [])
            + Plausibility.normalisation(mean: mean, std: std)
            + (isSealed ? [] : ["unsealed: an older version wrote it without digests, and an alteration would not be noticed"])
    }

    /// The normalisation in front of the network.
    public var normalisation: String {
        func list(_ numbers: [Double]) -> String { numbers.map { String(format: "%.9g", $0) }.joined(separator: ", ") }
        guard let mean, let std else { return "none" }
        return "mean \(list(mean)), std \(list(std))"
    }
}

extension Premises: CustomStringConvertible {
    /// Three lines: what was done, the model, the data.
    public var description: String {
        let settings = [
            noise.map { "\($0)" }, alpha.map { "α = \($0) for each image" }, n0.map { "n₀ = \($0)" }, n.map { radii == nil ? "n = \($0)" : "n = \($0) at most" },
            seed.map { "seed \($0)" }, bound.map { "\($0.rawValue) bound" }, norm.map { "\(Self.symbol($0)) radii" },
            radii.map { "decided at \($0.map { "\($0)" }.joined(separator: ", "))" },
            loss.map { $0 > 0 ? "stopped within \($0) of the largest radius" : "the largest radius" }, limit.map { "stopped at radius \($0)" },
            hope.map { "given up below \($0)" },
        ].compactMap(\.self).joined(separator: ", ")
        return """
            \(method): \(settings)
            model \(model), SHA-256 \(Self.short(modelSHA256)), normalisation: \(normalisation)
            data \(data), SHA-256 \(Self.short(dataSHA256)), \(images) of \(imagesInSet) images
            """
    }

    private static func symbol(_ norm: String) -> String { Norm(rawValue: norm)?.symbol ?? norm }

    /// The first digits of a digest, enough to distinguish files by eye.
    private static func short(_ digest: String) -> String { digest.count > 12 ? "\(digest.prefix(12))…" : digest }
}

extension Premises {
    /// What several runs state, one row each, with warnings in the title; a dash if something does not apply or is not known,
    /// as in other tools' logs.
    static func table(_ runs: [(name: String, statement: Premises?)]) -> TextTable {
        let warnings = runs.flatMap { run in (run.statement?.warnings ?? []).map { " WARNING, \(run.name): \($0)." } }
        let isUnknown = runs.contains { $0.statement == nil }
        return TextTable(
            title: "What each run states\(isUnknown ? "; a log without settings states none." : ".")\(warnings.joined())",
            header: [
                "run", "method", "noise", "α", "n₀", "n", "seed", "bound", "norm", "normalisation", "model", "data", "images",
            ],
            rows: runs.map { run in [run.name] + cells(run.statement) })
    }

    /// With the warnings about it.
    private static func text(_ noise: Noise) -> String { noise.isProven ? "\(noise)" : "\(noise): not proven" }

    private static func cells(_ statement: Premises?) -> [String] {
        guard let it = statement else { return Array(repeating: "–", count: 12) }
        let cells: [String?] = [
            it.isSealed ? it.method : "\(it.method) (unsealed)", it.noise.map(Self.text), it.alpha.map { "\($0)" }, it.n0.map(String.init), it.n.map(String.init),
            it.seed.map { "\($0)" }, it.bound?.rawValue, it.norm.map(symbol), it.normalisation, "\(it.model) \(short(it.modelSHA256))",
            "\(it.data) \(short(it.dataSHA256))", "\(it.images) of \(it.imagesInSet)",
        ]
        return cells.map { $0 ?? "–" }
    }
}
