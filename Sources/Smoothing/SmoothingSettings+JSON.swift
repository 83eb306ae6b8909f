import Foundation
import SuretyRecords
import SuretyStatistics
import SuretyTensors

/// A run of certify or predict: `run.json`, `certificates.jsonl` and `certificates.tsv`.
public typealias SmoothingRecord = RunRecord<SmoothingSettings>
/// The record and the certificates of a run of certify or predict.
public typealias SmoothingRun = RunContents<SmoothingSettings>

extension RunContents where Settings == SmoothingSettings {
    /// The certificates, in the order of the images. An unfinished run has only the first of them.
    public var certificates: [Certificate] { lines }
}

extension SmoothingSettings: RunSettings {
    /// What is found for one image.
    public typealias Line = Certificate

    /// 1: certificates have had this form from the beginning.
    public static let schema = 1
    /// A certificate for each image, as canonical JSON.
    public static let linesFile = "certificates.jsonl"
    /// A prediction is called a certificate too.
    public static let lineName = "certificate"
    /// The two procedures, by the names of their commands.
    public static let methods = ["certify", "predict"]

    /// `certify` or `predict`.
    public var method: String {
        switch procedure {
        case .certify: "certify"
        case .predict: "predict"
        }
    }

    /// n₀ + n for certificates, n for predictions; nil if images take as many as they need.
    public var sampleCount: Int? { procedure.stopping == nil ? samplesPerImage : nil }

    /// true: the noise.
    public var recordsRandom: Bool { true }

    /// The generator of the noise, with the key that these settings, model and data give; never nil.
    public func random(model: ModelRecord, data: DataRecord) -> RandomRecord? {
        RandomRecord(
            generator: noise.family.generator,
            counter: "(block, sample, image, stream); streams: 0 selection, 1 estimation", key: key(model: model, data: data),
            totalVariation: try? noise.family.totalVariation())
    }

    /// `--bound`, whose default has changed; `--extend`, which the run was begun with, or without.
    public func options(continuing earlier: SmoothingSettings) -> String? {
        guard case .certify(let here) = procedure, case .certify(let there) = earlier.procedure else { return nil }
        if here.bound != there.bound { return "--bound \(there.bound.rawValue)" }
        guard here.n == there.n, here.caps != there.caps else { return nil }
        return there.caps.dropLast().last.map { "--extend with the run of n = \($0)" } ?? "without --extend"
    }

    /// `certificates.tsv`, a row for each certificate.
    public func tables(of lines: [Certificate]) -> [String: Data] {
        ["certificates.tsv": CertificateTable.fileContents(lines, self)]
    }

    /// Finds a distance from the grid that is not the image's.
    public func objections(to line: Certificate, image: [Float]) -> [String] {
        let rounding = procedure.rounding(of: image)
        if line.rounding == rounding { return [] }
        func text(_ distance: Double?) -> String { distance.map { "\($0)" } ?? "none" }
        return ["rounding \(text(line.rounding)) is not the image's distance from the grid (\(text(rounding)))"]
    }

    /// Finds numbers that do not follow from the votes, and a label that is not one of their classes.
    public func objections(to line: Certificate, dimensions: Int) -> [String] {
        var objections = BoundCheck(settings: self, dimensions: dimensions).objections(to: line)
        if !line.counts.indices.contains(line.label) {
            objections.append("label \(line.label) is not one of the \(line.counts.count) classes")
        }
        return objections
    }
}

extension SmoothingSettings: Codable {
    private enum Key: String, CodingKey { case noise, sigma, alpha, n0, n, seed, bound, split, norm, columns, largestRadius, earlierCaps }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        // The first records name no noise: σ was all there was to say.
        if noise.isNamed {
            try container.encode(noise, forKey: .noise)
        } else {
            try container.encode(noise.family.standardDeviation, forKey: .sigma)
        }
        try container.encode(alpha, forKey: .alpha)
        try container.encode(n, forKey: .n)
        try container.encode(seed, forKey: .seed)
        guard case .certify(let certifier) = procedure else { return }
        try container.encode(certifier.n0, forKey: .n0)
        switch certifier.bound {
        case .clopperPearson: try container.encode(certifier.bound, forKey: .bound)
        case .twoBoundHalves: try container.encode(Certifier.Bound.twoBound, forKey: .bound)
        case .twoBound:
            try container.encode(certifier.bound, forKey: .bound)
            try container.encode(LevelSplit.standard.pAShare, forKey: .split)
        }
        try container.encode(certifier.norm, forKey: .norm)
        switch certifier.stopping {
        case nil: break
        case .columns(let columns): try container.encode(ColumnsRecord(columns, certifier.bound), forKey: .columns)
        case .largestRadius(let search): try container.encode(LargestRadiusRecord(search, certifier.bound), forKey: .largestRadius)
        }
        let earlierCaps = Array(certifier.caps.dropLast())
        try container.encodeIfPresent(earlierCaps.isEmpty ? nil : earlierCaps, forKey: .earlierCaps)
    }

    /// Predictions have neither n₀ nor a bound nor a norm.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let noise = try container.decodeIfPresent(Noise.self, forKey: .noise)
            ?? Noise(FloatGaussian(sigma: container.decode(Double.self, forKey: .sigma)))
        let (alpha, n) = (try container.decode(Double.self, forKey: .alpha), try container.decode(Int.self, forKey: .n))
        let seed = try container.decode(UInt64.self, forKey: .seed)
        guard [Key.n0, .bound, .norm].contains(where: container.contains) else {
            self.init(.predict(try Predictor(noise: noise, alpha: alpha, n: n)), seed: seed)
            return
        }
        let bound = try Self.decodeBound(container)
        self.init(
            .certify(
                try Certifier(
                    noise: noise, alpha: alpha, n0: container.decode(Int.self, forKey: .n0), n: n, bound: bound,
                    norm: container.decode(Norm.self, forKey: .norm),
                    stopping: Self.decodeStopping(container, bound),
                    earlierCaps: container.decodeIfPresent([Int].self, forKey: .earlierCaps) ?? [])),
            seed: seed)
    }

    private static func decodeStopping(
        _ container: KeyedDecodingContainer<Key>, _ bound: Certifier.Bound
    ) throws -> Stopping? {
        let columns = try container.decodeIfPresent(ColumnsRecord.self, forKey: .columns)
        let search = try container.decodeIfPresent(LargestRadiusRecord.self, forKey: .largestRadius)
        guard columns == nil || search == nil else {
            throw DecodingError.dataCorruptedError(
                forKey: .largestRadius, in: container, debugDescription: "a run has columns or looks for the largest radius, not both")
        }
        return try columns.map { .columns(try $0.columns(bound)) } ?? search.map { .largestRadius(try $0.search(bound)) }
    }

    /// Two bounds without a split share α equally, as they did before records stated a split.
    private static func decodeBound(_ container: KeyedDecodingContainer<Key>) throws -> Certifier.Bound {
        let name = try container.decode(String.self, forKey: .bound)
        let share = try container.decodeIfPresent(Double.self, forKey: .split)
        switch (name, share) {
        case (Certifier.Bound.clopperPearson.rawValue, nil): return .clopperPearson
        case (Certifier.Bound.twoBound.rawValue, nil): return .twoBoundHalves
        case (Certifier.Bound.twoBound.rawValue, LevelSplit.standard.pAShare): return .twoBound
        case (_, let share?):
            throw DecodingError.dataCorruptedError(
                forKey: .split, in: container, debugDescription: "no \"\(name)\" bound gives \(share) of alpha to pA")
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .bound, in: container, debugDescription: "\"\(name)\" is neither clopper-pearson nor two-bound")
        }
    }
}

/// Columns as recorded, with everything that decisions depend on.
private struct ColumnsRecord: Codable {
    let radii: [Double]
    let hope, reserve: Double
    let firstLook, lookDivisor: Int
    /// The weight of the e-value of the class alone, beside that against other classes; nil if it is the only one.
    let weight: Double?

    init(_ columns: Columns, _ bound: Certifier.Bound) {
        (radii, hope, reserve) = (columns.radii, columns.hope, columns.reserve.share)
        (firstLook, lookDivisor) = (columns.looks.first, columns.looks.divisor)
        weight = bound.weight
    }

    func columns(_ bound: Certifier.Bound) throws -> Columns {
        try bound.require(weight: weight, in: "columns")
        return try Columns(
            radii: radii, hope: hope, reserve: LevelReserve(share: reserve), looks: LookSchedule(first: firstLook, divisor: lookDivisor))
    }
}

/// The search for the largest radius, as recorded, likewise.
private struct LargestRadiusRecord: Codable {
    let loss: Double
    let limit: Double?
    let hope, reserve: Double
    let firstLook, lookDivisor: Int
    let weight: Double?
    /// nil in records of runs that expected the same shares of votes to come.
    let forecast: LargestRadius.Forecast?

    init(_ search: LargestRadius, _ bound: Certifier.Bound) {
        (loss, limit, hope, reserve) = (search.loss, search.limit, search.hope, search.reserve.share)
        (firstLook, lookDivisor) = (search.looks.first, search.looks.divisor)
        weight = bound.weight
        forecast = search.forecast == .proportions ? nil : search.forecast
    }

    func search(_ bound: Certifier.Bound) throws -> LargestRadius {
        try bound.require(weight: weight, in: "largestRadius")
        return try LargestRadius(
            loss: loss, limit: limit, hope: hope, reserve: LevelReserve(share: reserve),
            looks: LookSchedule(first: firstLook, divisor: lookDivisor), forecast: forecast ?? .proportions)
    }
}

extension Certifier.Bound {
    /// The weight of the e-value of the class alone in a mean with that against other classes; nil if it is the only one.
    fileprivate var weight: Double? { self == .twoBound ? SequentialBound.weight : nil }

    fileprivate func require(weight: Double?, in member: String) throws(RunError) {
        guard weight == self.weight else {
            let stated = weight.map { "\($0)" } ?? "missing"
            throw RunError(.invalidSettings, "\(member).weight is \(stated): this version does not know such a test")
        }
    }
}
