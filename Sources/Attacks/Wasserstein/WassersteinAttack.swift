import SuretyNetworks
import SuretyTensors

/// An attack that moves the mass of images as far as a radius in Wasserstein distance allows.
public protocol WassersteinAttack: Attack {
    /// The radius, for images of mass 1.
    var growth: RadiusGrowth { get set }
    /// What moving costs.
    var groundCost: GroundCost { get }
    /// Whether an image is left alone once it is misclassified. If it goes on, it spends the whole budget, so that the losses
    /// reached can be compared.
    var restsOnSuccess: Bool { get }
}

extension WassersteinAttack {
    /// False: it relies on the answer of the network it follows.
    public static var transfers: Bool { false }
    /// True, for attacks that have no such setting.
    public var restsOnSuccess: Bool { true }
    /// None: it measures Wasserstein distance instead.
    public static var norms: [Norm] { [] }
    /// Success within a radius in Wasserstein distance.
    public static var aim: AttackAim { .withinRadius }

    /// The attack at one radius.
    public func at(radius: Double) -> Self {
        var attack = self
        attack.growth = .fixed(radius)
        return attack
    }
}

/// An attack that moves mass and can be asked for by name.
public protocol NamedWassersteinAttack: WassersteinAttack, NamedAttack, ClassifierAttack {
    /// With the papers' values for training on MNIST.
    init(growth: RadiusGrowth)
    /// Steps at each radius.
    var iterations: Int { get set }
    /// Pixels across within which mass is moved.
    var windowSize: Int { get set }
}

extension NamedWassersteinAttack {
    /// Refuses a growth of the radius that makes no sense, settings out of range, and a window that does not fit the images.
    ///
    /// - Throws: `AttackError` that says which one.
    public func check(on network: Network, copies: Int) throws(AttackError) {
        try growth.check()
        try checkSettings(copies: copies)
        _ = try window(for: network.imageShape)
    }

    /// Where the mass of images of this shape moves.
    func window(for shape: [Int]) throws(AttackError) -> TransportWindow {
        try TransportWindow(shape: shape, size: windowSize, groundCost: groundCost)
    }

    /// The attack at one radius, with more iterations than in training (100) and a wider window (7 pixels); the norm is
    /// ignored.
    ///
    /// - Throws: `AttackError` for a radius that is missing, negative or not finite.
    public static func usual(norm: Norm, radius: Float?) throws(AttackError) -> Self {
        Self(growth: .fixed(Double(try checkRadius(radius)))).with(\.iterations, 100).with(\.windowSize, 7)
    }

    /// Its settings, with the first radius as `epsilon`.
    public var parameters: [String: String] { record.merging(["epsilon": "\(growth.initial)"]) { $1 } }
}

extension Setting {
    /// The side of the window within which mass moves.
    static func window(_ path: WritableKeyPath<Method, Int> & Sendable) -> Self {
        value("window", path, "an odd number between 1 and 63", "pixels across within which mass is moved") { text in
            Int(text).flatMap { $0 % 2 == 1 && 1...63 ~= $0 ? $0 : nil }
        }
    }

    static func groundCost(_ path: WritableKeyPath<Method, Double> & Sendable) -> Self {
        number("p", path, in: 0.1...8, "exponent of the ground cost (dx² + dy²)^(p/2)")
    }

    /// Whether an image is left alone once it is misclassified.
    static func rest(_ path: WritableKeyPath<Method, Bool> & Sendable) -> Self {
        flag("rest", path, "an image rests once it is misclassified; false: all iterations, and the loss is recorded")
    }
}
