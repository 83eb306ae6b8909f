import SuretyAttacks
import SuretyTensors

/// Attacks that are run together, so that the smallest distance is kept for each image.
public enum AttackSuite: String, CaseIterable, Sendable {
    /// Attacks that differ in what they follow: a gradient's sign, a margin, a boundary, nothing but the output. In each
    /// norm several seek the smallest distance. In ℓ2 what follows the gradient from the image can stop far too early where
    /// a network hides it: `boundary`, which asks for decisions alone, does not.
    case standard

    /// The names of the attacks. Those that need no radius come first: what they find spares the others the image.
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
