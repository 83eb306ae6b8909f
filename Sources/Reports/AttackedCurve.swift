import SuretyAttacks

/// Accuracy under attack as a function of the radius: the fraction of a run's images that are classified correctly under every
/// perturbation found within r.
///
/// The weaker the attack, the further it lies above the true accuracy. It falls in steps, and ends where nothing more is
/// known: at the largest radius asked for or, for attacks without a radius, at the farthest adversarial image found.
struct AttackedCurve {
    /// The corners of the steps, from radius 0.
    let corners: [(radius: Double, accuracy: Double)]

    /// The largest radius about which something is known.
    var end: Double { corners[corners.count - 1].radius }

    init(_ run: AttackRun) {
        let found = run.images.compactMap(run.distance).filter { $0 > 0 }
        let end = run.record.settings.epsilon.max() ?? found.max() ?? 0
        var corners = [(radius: 0.0, accuracy: run.robustAccuracy(at: 0))]
        for radius in Set(found).sorted() where radius <= end {
            corners.append((radius, corners[corners.count - 1].accuracy))
            corners.append((radius, run.robustAccuracy(at: radius)))
        }
        corners.append((end, corners[corners.count - 1].accuracy))
        self.corners = corners
    }
}
