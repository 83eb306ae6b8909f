import SuretyAttacks
import SuretyRecords

extension RunContents where Settings == AttackSettings {
    /// NAUC over the radii that were attacked, from the accuracy under attack at 0 and at each of them; nil for fewer than two
    /// radii above 0, from which no curve can be judged.
    public var normalisedArea: Double? {
        let radii = [0] + record.settings.epsilon.filter { $0 > 0 }
        guard radii.count > 2 else { return nil }
        return try? NormalisedAreaUnderCurve(radii: radii, accuracies: radii.map(robustAccuracy)).value
    }
}
