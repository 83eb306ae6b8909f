/// An adversarial image inside a radius that was certified or proven, for the same classifier in the same norm: one of the
/// two must be wrong.
public struct SoundnessAlarm: Sendable, Equatable {
    /// The classifier, data and norm of both.
    public let subject: Subject
    /// The image's index in its data set.
    public let image: Int
    /// The guarantee that is contradicted.
    public let guarantee: Bracket.Guarantee
    /// The adversarial image that contradicts it.
    public let attack: Bracket.Attack

    /// All alarms in a report.
    static func all(in report: ClassifierReport) -> [SoundnessAlarm] {
        report.brackets.flatMap { bracket in
            bracket.contradictions.map {
                SoundnessAlarm(subject: report.subject, image: bracket.image, guarantee: $0.guarantee, attack: $0.attack)
            }
        }
    }
}
