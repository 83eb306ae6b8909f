import SuretyAttacks
import SuretyTensors

/// Attacks that are run together; for each image, the smallest distance is kept.
public enum AttackSuite: String, CaseIterable, Sendable {
    /// Attacks that differ in what they follow: a gradient's sign, a margin, a boundary, or nothing but the output. In each
    /// norm, several look for the smallest distance. In ℓ2, attacks that follow the gradient from the image can stop far too
    /// early if a network hides the gradient; `boundary`, which only asks for decisions, does not.
    case standard

    /// The names of the attacks. Those that need no radius come first: if they find something, the others can skip the image.
    public func names(_ norm: Norm) -> [String] {
        Self.members.filter { $0.norms.contains(norm) }.map(\.name)
    }

    private static let members: [(name: String, norms: [Norm])] = [
        ("deepfool", [.l2, .linf]), ("ddn", [.l2]), ("pgd-bisection", [.linf]), ("boundary", [.l2]), ("fgsm", [.linf]),
        ("pgd", Norm.allCases), ("apgd-ce", [.l2, .linf]), ("apgd-dlr", [.l2, .linf]), ("square", [.l2, .linf]),
    ]

    /// The suites with their attacks, for people.
    public static let help = allCases.map { suite in
        let members = Norm.allCases.map { "in \($0.rawValue) \(suite.names($0).joined(separator: ", "))" }
        return "\(suite.rawValue) (\(members.joined(separator: "; ")))"
    }.joined(separator: "; ")
}
