import Foundation
import SuretyRecords
import SuretyTensors

/// What attacks found on one image, judged apart from them: a line of `attacks.jsonl`.
public struct AttackedImage: RunLine {
    /// The image's index in its data set.
    public let image: Int
    /// The image's true class.
    public let label: Int
    /// The class of the image as it is; nil where the classifier gives none.
    public let cleanClass: Int?
    /// The class of the adversarial image; nil where the classifier gives none, as a smoothed one that abstains.
    public let adversarialClass: Int?
    /// Whether the class is not the label, within the radius if there is one. If the clean image is already misclassified,
    /// that is a success at distance 0.
    public let isSuccess: Bool
    /// The attack that found the nearest adversarial image; the first of several. nil if none was needed or none succeeded.
    public let attack: String?
    /// The radius at which it found the image, if it was given one.
    public let radius: Double?
    private let stated: [Norm: Double]
    /// For attacks that move mass: the exact Wasserstein distance for images of mass 1, and the relative error in the mass.
    public let wasserstein, massError: Double?
    /// How often the network was evaluated on the image, in all attacks together.
    public let queries: Int
    /// Whether the gradient that some attack follows was zero at an image it tried: there, such an attack says little.
    public var hasVanishedGradient: Bool { zeroGradient ?? false }
    private let zeroGradient: Bool?
    /// The result of each measured attempt, in order; empty for an image that is already misclassified.
    public var measurements: [Measurement] { made ?? [] }
    private let made: [Measurement]?
    /// SHA-256 of the adversarial image's pixels, little-endian IEEE singles; nil in findings of older versions.
    public let adversarialSHA256: String?
    /// The adversarial image [C, H, W], or the image itself if none was found. Not a part of the line: empty after reading.
    public private(set) var adversarial: [Float] = []

    /// The result of one attempt on an image, whether it found something or not.
    public struct Measurement: Sendable, Equatable, Codable {
        /// The radius it was given.
        public let radius: Double?
        /// −log softmax at the label, of the image proposed; nil where the logits are not finite.
        public let crossEntropy: Double?
        /// The image's distance, in the measure that the attack keeps small.
        public let distance: Double
        /// The relative error in its mass, for attacks that move mass.
        public let massError: Double?
        /// Whether the image is misclassified, within the radius if there is one.
        public let isSuccess: Bool

        /// - Parameters:
        ///   - radius: The radius the attack was given; nil if it was given none.
        ///   - crossEntropy: −log softmax at the label; nil where the logits are not finite.
        ///   - distance: The distance of the proposed image, in the measure that the attack keeps small.
        ///   - massError: The relative error in its mass; nil for attacks that move no mass.
        public init(radius: Double?, crossEntropy: Double?, distance: Double, massError: Double?, isSuccess: Bool) {
            (self.radius, self.crossEntropy, self.distance) = (radius, crossEntropy, distance)
            (self.massError, self.isSuccess) = (massError, isSuccess)
        }

        private enum CodingKeys: String, CodingKey {
            case crossEntropy, distance, massError
            case radius = "epsilon"
            case isSuccess = "success"
        }
    }

    /// A finding, with the digest of its adversarial image.
    ///
    /// - Parameters:
    ///   - attack: The attack that succeeded; nil if none was needed or none succeeded.
    ///   - radius: The radius at which it succeeded; nil if it was given none.
    ///   - distance: The distance in a norm, of pixels in [0, 1]; 0 where nothing was found.
    ///   - transport: The Wasserstein distance with the error in mass; nil for attacks that move no mass.
    ///   - adversarial: [C, H, W]; the image itself where nothing was found.
    public init(
        image: Int, label: Int, cleanClass: Int?, adversarialClass: Int?, isSuccess: Bool, attack: String?, radius: Double? = nil,
        distance: (Norm) -> Double, transport: WassersteinDistance.Transport? = nil, queries: Int, hasVanishedGradient: Bool = false,
        adversarial: [Float], measurements: [Measurement] = []
    ) {
        (self.image, self.label, self.cleanClass, self.adversarialClass) = (image, label, cleanClass, adversarialClass)
        (self.isSuccess, self.attack, self.radius) = (isSuccess, attack, radius)
        stated = Dictionary(uniqueKeysWithValues: Norm.allCases.map { ($0, distance($0)) })
        (wasserstein, massError) = (transport?.cost, transport?.massError)
        (self.queries, zeroGradient, made) = (queries, hasVanishedGradient ? true : nil, measurements.isEmpty ? nil : measurements)
        (self.adversarial, adversarialSHA256) = (adversarial, Self.digest(of: adversarial))
    }

    /// Whether the clean image is misclassified.
    public var isMisclassified: Bool { cleanClass.isWrong(for: label) }

    /// The distance that the attack keeps small.
    public func distance(in distance: AttackDistance) -> Double {
        switch distance {
        case .ball(let norm): self.distance(in: norm) ?? 0
        case .wasserstein: wasserstein ?? 0
        }
    }

    /// The distance in a norm, of pixels in [0, 1]; nil if the norm was added after the finding was written.
    public func distance(in norm: Norm) -> Double? { stated[norm] }

    /// The distance in every norm, as far as the finding states it.
    public var distances: [(norm: Norm, distance: Double)] { Norm.allCases.compactMap { norm in stated[norm].map { (norm, $0) } } }

    /// SHA-256 of pixels, as findings state it.
    package static func digest(of pixels: [Float]) -> String {
        SHA256.hexadecimal(of: pixels.littleEndianBytes)
    }
}

extension AttackedImage: Codable {
    private enum Key: String, CodingKey {
        case image, label, cleanClass, `class`, success, attack, epsilon, wasserstein, massError, queries, zeroGradient, measurements
        case adversarialSHA256
    }

    /// A distance stands under its norm's name, beside the other members.
    private struct NormKey: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(_ norm: Norm) { stringValue = norm.rawValue }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// The norms that findings of every version state.
    private static let alwaysStated: Set<Norm> = [.l2, .linf]

    public init(from decoder: any Decoder) throws {
        let line = try decoder.container(keyedBy: Key.self)
        image = try line.decode(Int.self, forKey: .image)
        label = try line.decode(Int.self, forKey: .label)
        cleanClass = try line.decodeIfPresent(Int.self, forKey: .cleanClass)
        adversarialClass = try line.decodeIfPresent(Int.self, forKey: .class)
        isSuccess = try line.decode(Bool.self, forKey: .success)
        attack = try line.decodeIfPresent(String.self, forKey: .attack)
        radius = try line.decodeIfPresent(Double.self, forKey: .epsilon)
        wasserstein = try line.decodeIfPresent(Double.self, forKey: .wasserstein)
        massError = try line.decodeIfPresent(Double.self, forKey: .massError)
        queries = try line.decode(Int.self, forKey: .queries)
        zeroGradient = try line.decodeIfPresent(Bool.self, forKey: .zeroGradient)
        made = try line.decodeIfPresent([Measurement].self, forKey: .measurements)
        adversarialSHA256 = try line.decodeIfPresent(String.self, forKey: .adversarialSHA256)
        let norms = try decoder.container(keyedBy: NormKey.self)
        var stated: [Norm: Double] = [:]
        for norm in Norm.allCases where Self.alwaysStated.contains(norm) || norms.contains(NormKey(norm)) {
            stated[norm] = try norms.decode(Double.self, forKey: NormKey(norm))
        }
        self.stated = stated
    }

    public func encode(to encoder: any Encoder) throws {
        var line = encoder.container(keyedBy: Key.self)
        try line.encode(image, forKey: .image)
        try line.encode(label, forKey: .label)
        try line.encodeIfPresent(cleanClass, forKey: .cleanClass)
        try line.encodeIfPresent(adversarialClass, forKey: .class)
        try line.encode(isSuccess, forKey: .success)
        try line.encodeIfPresent(attack, forKey: .attack)
        try line.encodeIfPresent(radius, forKey: .epsilon)
        try line.encodeIfPresent(wasserstein, forKey: .wasserstein)
        try line.encodeIfPresent(massError, forKey: .massError)
        try line.encode(queries, forKey: .queries)
        try line.encodeIfPresent(zeroGradient, forKey: .zeroGradient)
        try line.encodeIfPresent(made, forKey: .measurements)
        try line.encodeIfPresent(adversarialSHA256, forKey: .adversarialSHA256)
        var norms = encoder.container(keyedBy: NormKey.self)
        for (norm, distance) in distances { try norms.encode(distance, forKey: NormKey(norm)) }
    }
}

extension [Float] {
    /// IEEE singles, least significant byte first.
    var littleEndianBytes: Data { map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) } }
}

/// What an attack keeps small.
public enum AttackDistance: Sendable, Equatable {
    /// The distance in this norm, in units of pixels in [0, 1].
    case ball(Norm)
    /// The exact Wasserstein distance with this cost, for images of mass 1.
    case wasserstein(GroundCost)
}
