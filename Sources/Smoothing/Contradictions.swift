import Foundation
import SuretyDatasets
import SuretyRecords
import SuretyTensors

/// Pairs of certificates that cannot both be true: they promise different classes around two images that are closer than the
/// sum of the radii. A point between them would have both classes.
///
///     let run = ("run", try SmoothingRun(of: directory), images)
///     let contradictions = Contradictions(among: [run], threads: 2)
///     for finding in contradictions.findings { print(finding) }
///
/// Certificates are compared if they are about the same classifier (model, normalisation, noise) and in the same norm, also
/// across runs. No replay finds such a pair, because the votes may really be those of the seeds: each certificate is false
/// with probability at most α, and here at least one of the two is false. If all certificates are honest, they are all true
/// with probability at least 1 − Σα. So honest runs contain a pair with probability at most ``chance``.
public struct Contradictions: Sendable {
    /// A run with its name, and the images it is about.
    public typealias NamedRun = (name: String, contents: SmoothingRun, images: LabelledImages)

    /// A finding for each pair, up to ``largestNumber`` of them.
    public let findings: [Finding]
    /// How many pairs there are.
    public let count: Int
    /// The certificates that were compared.
    public let certificates: Int
    /// Σα over them, at most 1: an upper bound of the probability of a pair in honest runs.
    public let chance: Double

    /// Findings beyond this are counted, not kept.
    public static let largestNumber = 1000

    /// Compares all certificates with a radius. Distances are rounded up, so that no honest pair is accused by rounding.
    public init(among runs: [NamedRun], threads: Int) throws {
        var groups: [Classifier: [Promise]] = [:]
        for run in runs {
            let record = run.contents.record
            guard case .certify(let certifier) = record.settings.procedure else { continue }
            let classifier = Classifier(
                model: record.model.sha256, mean: record.model.mean, std: record.model.std, noise: certifier.noise,
                norm: certifier.norm, shape: record.data.shape)
            for (place, certificate) in run.contents.certificates.enumerated() where certificate.image < run.images.count {
                guard case .certified(let answer, let radius, _) = certificate.verdict.outcome else { continue }
                groups[classifier, default: []].append(
                    Promise(
                        file: runs.count > 1 ? "\(run.name)/certificates.jsonl" : "certificates.jsonl", line: place + 1,
                        image: certificate.image, class: answer, radius: radius,
                        pixels: run.images.image(at: certificate.image), alpha: record.settings.alpha))
            }
        }
        var (findings, count): ([Finding], Int) = ([], 0)
        let sorted = groups.sorted { ($0.value[0].file, $0.value[0].line) < ($1.value[0].file, $1.value[0].line) }
        for (classifier, group) in sorted {
            let search = BallSearch(
                group.map(\.pixels), radii: group.map(\.radius), classes: group.map(\.class), isEuclidean: classifier.norm == .l2)
            let found = try search.overlaps(threads: threads, keeping: Self.largestNumber - findings.count)
            findings += found.pairs.map { Self.finding(group[$0.first], group[$0.second], $0.distance, classifier.norm) }
            count += found.count
        }
        self.findings = findings
        self.count = count
        certificates = groups.values.reduce(0) { $0 + $1.count }
        chance = min(1, groups.values.joined().reduce(0) { $0 + $1.alpha })
    }

    private static func finding(
        _ first: Promise, _ second: Promise, _ distance: Double, _ norm: Norm
    ) -> Finding {
        let place = first.file == second.file ? "line \(second.line)" : "\(second.file) line \(second.line)"
        return Finding(file: first.file, line: first.line, image: first.image, message: """
            class \(first.class) within \(first.radius), but \(place), image \(second.image): class \(second.class) within \
            \(second.radius), and the images are only \(distance) apart in \(norm.rawValue): one of the two certificates is false
            """)
    }

    /// What certificates must have in common to contradict each other.
    private struct Classifier: Hashable {
        let model: String
        let mean, std: [Double]?
        let noise: Noise
        let norm: Norm
        let shape: [Int]
    }

    /// A class promised around an image.
    private struct Promise {
        let file: String
        let line, image, `class`: Int
        let radius: Double
        let pixels: [Float]
        let alpha: Double
    }
}
