import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyTensors

/// A check of a model and its images before a long run: how many clean images of a sample it gets right and, if that is
/// hardly more than by guessing, what the likely cause is.
///
///     let preflight = try Preflight(of: model, on: images)
///     preflight.correct, preflight.images       // 97, 100
///     preflight.cause?.remedy                   // "give --preset cifar10"
///
/// Nothing is changed: a cause comes with the option that fixes it, and the user decides.
public struct Preflight: Sendable {
    /// What seems to be wrong with the images or the model's input, and how much better the model does once that is fixed.
    public struct Cause: Sendable {
        /// What seems to be wrong.
        public let problem: String
        /// What to do about it.
        public let remedy: String
        /// The number of images that the model would then get right.
        public let correct: Int
    }

    /// Clean images looked at, spread over the set.
    public let images: Int
    /// The number of those whose largest logit is their label's.
    public let correct: Int
    /// The model's classes.
    public let classCount: Int
    /// The accuracy on clean images that the file's metadata claims.
    public let claim: Double?
    /// The likely cause of a poor result; nil for a good result, or if no cause was found.
    public let cause: Cause?

    /// The share that is right.
    public var accuracy: Double { Double(correct) / Double(images) }

    /// Whether guessing would do as well, up to chance: within three standard deviations.
    public var isNearChance: Bool {
        let chance = 1 / Double(classCount)
        return accuracy <= chance + 3 * (chance * (1 - chance) / Double(images)).squareRoot()
    }

    /// Whether the file's metadata claim far more.
    public var isFarBelowClaim: Bool { claim.map { $0 - accuracy > Self.gain } ?? false }

    /// Whether this is probably not what was intended.
    public var looksWrong: Bool { isNearChance || isFarBelowClaim || cause != nil }

    /// What to say before the run: one line, and one more where something looks wrong.
    public var messages: (note: String, warnings: [String]) {
        let note = "\(correct) of \(images) clean images are right"
        guard looksWrong else { return (note, []) }
        let comparison = isNearChance
            ? "hardly more than guessing gets (\(String(format: "%.3g", Double(images) / Double(classCount))))"
            : claim.map { "and the model's file claims an accuracy of \(String(format: "%.3g", $0))" } ?? "which is little"
        guard let cause else {
            return (note, ["""
                \(comparison): make sure that the model belongs to these images, that they are in [0, 1] and normalised as it \
                expects (--preset, or --mean and --std), and that its classes are in their order
                """])
        }
        return (note, ["\(comparison). \(cause.problem): \(cause.correct) of \(images) are right then. \(cause.remedy)"])
    }

    /// How much better a model must do, as a share, for a cause to be named.
    private static let gain = 0.2
    /// The number of images to look at, the smaller number for a very large model, and the multiply-accumulates that may be
    /// spent.
    private static let (most, least, work) = (100, 32, 40_000_000_000)

    /// Classifies some of the images whose pixels are available and, if hardly any is right, tries again with each likely
    /// cause corrected.
    ///
    /// - Throws: `NetworkError` or `GraphError` when the network cannot be compiled or fed with these images.
    public init(of model: Model, on images: LabelledImages) throws {
        let network = model.network
        let perImage = max(1, network.summary.multiplyAccumulates)
        let kept = images.keptIndices
        let wanted = min(kept.count, max(Self.least, min(Self.most, Self.work / perImage)))
        let chosen = (0..<wanted).map { kept[$0 * kept.count / wanted] }
        let labels = chosen.map { images.label(at: $0) }
        func classes(_ network: Network) throws -> [Int?] { try Self.classes(network, of: images, at: chosen) }
        func right(_ classes: [Int?]) -> Int { zip(classes, labels).count { $0 == $1 } }

        let found = try classes(network)
        (self.images, correct, classCount) = (wanted, right(found), network.classCount)
        claim = model.metadata["accuracy"].flatMap(Double.init).flatMap { (0...1).contains($0) ? $0 : nil }
        guard 2 * correct < wanted || (claim ?? 0) - Double(correct) / Double(wanted) > Self.gain else {
            cause = nil
            return
        }
        var causes = Self.renumbering(found, labels, classCount: network.classCount).map { [$0] } ?? []
        for candidate in try Candidate.all(for: model) {
            causes.append(
                Cause(problem: candidate.problem, remedy: candidate.remedy, correct: right(try classes(candidate.network))))
        }
        let best = causes.max { $0.correct < $1.correct }
        cause = best.flatMap { Double($0.correct - right(found)) > Self.gain * Double(wanted) ? $0 : nil }
    }

    /// The class of each of some images.
    private static func classes(_ network: Network, of images: LabelledImages, at indices: [Int]) throws -> [Int?] {
        let classifier = try Classifier(network.convolving(by: .winograd), batchSize: min(16, indices.count))
        var found: [Int?] = []
        for start in stride(from: 0, to: indices.count, by: classifier.batchSize) {
            let batch = indices[start..<min(indices.count, start + classifier.batchSize)]
            for (row, index) in zip(classifier.images, batch) { images.write(index, to: row) }
            classifier.run()
            found += classifier.classes.prefix(batch.count)
        }
        return found
    }

    /// Labels that mean other classes than the model's: shifted by one, or in another order.
    private static func renumbering(_ classes: [Int?], _ labels: [Int], classCount: Int) -> Cause? {
        var counts: [Int: [Int: Int]] = [:]
        for case (let found?, let label) in zip(classes, labels) { counts[label, default: [:]][found, default: 0] += 1 }
        let renamed = counts.compactMapValues { $0.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key }
        // With few images per class, most are "in another order" by chance.
        guard labels.count >= 4 * renamed.count, Set(renamed.values).count == renamed.count else { return nil }
        let correct = zip(classes, labels).count { found, label in found != nil && renamed[label] == found }
        let shifts = Set(renamed.map { $0.key - $0.value })
        if shifts.count == 1, let shift = shifts.first, shift != 0 {
            return Cause(
                problem: "The labels seem to be \(abs(shift)) \(shift > 0 ? "larger" : "smaller") than the model's classes",
                remedy: "Write them as numbers from 0, in the order of the model's classes", correct: correct)
        }
        let list = renamed.sorted { $0.key < $1.key }.filter { $0.key != $0.value }.prefix(5).map { "\($0.key) is its \($0.value)" }
        guard !list.isEmpty else { return nil }
        return Cause(
            problem: "The labels seem to number the classes in another order than the model (\(list.joined(separator: ", ")) …)",
            remedy: "Write them in the model's order: folders are often sorted by name", correct: correct)
    }
}

/// The model corrected for one possible cause.
private struct Candidate {
    let network: Network
    let problem: String
    let remedy: String

    static func all(for model: Model) throws -> [Candidate] {
        let (network, shape) = (model.network, model.network.imageShape)
        guard shape.count == 3 else { return [] }
        var candidates: [Candidate] = []
        func add(_ layers: [Layer], _ parameters: [String: Tensor], _ problem: String, _ remedy: String) throws {
            candidates.append(
                Candidate(network: try network.preceded(by: layers, parameters), problem: problem, remedy: remedy))
        }
        if let mean = model.mean, let deviation = model.standardDeviation {
            let perChannel = [shape[0], 1, 1]
            try add(
                [
                    .arithmeticWithParameter(.multiply, operand: "deviation", side: .right),
                    .arithmeticWithParameter(.add, operand: "mean", side: .right),
                ],
                [
                    "deviation": Tensor(shape: perChannel, values: deviation.map { Float($0) }),
                    "mean": Tensor(shape: perChannel, values: mean.map { Float($0) }),
                ],
                "The model seems to normalise pixels itself", "Leave --mean, --std and --preset away")
        } else {
            for preset in Preprocessing.allCases where preset.mean.count == shape[0] {
                candidates.append(
                    Candidate(
                        network: try network.normalised(
                            mean: preset.mean.map { Float($0) }, standardDeviation: preset.standardDeviation.map { Float($0) }),
                        problem: "The model seems to expect normalised pixels", remedy: "Give --preset \(preset.rawValue)"))
            }
            try add(
                [.arithmeticWithParameter(.multiply, operand: "levels", side: .right)], ["levels": Tensor(scalar: 255)],
                "The model seems to expect grey levels from 0 to 255",
                "Give --mean \(Self.list(0, shape[0])) --std \(Self.list(1 / 255, shape[0]))")
        }
        if shape[0] == 3 {
            try add(
                [.selection(axis: 0, places: [2, 1, 0])], [:], "The channels seem to be in the order blue, green, red",
                "Write the images in the order red, green, blue: images[:, ::-1] of N×C×H×W")
        }
        if shape[1] == shape[2] {
            try add(
                [.transpose(permutation: [0, 2, 1])], [:], "Rows and columns seem to be exchanged, as MATLAB stores them",
                "Write the images with rows first: images.swapaxes(2, 3) of N×C×H×W")
        }
        return candidates
    }

    private static func list(_ number: Double, _ count: Int) -> String {
        Array(repeating: String(format: "%.6g", number), count: count).joined(separator: ",")
    }
}
