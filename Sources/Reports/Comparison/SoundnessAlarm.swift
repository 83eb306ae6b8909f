/// An adversarial image inside a radius that was certified or proven, for the same classifier in the same norm: one of the two
/// is wrong.
public struct SoundnessAlarm: Sendable, Equatable {
    public let subject: Subject
    public let image: Int
    public let guarantee: Bracket.Guarantee
    public let attack: Bracket.Attack

    /// All in a report.
    static func all(in report: ClassifierReport) -> [SoundnessAlarm] {
        report.brackets.flatMap { bracket in
            bracket.contradictions.map {
                SoundnessAlarm(subject: report.subject, image: bracket.image, guarantee: $0.guarantee, attack: $0.attack)
            }
        }
    }
}
