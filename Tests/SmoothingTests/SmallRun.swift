import Foundation
import SuretyDatasets
import SuretyRecords
import SuretySmoothing
import SuretyStatistics
import SuretyTensors
import Testing
import TestSupport

/// A run over twenty images of 2×2 pixels and three classes, whose votes come from a seeded generator instead of a model.
struct SmallRun {
    let images: LabelledImages
    let settings: SmoothingSettings
    let record: SmoothingRecord

    enum Verb: Sendable {
        case certify(n0: Int, bound: Certifier.Bound, norm: Norm)
        case predict
    }

    static let certify = Verb.certify(n0: 20, bound: .clopperPearson, norm: .l2)

    init(
        _ verb: Verb = certify, sigma: Double = 0.25, seed: UInt64 = 7,
        selection: ImageSelection = .all, modelSHA256: String = String(repeating: "a", count: 64), mean: [Double]? = [0.1307],
        environment: RunEnvironment = .init(processor: "a \"test\"", threads: 2, batch: 8, libraries: "none")
    ) throws {
        images = try .small(labels: (0..<20).map { $0 % 3 })
        let noise = try Noise.gaussian(sigma: sigma)
        let procedure: SmoothingSettings.Procedure = switch verb {
        case .certify(let n0, let bound, let norm):
            .certify(try Certifier(noise: noise, alpha: 0.001, n0: n0, n: 1000, bound: bound, norm: norm))
        case .predict: .predict(try Predictor(noise: noise, alpha: 0.001, n: 1000))
        }
        settings = SmoothingSettings(procedure, seed: seed)
        record = SmoothingRecord(
            model: .init(file: "small.onnx", sha256: modelSHA256, mean: mean, std: [0.3081], metadata: ["made/by": "hand"]),
            data: .init(images), settings: settings, selection: selection, environment: environment)
    }

    var indices: [Int] { selection.indices(of: images.count) }
    var selection: ImageSelection { record.selection }

    /// The certificate of an image: every fifth has votes too close to say anything.
    func certificate(_ image: Int, seconds: Double? = nil) throws -> Certificate {
        var generator = SeededGenerator(seed: image)
        let leader = Int.random(in: 0...9, using: &generator) == 0 ? 0 : images.label(at: image)
        let share = image % 5 == 4 ? 0.5 : [0.6, 0.8, 0.99, 1][image % 4]
        func votes(_ samples: Int) -> [Int] {
            var counts = [0, 0, 0]
            counts[leader] = Int(share * Double(samples))
            counts[(leader + 1) % 3] = samples - counts[leader]
            return counts
        }
        let counts = votes(1000)
        let selectionCounts = settings.n0 > 0 ? votes(settings.n0) : nil
        let verdict = try settings.procedure.verdict(selectionCounts ?? [], counts, dimensions: 4, rounding: nil)
        return Certificate(
            image: image, imageSHA256: images.imageSHA256(at: image), label: images.label(at: image),
            selectionCounts: selectionCounts, counts: counts, verdict: verdict, seconds: seconds ?? 0.1 + Double(image) / 7)
    }

    /// Starts the run, or continues it, up to `limit` certificates.
    func write(to url: URL, limit: Int = .max, save: Bool = true) throws {
        let directory = try RunDirectory(at: url, for: record)
        for image in directory.remaining.prefix(max(0, limit - directory.completedBefore)) {
            try directory.append(certificate(image))
        }
        if save { try directory.save() }
    }
}

extension SmoothingRecord {
    /// The record as another version of Surety would have made it.
    func ofVersion(_ version: String) throws -> SmoothingRecord {
        let text = String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
        let altered = text.replacingOccurrences(of: "\"surety\":\"\(self.version)\"", with: "\"surety\":\"\(version)\"")
        return try JSONDecoder().decode(SmoothingRecord.self, from: Foundation.Data(altered.utf8))
    }
}

extension LabelledImages {
    static func small(labels: [Int]) throws -> LabelledImages {
        try LabelledImages(
            name: "small", split: .test, pixels: .uint8((0..<80).map { UInt8($0 * 3) }), count: 20, shape: [1, 2, 2],
            labels: labels, source: "small")
    }
}

/// The content of the three files.
func files(of directory: URL) throws -> [String: Data] {
    let names = ["run.json", "certificates.jsonl", "certificates.tsv"]
    return try Dictionary(uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: directory.appending(path: $0))) })
}

/// The reason of the error that `body` throws.
func reason(_ body: () throws -> Void) -> RunError.Reason? {
    do {
        try body()
        return nil
    } catch {
        return (error as? RunError)?.reason
    }
}
