import SuretyDatasets
import SuretyNetworks
import Synchronization

/// How often an attack succeeds within Wasserstein radii.
///
///     let evaluation = try WassersteinEvaluation(
///         of: WasserAttack(), on: network, images: images, indices: Array(0..<100), radii: [0.1, 0.2, 0.5])
///     evaluation.successRate(at: 0.5)
///
/// Each radius is tried in turn, smallest first, on the images for which no smaller one sufficed. `AttackEvaluation` judges:
/// an image is a success if the network misclassifies it and its exact distance is at most the radius.
public struct WassersteinEvaluation: Sendable {
    /// For images of mass 1, in ascending order.
    public let radii: [Double]
    /// One for each image.
    public let findings: [AttackedImage]

    /// - Parameters:
    ///   - attack: Its own radius is not used.
    ///   - indices: The images attacked.
    ///   - threads: Threads that share the images.
    /// - Throws: `AttackError` for no images, labels that do not fit, or radii that are not positive; `NetworkError`,
    ///   `GraphError`.
    public init(
        of attack: some WassersteinAttack, on network: Network, images: LabelledImages, indices: [Int], radii: [Double],
        batchSize: Int = 32, threads: Int = 2
    ) throws {
        guard !indices.isEmpty, indices.allSatisfy({ 0..<network.classCount ~= images.label(at: $0) }) else {
            throw AttackError("there are no images, or a label is outside the network's \(network.classCount) classes")
        }
        guard radii.allSatisfy({ $0 > 0 && $0.isFinite }) else { throw AttackError("radii must be positive") }
        self.radii = radii.sorted()
        let found = Mutex<[AttackedImage]>([])
        try AttackEvaluation(
            of: network, attempts: self.radii.map { .init(attack.at(radius: $0), radius: $0) },
            distance: .wasserstein(attack.groundCost), batchSize: batchSize
        ).run(on: images, indices: indices, threads: threads) { finding in found.withLock { $0.append(finding) } }
        findings = found.withLock { $0.sorted { $0.image < $1.image } }
    }

    /// The fraction of the images for which a radius up to this one sufficed. For an image that is already misclassified, 0
    /// suffices.
    public func successRate(at radius: Double) -> Double {
        Double(findings.count { $0.isSuccess && $0.radius ?? 0 <= radius }) / Double(findings.count)
    }

    /// The smallest radius tried within which all images were found.
    public var radiusForAll: Double? { radii.first { successRate(at: $0) == 1 } }

    /// The mean precision error (the relative error in mass) of the images found; nil if none was found.
    public var meanMassError: Double? { mean(\.massError) }

    /// The mean exact distance of the images found; nil if none was found.
    public var meanDistance: Double? { mean(\.wasserstein) }

    private func mean(_ value: (AttackedImage) -> Double?) -> Double? {
        let values = findings.compactMap(value)
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
