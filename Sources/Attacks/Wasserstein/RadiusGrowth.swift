/// How the radius of an attack grows until it succeeds, so that none must be chosen beforehand (Wong, Schmidt and
/// Kolter 2019, §5; WasserTrain, §5.1): from `initial` by `factor` every `interval` iterations, never beyond `largest`.
public struct RadiusGrowth: Configurable, Sendable, Hashable {
    /// The radius of the first iterations, for images of mass 1, in pixels^p; not negative.
    public var initial: Double
    /// What the radius is multiplied by at each growth; at least 1.
    public var factor: Double
    /// Iterations between two growths.
    public var interval: Int
    /// The radius beyond which it does not grow, in the unit of `initial`; at least as large.
    public var largest: Double

    /// The attack refuses values that make no sense when it is compiled.
    ///
    /// - Parameter interval: At least 1.
    public init(initial: Double, factor: Double, interval: Int, largest: Double) {
        self.initial = initial
        self.factor = factor
        self.interval = interval
        self.largest = largest
    }

    /// The same radius throughout.
    public static func fixed(_ radius: Double) -> Self {
        Self(initial: radius, factor: 1, interval: 1, largest: radius)
    }

    /// The growth that the papers use for training on MNIST: 0.1, ×1.4 every 5 iterations, up to 2.1.
    public static let training = Self(initial: 0.1, factor: 1.4, interval: 5, largest: 2.1)

    /// The radius in an iteration; iterations count from 0.
    public func radius(iteration: Int) -> Double {
        var radius = initial
        for _ in 0..<iteration / interval where radius < largest { radius *= factor }
        return min(radius, largest)
    }

    /// - Throws: `AttackError` for values that make no sense.
    func check() throws(AttackError) {
        guard initial >= 0, initial.isFinite, largest >= initial, largest.isFinite else {
            throw AttackError("the radius is to grow from \(initial) to \(largest): give two numbers from 0, in order")
        }
        guard factor >= 1, factor.isFinite, interval >= 1 else {
            throw AttackError("the radius grows ×\(factor) every \(interval) iterations: give factor and interval from 1")
        }
    }

    /// `epsilon`, `factor`, `interval` and `largest-epsilon`.
    public static var settings: [Setting<Self>] {
        [
            .number("epsilon", \.initial, in: 0...1000, "radius at first, for images of mass 1, in pixels^p"),
            .number("factor", \.factor, in: 1...1000, "by which the radius grows"),
            .integer("interval", \.interval, in: 1...100_000, "iterations between two growths"),
            .number("largest-epsilon", \.largest, in: 0...1000, "radius beyond which it does not grow"),
        ]
    }

    /// A first radius above the largest; nil otherwise.
    public func conflict(given: [String: String]) -> String? {
        initial <= largest ? nil : "epsilon is \(initial) and largest-epsilon \(largest): it must not be the smaller one"
    }
}
