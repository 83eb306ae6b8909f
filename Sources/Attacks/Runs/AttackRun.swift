import SuretyRecords
import SuretyTensors

/// What attacks found on the images of a data set, as `surety attack` keeps it: `run.json` and `attacks.jsonl` in a directory.
public typealias AttackRun = RunContents<AttackSettings>

extension RunContents where Settings == AttackSettings {
    /// What was found, in the order of the images.
    public var images: [AttackedImage] { lines }

    /// The distance to what was found, in the run's norm; nil where nothing was.
    public func distance(of finding: AttackedImage) -> Double? {
        guard finding.isSuccess else { return nil }
        if let norm = Norm(rawValue: record.settings.norm) { return finding.distance(in: norm) }
        return finding.isMisclassified ? 0 : finding.wasserstein
    }

    /// The images that the classifier gets right under every perturbation found of at most `radius`.
    public func robustCount(at radius: Double) -> Int {
        images.count { distance(of: $0).map { $0 > radius } ?? true }
    }

    /// The mean cross entropy of what the attack made of the images when given `radius`, with how many it is of, and how many of
    /// those lie beyond the radius, as a projection that is not exact leaves some; nil where it was not measured.
    public func meanCrossEntropy(at radius: Double) -> (mean: Double, count: Int, beyond: Int)? {
        let made = images.flatMap(\.measurements).filter { $0.radius == radius && $0.crossEntropy != nil }
        guard !made.isEmpty else { return nil }
        let mean = made.compactMap(\.crossEntropy).reduce(0, +) / Double(made.count)
        return (mean, made.count, made.count { $0.distance > radius })
    }

    /// The share of the images that `robustCount(at:)` counts.
    public func robustAccuracy(at radius: Double) -> Double { Double(robustCount(at: radius)) / Double(max(1, images.count)) }

    /// The images on which the gradient that an attack follows was zero: what follows gradients says little of them.
    public var zeroGradientCount: Int { images.count(where: \.hasVanishedGradient) }

    /// The median distance over all images, one that nothing was found for counted as infinite; nil then.
    public var medianDistance: Double? {
        let distances = images.map { distance(of: $0) ?? .infinity }.sorted()
        guard !distances.isEmpty, distances[distances.count / 2].isFinite else { return nil }
        return distances[distances.count / 2]
    }
}
