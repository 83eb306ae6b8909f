import SuretyRecords
import SuretyTensors

/// What attacks found on the images of a data set, as `surety attack` keeps it: `run.json` and `attacks.jsonl` in a directory.
public typealias AttackRun = RunContents<AttackSettings>

extension RunContents where Settings == AttackSettings {
    /// What was found, in the order of the images.
    public var images: [AttackedImage] { lines }

    /// The distance to the adversarial image, in the run's norm; nil if none was found.
    public func distance(of finding: AttackedImage) -> Double? {
        guard finding.isSuccess else { return nil }
        if let norm = Norm(rawValue: record.settings.norm) { return finding.distance(in: norm) }
        return finding.isMisclassified ? 0 : finding.wasserstein
    }

    /// The number of images that the classifier gets right under every perturbation found within `radius`.
    public func robustCount(at radius: Double) -> Int {
        images.count { distance(of: $0).map { $0 > radius } ?? true }
    }

    /// The mean cross entropy of the images that the attack made when given `radius`, how many images that is, and how many
    /// of those lie beyond the radius because a projection was not exact; nil if it was not measured.
    public func meanCrossEntropy(at radius: Double) -> (mean: Double, count: Int, beyond: Int)? {
        let made = images.flatMap(\.measurements).filter { $0.radius == radius && $0.crossEntropy != nil }
        guard !made.isEmpty else { return nil }
        let mean = made.compactMap(\.crossEntropy).reduce(0, +) / Double(made.count)
        return (mean, made.count, made.count { $0.distance > radius })
    }

    /// The share of the images that `robustCount(at:)` counts.
    public func robustAccuracy(at radius: Double) -> Double { Double(robustCount(at: radius)) / Double(max(1, images.count)) }

    /// The number of images at which the gradient that an attack follows was zero: attacks by gradient say little about them.
    public var zeroGradientCount: Int { images.count(where: \.hasVanishedGradient) }

    /// The median distance over all images, where images without a find count as infinite; nil if it is infinite.
    public var medianDistance: Double? {
        let distances = images.map { distance(of: $0) ?? .infinity }.sorted()
        guard !distances.isEmpty, distances[distances.count / 2].isFinite else { return nil }
        return distances[distances.count / 2]
    }
}
