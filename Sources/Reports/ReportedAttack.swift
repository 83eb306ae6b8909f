import SuretyAttacks
import SuretyTensors

/// What attacks left of a classifier's accuracy, to stand beside what was certified.
public struct ReportedAttack: Sendable {
    /// What tables and legends call it, with which of the model's two classifiers was attacked: a certificate of smoothing speaks
    /// of the smoothed one.
    public let name: String
    /// The attacks and what they found.
    public let run: AttackRun
    private let curve: AttackedCurve

    /// - Parameter name: the run's.
    public init(_ run: AttackRun, name: String) {
        self.name = "\(name): \(run.record.settings.classifier.rawValue) classifier under attack"
        self.run = run
        curve = AttackedCurve(run)
    }

    /// A run that is not finished is called so.
    init(_ run: AttackRun, named name: String) {
        let all = run.record.selection.count(of: run.record.data.count)
        self.init(run, name: ReportedRun.name(name, done: run.images.count, of: all))
    }

    /// The norm of the radii, as records write it.
    public var norm: String { run.record.settings.norm }

    /// What the figures rest on.
    public var statement: RunStatement { RunStatement(run) }

    /// The fraction of images that are correct, with no adversarial image found within `radius`: at least the true accuracy, but
    /// for images on which PREDICT abstains. Nil beyond the largest radius that was attacked.
    public func accuracy(at radius: Double) -> Double? {
        radius <= curve.end ? run.robustAccuracy(at: radius) : nil
    }

    /// The corners of the steps of its curve.
    var corners: [(radius: Double, accuracy: Double)] { curve.corners }
}
