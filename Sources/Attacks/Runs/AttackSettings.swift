import Foundation
import SuretyRecords
import SuretyTensors

/// The record of a run of attacks: `run.json`.
public typealias AttackRecord = RunRecord<AttackSettings>

/// How images were attacked: the member `settings` of the `run.json` of `surety attack`.
public struct AttackSettings: Sendable, Equatable, Codable {
    /// Which of the two classifiers of a model: they must never be mixed up.
    public enum Classifier: String, Sendable, Codable {
        /// The network itself.
        case base
        /// What smoothing makes of it, judged by PREDICT.
        case smoothed
    }

    /// The names of the attacks, in the order tried.
    public var attacks: [String]
    /// A norm, such as `l2`, or `wasserstein` for attacks that move mass.
    public var norm: String
    /// The radii of attacks that need one, in rising order.
    public var epsilon: [Double]
    /// The parameters of each attack, as it names them.
    public var parameters: [String: [String: String]]
    /// The key of all that was random.
    public var seed: UInt64
    /// Whether the network or its smoothed form was attacked.
    public var classifier: Classifier
    /// The noise of a smoothed classifier, and σ, which is all that older records name.
    private var namedNoise: Noise?
    private var sigma: Double?
    /// The noise of a smoothed classifier; nil for the network itself, and for a σ that is not valid.
    public var noise: Noise? { namedNoise ?? sigma.flatMap { try? FloatGaussian(sigma: $0) }.map { Noise($0) } }
    /// The attack's noisy copies of each image (m_test), and the samples that PREDICT takes; nil for the network itself.
    public var copies, n: Int?
    /// The α of PREDICT: the probability that it names a class other than the smoothed classifier's is at most this; nil for the
    /// network itself.
    public var alpha: Double?
    /// The model whose gradients were followed, if it is not the one attacked.
    public var source: ModelRecord?
    /// The images whose Voronoi cells the attacked images stayed in, if an attack keeps to them.
    public var cells: DataRecord?

    private enum CodingKeys: String, CodingKey {
        case attacks, norm, epsilon, parameters, seed, classifier, namedNoise = "noise", sigma, copies, n, alpha, source, cells
    }

    /// Settings as they are recorded; nothing is checked.
    ///
    /// - Parameters:
    ///   - attacks: The names of the attacks, in the order tried.
    ///   - norm: `l2`, `linf` or `wasserstein`.
    ///   - epsilon: In units of pixels in [0, 1] or for images of mass 1, rising; empty for attacks that need no radius.
    ///   - parameters: Those of each attack, by its name.
    ///   - source: The model whose gradients were followed; nil where it is the one attacked.
    public init(
        attacks: [String], norm: String, epsilon: [Double], parameters: [String: [String: String]], seed: UInt64,
        classifier: Classifier = .base, noise: Noise? = nil, copies: Int? = nil, n: Int? = nil, alpha: Double? = nil,
        source: ModelRecord? = nil, cells: DataRecord? = nil
    ) {
        (self.attacks, self.norm, self.epsilon, self.parameters) = (attacks, norm, epsilon, parameters)
        (self.seed, self.classifier, self.copies) = (seed, classifier, copies)
        namedNoise = noise.flatMap { $0.isNamed ? $0 : nil }
        sigma = noise.flatMap { $0.isNamed ? nil : $0.family.standardDeviation }
        (self.n, self.alpha, self.source, self.cells) = (n, alpha, source, cells)
    }

    /// What was kept small; nil if the attack that moved mass is not known.
    public var distance: AttackDistance? {
        if let norm = Norm(rawValue: norm) { return .ball(norm) }
        guard norm == "wasserstein", let name = attacks.first,
            let attack = try? AttackCatalogue.attack(named: name, norm: .l2, radius: 1, settings: parameters[name] ?? [:]),
            let mover = attack as? any WassersteinAttack
        else { return nil }
        return .wasserstein(mover.groundCost)
    }
}

extension AttackSettings: RunSettings {
    /// What was found on one image.
    public typealias Line = AttackedImage

    /// 2: lines and record have digests, which version 1 lacked.
    public static let schema = 2
    /// A finding for each image, as canonical JSON.
    public static let linesFile = "attacks.jsonl"
    /// A line is called a finding, even where nothing was found.
    public static let lineName = "attacked image"
    /// The one command that makes such a run.
    public static let methods = ["attack"]

    /// `attack`, always.
    public var method: String { Self.methods[0] }

    /// Finds successes without another class, images moved without a success, impossible distances, and radii that were not
    /// tried or are exceeded.
    ///
    /// - Parameter dimensions: Elements of an image, d, which limit how far its distances in two norms can differ.
    public func objections(to line: AttackedImage, dimensions: Int) -> [String] {
        var objections: [String] = []
        let wasMoved = Norm.allCases.contains { line.distance(in: $0) ?? 0 != 0 }
        if line.isSuccess != line.adversarialClass.isWrong(for: line.label) {
            objections.append("success is \(line.isSuccess), but the class is \(line.adversarialClass.map(String.init) ?? "none") and the label \(line.label)")
        }
        if line.isMisclassified, line.attack != nil || wasMoved {
            objections.append("the image is already misclassified, but an attack moved it")
        }
        if let attack = line.attack {
            if !attacks.contains(attack) { objections.append("the attack \(attack) was not made") }
        } else if wasMoved {
            objections.append("no attack succeeded, but the image was moved")
        }
        for (norm, distance) in line.distances {
            for (other, otherDistance) in line.distances {
                let largest = otherDistance * norm.largestLength(ofUnitIn: other, dimensions: dimensions)
                // Both are rounded.
                guard distance > largest * (1 + 1e-12) else { continue }
                objections.append("the distances \(norm) \(distance) and \(other) \(otherDistance) cannot both be right")
            }
        }
        if let radius = line.radius {
            if !epsilon.contains(radius) { objections.append("the radius \(radius) is not one of the run's") }
            let distance = Norm(rawValue: norm).flatMap(line.distance(in:)) ?? line.wasserstein ?? 0
            if line.isSuccess, distance > radius { objections.append("the distance \(distance) lies beyond the radius \(radius)") }
        }
        return objections
    }
}
