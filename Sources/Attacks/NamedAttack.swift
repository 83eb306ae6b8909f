import Tensors

/// An attack that is asked for by name, with its settings as text. A new one is one file, and a line in `AttackCatalogue`.
public protocol NamedAttack: Attack {
    /// What it does, in a line.
    static var summary: String { get }

    /// The norms it knows.
    static var norms: [Norm] { get }

    /// Whether it looks for the smallest distance at which the network errs and needs no radius, rather than for success
    /// within a radius.
    static var seeksSmallestDistance: Bool { get }

    /// An attack in this norm with these settings.
    ///
    /// - Parameters:
    ///   - norm: One of `norms`.
    ///   - radius: In units of pixels in [0, 1]; attacks that seek the smallest distance do not look at it.
    /// - Throws: `AttackError` for a value that is not of its kind or out of its range, or a missing radius.
    init(norm: Norm, radius: Float?, settings: inout MethodSettings) throws(AttackError)
}

extension NamedAttack {
    /// The ball of an attack that needs a radius.
    static func ball(_ norm: Norm, radius: Float?) throws(AttackError) -> Ball {
        guard let radius else {
            throw AttackError("it looks for success within a radius, and none is given: give one, such as 0.3")
        }
        guard radius >= 0, radius.isFinite else {
            throw AttackError("the attack's radius is \(radius): it must not be negative")
        }
        return Ball(norm, radius: radius)
    }

    /// Refuses noisy copies, for attacks that know only the network itself.
    func checkCopies(_ copies: Int) throws(AttackError) {
        guard copies == 0 else {
            throw AttackError(
                "\(Self.name) attacks the network itself: attack its smoothed form with pgd, ddn, mi-fgsm or boundary")
        }
    }
}
