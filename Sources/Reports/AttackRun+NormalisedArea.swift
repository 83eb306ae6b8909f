import SuretyAttacks
import SuretyRecords

extension RunContents where Settings == AttackSettings {
    /// NAUC over the radii that were attacked, from the accuracy under attack at 0 and at each of them; nil for fewer than two
    /// radii above 0, from which no curve can be judged.
    public var normalisedArea: Double? {
        let radii = record.settings.epsilon.filter { $0 > 0 }
        return radii.count < 2 ? nil : NormalisedAreaUnderCurve(over: radii, accuracy: robustAccuracy)?.value
    }
}
