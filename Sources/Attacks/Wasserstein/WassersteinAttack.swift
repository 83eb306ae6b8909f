/// An attack that moves the mass of images, as far as a radius in Wasserstein distance allows.
public protocol WassersteinAttack: Attack {
    /// The radius, for images of mass 1.
    var growth: RadiusGrowth { get set }
    /// What moving costs.
    var groundCost: GroundCost { get }
    /// Whether an image is left alone once the network errs on it. One that goes on spends its whole budget, so that how far
    /// it raises the loss can be compared.
    var restsOnSuccess: Bool { get }
}

extension WassersteinAttack {
    /// It rests on the answer of the network it follows.
    public static var transfers: Bool { false }
    public var restsOnSuccess: Bool { true }

    /// The attack at one radius.
    public func at(radius: Double) -> Self {
        var attack = self
        attack.growth = .fixed(radius)
        return attack
    }
}
