import Foundation
import SuretyAttacks
import SuretyBounds
import SuretyDatasets
import SuretyRecords
import SuretyReports
import SuretySmoothing
import SuretyTensors
import TestSupport

/// Runs with results made by hand, as the command leaves them, on images that all have the label 0.
struct HandMadeRuns {
    /// What an attack made of an image.
    enum Outcome {
        case nothing
        /// The clean image is misclassified as this class.
        case misclassified(Int?)
        /// An adversarial image at these distances, given this class.
        case found(l2: Double, linf: Double, as: Int?)
    }

    /// What bounds say of an image: the class answered, the radius proven for it, the L-bound and ‖∇ℓ‖ on logits.
    struct Bound {
        var answer = 0
        var proven: Double?
        var lipschitz: Double?
        var gradient = 1.0
    }

    let folder: TemporaryFolder
    let images: LabelledImages

    init(images count: Int) throws {
        folder = try TemporaryFolder()
        images = try Self.images(labels: Array(repeating: 0, count: count))
    }

    /// Images of one pixel, each with its number in it.
    static func images(labels: [Int]) throws -> LabelledImages {
        try LabelledImages(
            name: "made", split: .test, pixels: .uint8(labels.indices.map { UInt8($0 % 256) }), count: labels.count, shape: [1, 1, 1],
            labels: labels, source: "made")
    }

    /// A model whose file has a digest of this digit.
    static func model(
        _ name: String = "m", digit: Int = 0, mean: [Double]? = nil, std: [Double]? = nil, metadata: [String: String] = [:]
    ) -> ModelRecord {
        ModelRecord(file: "\(name).onnx", sha256: String(repeating: "\(digit)", count: 64), mean: mean, std: std, metadata: metadata)
    }

    /// The record of a certification of such a set.
    static func record(_ images: LabelledImages, by certifier: Certifier) -> SmoothingRecord {
        SmoothingRecord(
            model: model(), data: DataRecord(images), settings: SmoothingSettings(.certify(certifier), seed: 0), selection: .all,
            environment: .init(processor: "any", threads: 1, libraries: "none"))
    }

    /// - Returns: The run's directory, as that of the other kinds.
    func certificates(
        _ name: String, of model: ModelRecord = Self.model(), _ results: [(answer: Int?, radius: Double)], sigma: Double = 0.25,
        alpha: Double = 0.001, norm: Norm = .l2, columns: Columns? = nil,
        undecidedBeyond: @escaping (Int) -> Double? = { _ in nil }
    ) throws -> String {
        let certifier = try Certifier(noise: .gaussian(sigma: sigma), alpha: alpha, n0: 10, n: 100, norm: norm, stopping: columns.map(Stopping.columns))
        let lines = results.enumerated().map { image, result in
            let outcome: Verdict.Outcome = result.answer.map { .certified(class: $0, radius: result.radius, norm: norm) } ?? .abstained
            return Certificate(
                image: image, imageSHA256: images.imageSHA256(at: image), label: 0, selectionCounts: [8, 1, 1], counts: [90, 5, 5],
                verdict: Verdict(outcome, .bounds(pALower: 0.9, pBUpper: nil), confidence: 1 - alpha, undecidedBeyond: undecidedBeyond(image)),
                seconds: 0.25)
        }
        try writeRun(SmoothingSettings(.certify(certifier), seed: 0), lines, of: model, images, to: folder.url(name))
        return folder(name)
    }

    /// - Parameters:
    ///   - fits: L and ω by ε; nil for a fit that failed.
    func bounds(
        _ name: String, of model: ModelRecord = Self.model(), norm: Norm = .l2, _ results: [Bound], method: String = "crown",
        fits: [(epsilon: Double?, value: Double?)] = []
    ) throws -> String {
        let sampling = try BlockSampling(of: 100, blocks: 10, grid: [0.1])
        let settings = BoundsSettings(
            norm: norm, estimates: .init(images: images, scores: [.logits], sampling: sampling),
            proven: .init(method: .crown, epsilon: nil))
        let entries = fits.map { fit in
            "{\"of\":\"\(fit.epsilon == nil ? "lipschitz" : "modulus")\"" + (fit.epsilon.map { ",\"epsilon\":\($0)" } ?? "")
                + ",\"value\":\(fit.value.map { "\($0)" } ?? "null")}"
        }
        let lines = try results.enumerated().map { image, it in
            let lipschitz = it.lipschitz.map { "\($0)" } ?? "null"
            let proven = it.proven.map { "{\"method\":\"\(method)\",\"radius\":\($0)}" } ?? "null"
            let line = "{\"image\":\(image),\"label\":0,\"class\":\(it.answer),\"logits\":{\"loss\":-1,\"gradientNorm\":\(it.gradient),"
                + "\"lipschitz\":\(lipschitz),\"modulus\":null},\"probabilities\":null,\"proven\":\(proven)}"
            return try JSONDecoder().decode(ImageBounds.self, from: Data(line.utf8))
        }
        try writeRun(settings, lines, of: model, images, to: folder.url(name))
        try folder.write(
            Data("{\"logits\":[\(entries.joined(separator: ","))],\"probabilities\":[]}".utf8), to: "\(name)/fits.json")
        return folder(name)
    }

    /// - Parameters:
    ///   - norm: `l2`, `linf` or `wasserstein`.
    ///   - radii: None for an attack that needs none.
    ///   - sigma: nil for an attack on the base classifier.
    func attack(
        _ name: String, of model: ModelRecord = Self.model(), norm: String = "l2", radii: [Double] = [], sigma: Double? = nil,
        first: Int = 0, _ results: [Outcome]
    ) throws -> String {
        let method = radii.isEmpty ? "ddn" : "pgd"
        let lines = results.enumerated().map { place, outcome -> AttackedImage in
            func finding(_ answer: Int?, _ attack: String?, _ l2: Double, _ linf: Double, clean: Int? = 0) -> AttackedImage {
                AttackedImage(
                    image: first + place, label: 0, cleanClass: clean, adversarialClass: answer, isSuccess: attack != nil || clean != 0, attack: attack,
                    distance: { $0 == .l2 ? l2 : linf }, queries: 1, adversarial: [])
            }
            return switch outcome {
            case .nothing:
                finding(0, nil, 0, 0)
            case .misclassified(let answer):
                finding(answer, nil, 0, 0, clean: answer)
            case .found(let l2, let linf, let answer):
                finding(answer, method, l2, linf)
            }
        }
        let settings = AttackSettings(
            attacks: [method], norm: norm, epsilon: radii, parameters: [:], seed: 0, classifier: sigma == nil ? .base : .smoothed,
            noise: try sigma.map { try .gaussian(sigma: $0) }, copies: sigma == nil ? nil : 4, n: sigma == nil ? nil : 100, alpha: sigma == nil ? nil : 0.001)
        if first == 0 {
            try writeRun(settings, lines, of: model, images, to: folder.url(name))
        } else {
            try writeUnsealedRun(settings, lines, of: model, images, to: folder.url(name))
        }
        return folder(name)
    }

    /// The report of a classifier in a norm.
    func report(_ runs: [String], _ norm: Norm = .l2, isSmoothed: Bool = false) throws -> ClassifierReport? {
        try RobustnessReport(runs).models.first?.classifiers.first {
            $0.subject.norm == norm && ($0.subject.classifier != .base) == isSmoothed
        }
    }
}

/// A report's tables in Markdown.
struct MarkdownTables {
    private let parts: [String]

    init(_ runs: [String]) throws { parts = try RobustnessReport(runs).text(.md).components(separatedBy: "\n\n") }

    var titles: [String] { parts.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) }

    /// The cells of the table whose title contains these words, the header first; nil where there is none.
    func rows(_ words: String) -> [[String]]? {
        parts.firstIndex { !$0.hasPrefix("|") && $0.contains(words) }.map { title in
            parts[title + 1].split(separator: "\n").filter { !$0.hasPrefix("|-") }.map { line in
                line.dropFirst().dropLast().components(separatedBy: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            }
        }
    }

    /// The cells below a header, from the top.
    func column(_ header: String, in words: String) -> [String]? {
        guard let rows = rows(words), let place = rows[0].firstIndex(of: header) else { return nil }
        return rows.dropFirst().map { $0[place] }
    }
}
