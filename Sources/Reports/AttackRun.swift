import Certification
import Datasets
import Foundation
import Records
import Tensors

/// What attacks found on the images of a data set, as `surety attack` keeps it: `run.json` and `attacks.jsonl` in a directory.
public struct AttackRun: Sendable, Equatable {
    /// Which of two classifiers that one model makes: they must never be mixed up.
    public enum Classifier: String, Sendable, Codable {
        /// The network itself.
        case base
        /// What smoothing makes of it, judged by PREDICT.
        case smoothed
    }

    /// How the images were attacked: the member `settings` of `run.json`.
    public struct Settings: Sendable, Equatable, Codable {
        /// In the order tried.
        public var attacks: [String]
        /// `l2` or `linf`, or `wasserstein` for attacks that move mass.
        public var norm: String
        /// The radii of attacks that need one, rising.
        public var epsilon: [Double]
        /// The parameters of each attack, as it names them.
        public var parameters: [String: [String: String]]
        public var seed: UInt64
        public var classifier: Classifier
        /// For a smoothed classifier: the noise, the attack's noisy copies (m_test), and PREDICT's samples and α.
        public var sigma: Double?
        /// The noise of a smoothed classifier.
        public var noise: Noise? { sigma.flatMap { try? .gaussian(sigma: $0) } }
        public var copies, n: Int?
        public var alpha: Double?
        /// The model whose gradients were followed, where it is not the one attacked.
        public var source: ModelRecord?
        /// The images whose Voronoi cells the attacked images stayed in, where an attack keeps to them.
        public var cells: DataRecord?

        public init(
            attacks: [String], norm: String, epsilon: [Double], parameters: [String: [String: String]], seed: UInt64,
            classifier: Classifier = .base, sigma: Double? = nil, copies: Int? = nil, n: Int? = nil, alpha: Double? = nil,
            source: ModelRecord? = nil, cells: DataRecord? = nil
        ) {
            (self.attacks, self.norm, self.epsilon, self.parameters) = (attacks, norm, epsilon, parameters)
            (self.seed, self.classifier, self.sigma, self.copies) = (seed, classifier, sigma, copies)
            (self.n, self.alpha, self.source, self.cells) = (n, alpha, source, cells)
        }
    }

    /// One image: a line of `attacks.jsonl`.
    public struct Image: Sendable, Equatable, Codable {
        public var image, label: Int
        /// The class of the image as it is; nil where there is none.
        public var cleanClass: Int?
        /// The class of what was found; nil where there is none, as when a smoothed classifier abstains.
        public var `class`: Int?
        public var attack: String?
        public var success: Bool
        /// The radius at which the attack succeeded, where it was given one.
        public var epsilon: Double?
        /// The distances of what was found; 0 for an image that is misclassified as it is.
        public var l2, linf: Double
        /// For images of mass 1, of attacks that move mass, with the part by which the mass is off.
        public var wasserstein, massError: Double?
        /// Evaluations of the network on the image.
        public var queries: Int
        /// True where the gradient that an attack follows was zero on an image it tried; nil elsewhere.
        public var zeroGradient: Bool?
        /// The seed of all that was random; with the image's index it is the key.
        public var seed: UInt64
        /// What came of each radius, of attacks that go on to their last iteration; nil where they do not, and for an image
        /// that is misclassified as it is.
        public var measurements: [Measurement]?

        /// What an attack made of the image within one radius, found or not.
        public struct Measurement: Sendable, Equatable, Codable {
            public var epsilon: Double?
            /// −log softmax at the label; nil where the logits are not finite.
            public var crossEntropy: Double?
            public var success: Bool
            /// In the run's norm.
            public var distance: Double
            public var massError: Double?

            public init(epsilon: Double?, crossEntropy: Double?, success: Bool, distance: Double, massError: Double?) {
                (self.epsilon, self.crossEntropy, self.success) = (epsilon, crossEntropy, success)
                (self.distance, self.massError) = (distance, massError)
            }
        }

        public init(
            image: Int, label: Int, cleanClass: Int?, class: Int?, attack: String?, success: Bool, epsilon: Double? = nil,
            l2: Double, linf: Double, wasserstein: Double? = nil, massError: Double? = nil, queries: Int,
            zeroGradient: Bool? = nil, seed: UInt64, measurements: [Measurement]? = nil
        ) {
            (self.image, self.label, self.cleanClass, self.class) = (image, label, cleanClass, `class`)
            (self.attack, self.success, self.epsilon, self.l2) = (attack, success, epsilon, l2)
            (self.linf, self.wasserstein, self.massError) = (linf, wasserstein, massError)
            (self.queries, self.zeroGradient, self.seed) = (queries, zeroGradient, seed)
            self.measurements = measurements
        }

        /// Whether the image is misclassified as it is.
        public var isMisclassified: Bool { cleanClass != label }
    }

    /// `run.json`.
    public struct Record: Sendable, Equatable, Codable {
        public var schema = RecordFormat.schema
        public var surety = RecordFormat.version
        public var method = Record.method
        public var model: ModelRecord
        public var data: DataRecord
        public var selection: ImageSelection
        public var settings: Settings

        public static let method = "attack"

        public init(
            model: ModelRecord, data: DataRecord, selection: ImageSelection, settings: Settings
        ) {
            (self.model, self.data, self.selection, self.settings) = (model, data, selection, settings)
        }
    }

    public var record: Record
    /// By index.
    public var images: [Image]

    public init(record: Record, images: [Image]) {
        self.record = record
        self.images = images.sorted { $0.image < $1.image }
    }

    /// The distance to what was found, in the run's norm; nil where nothing was.
    public func distance(of image: Image) -> Double? {
        guard image.success else { return nil }
        return switch record.settings.norm {
        case "l2": image.l2
        case "linf": image.linf
        default: image.isMisclassified ? 0 : image.wasserstein
        }
    }

    /// The images that the classifier gets right under every perturbation found of at most `radius`.
    public func robustCount(at radius: Double) -> Int {
        images.count { distance(of: $0).map { $0 > radius } ?? true }
    }

    /// The mean cross entropy of what the attack made of the images when given `radius`, with how many it is of, and how many of
    /// those lie beyond the radius, as a projection that is not exact leaves some; nil where it was not measured.
    public func meanCrossEntropy(at radius: Double) -> (mean: Double, count: Int, beyond: Int)? {
        let made = images.flatMap { $0.measurements ?? [] }.filter { $0.epsilon == radius && $0.crossEntropy != nil }
        guard !made.isEmpty else { return nil }
        let mean = made.compactMap(\.crossEntropy).reduce(0, +) / Double(made.count)
        return (mean, made.count, made.count { $0.distance > radius })
    }

    public func robustAccuracy(at radius: Double) -> Double { Double(robustCount(at: radius)) / Double(images.count) }

    /// The images on which the gradient that an attack follows was zero: what follows gradients says little of them.
    public var zeroGradientCount: Int { images.count { $0.zeroGradient == true } }

    /// The median distance over all images, one that nothing was found for counted as infinite; nil then.
    public var medianDistance: Double? {
        let distances = images.map { distance(of: $0) ?? .infinity }.sorted()
        guard !distances.isEmpty, distances[distances.count / 2].isFinite else { return nil }
        return distances[distances.count / 2]
    }
}

extension AttackRun {
    /// Reads a directory that `write(to:)` wrote.
    ///
    /// - Throws: `ReportError` naming the file, and the line, that is not as it should be.
    public init(contentsOf directory: URL) throws(ReportError) {
        record = try RunFiles.decode(Record.self, from: directory.appendingPathComponent("run.json"))
        images = try RunFiles.lines(Image.self, from: directory.appendingPathComponent("attacks.jsonl")).sorted {
            $0.image < $1.image
        }
        guard !images.isEmpty else { throw ReportError("\(directory.path)/attacks.jsonl: there are no images in it.") }
    }

    /// Writes `run.json` and `attacks.jsonl`.
    public func write(to directory: URL) throws(ReportError) {
        try RunFiles.write(record, to: directory.appendingPathComponent("run.json"))
        try RunFiles.write(lines: images, to: directory.appendingPathComponent("attacks.jsonl"))
    }
}
