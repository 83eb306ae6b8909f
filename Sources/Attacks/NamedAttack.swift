import SuretyNetworks
import SuretyTensors

/// An attack that is asked for by name, with its settings as text. A new one takes one file, and a line in `AttackCatalogue`.
public protocol NamedAttack: Attack, Configurable {
    /// What it does, in a line.
    static var summary: String { get }

    /// The norms it supports; none if it measures Wasserstein distance.
    static var norms: [Norm] { get }

    /// What it looks for.
    static var aim: AttackAim { get }

    /// The attack with its usual settings.
    ///
    /// - Parameters:
    ///   - norm: One of `norms`; ignored by an attack that has none.
    ///   - radius: In units of pixels in [0, 1], or for images of mass 1; ignored unless the attack looks for success within
    ///     a radius.
    /// - Throws: `AttackError` if a needed radius is missing or is not valid.
    static func usual(norm: Norm, radius: Float?) throws(AttackError) -> Self
}

/// What an attack looks for.
public enum AttackAim: String, Sendable {
    /// Success within a radius, which must be given.
    case withinRadius = "needs a radius"
    /// The smallest distance at which the image is misclassified.
    case smallestDistance = "seeks the smallest distance"
    /// Success within a separate region for each image.
    case withinCell = "needs no radius, but samples"
}

extension NamedAttack {
    /// Whether it looks for the smallest distance at which the image is misclassified.
    public static var seeksSmallestDistance: Bool { aim == .smallestDistance }

    /// Refuses settings that make no sense in an attack made by a program, noisy copies if the attack can only handle the
    /// network itself, and none if it needs them.
    public func check(on network: Network, copies: Int) throws(AttackError) { try checkSettings(copies: copies) }

    func checkSettings(copies: Int) throws(AttackError) {
        guard copies == 0 || Self.attacksSmoothed else {
            // The one within cells needs samples, too.
            let others = AttackCatalogue.names {
                $0.attacksSmoothed && $0.aim != .withinCell && !Set($0.norms).isDisjoint(with: Self.norms)
            }
            let remedy = others.isEmpty ? "leave --sigma out" : "attack its smoothed form with one of \(others)"
            throw AttackError("\(Self.name) attacks the network itself: \(remedy)")
        }
        guard copies > 0 || Self.attacksBase else {
            throw AttackError("""
                \(Self.name) attacks the mean over noisy copies, and there are none: attack the smoothed classifier, with --sigma
                """)
        }
        if let refusal { throw AttackError("\(Self.name): \(refusal)") }
    }

    static func checkRadius(_ radius: Float?) throws(AttackError) -> Float {
        guard let radius else {
            throw AttackError("it looks for success within a radius, and none is given: give one, such as 0.3")
        }
        guard radius >= 0, radius.isFinite else {
            throw AttackError("the attack's radius is \(radius): it must not be negative")
        }
        return radius
    }
}

/// A method with a ball, whose norm and radius are separate settings.
public protocol HasBall {
    /// Where the perturbed images stay.
    var ball: Ball { get set }
}

extension HasBall {
    /// The norm of the ball.
    public var norm: Norm {
        get { ball.norm }
        set { ball = Ball(newValue, radius: ball.radius) }
    }

    /// The radius of the ball, in units of pixels in [0, 1].
    public var radius: Float {
        get { ball.radius }
        set { ball = Ball(ball.norm, radius: newValue) }
    }
}

/// An attack that looks for success within a ball around the image.
public protocol BallAttack: NamedAttack, HasBall {
    /// The attack with its usual settings apart from the ball.
    init(ball: Ball)
}

extension BallAttack {
    /// Every norm.
    public static var norms: [Norm] { Norm.allCases }
    /// Success within the ball's radius.
    public static var aim: AttackAim { .withinRadius }

    /// The attack with its usual settings apart from the ball.
    ///
    /// - Throws: `AttackError` for a radius that is missing, negative or not finite.
    public static func usual(norm: Norm, radius: Float?) throws(AttackError) -> Self {
        Self(ball: Ball(norm, radius: try checkRadius(radius)))
    }

    /// Its settings, with the ball as `norm` and `epsilon`.
    public var parameters: [String: String] {
        record.merging(["norm": norm.rawValue, "epsilon": "\(radius)"]) { $1 }
    }

    /// Refuses noisy copies if the attack can only handle the network itself, none if it needs them, settings out of range, and
    /// a radius that is negative or not finite.
    ///
    /// - Throws: `AttackError` that says which one.
    public func check(on network: Network, copies: Int) throws(AttackError) {
        try checkSettings(copies: copies)
        _ = try Self.checkRadius(radius)
    }
}

/// An attack that looks for the smallest distance at which the image is misclassified.
public protocol DistanceAttack: NamedAttack {
    /// The norm in which distances are measured.
    var norm: Norm { get }
}

extension DistanceAttack {
    /// The smallest distance at which the image is misclassified.
    public static var aim: AttackAim { .smallestDistance }

    /// Its settings, with the norm as `norm`.
    public var parameters: [String: String] { record.merging(["norm": norm.rawValue]) { $1 } }
}

/// An attack that looks for the smallest distance in ℓ2 only.
public protocol EuclideanAttack: DistanceAttack {
    /// The attack with its usual settings.
    init()
}

extension EuclideanAttack {
    /// ℓ2.
    public static var norms: [Norm] { [.l2] }
    /// ℓ2.
    public var norm: Norm { .l2 }

    /// The attack with its usual settings; both arguments are ignored.
    public static func usual(norm: Norm, radius: Float?) -> Self { Self() }
}
