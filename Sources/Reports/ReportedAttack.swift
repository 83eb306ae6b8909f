import SuretyAttacks
import SuretyTensors

/// The accuracy that attacks left of a classifier, to show beside what was certified.
public struct ReportedAttack: Sendable {
    /// Its name in tables and legends, which includes which of the model's two classifiers was attacked: a certificate of
    /// smoothing is about the smoothed one.
    public let name: String
    /// The attacks and what they found.
    public let run: AttackRun
    private let curve: AttackedCurve

    /// - Parameter name: the name of the run.
    public init(_ run: AttackRun, name: String) {
        self.name = "\(name): \(run.record.settings.classifier.rawValue) classifier under attack"
        self.run = run
        curve = AttackedCurve(run)
    }

    /// The name of an unfinished run says that it is unfinished.
    init(_ run: AttackRun, named name: String) {
        let all = run.record.selection.count(of: run.record.data.count)
        self.init(run, name: ReportedRun.name(name, done: run.images.count, of: all))
    }

    /// The norm of the radii, as records write it.
    public var norm: String { run.record.settings.norm }

    /// What the figures rest on.
    public var statement: Premises { Premises(run) }

    /// The fraction of images that are correct, with no adversarial image found within `radius`: at least the true accuracy,
    /// except for images on which PREDICT abstains. nil beyond the largest radius that was attacked.
    public func accuracy(at radius: Double) -> Double? {
        radius <= curve.end ? run.robustAccuracy(at: radius) : nil
    }

    /// The corners of the steps of its curve.
    var corners: [(radius: Double, accuracy: Double)] { curve.corners }
}
