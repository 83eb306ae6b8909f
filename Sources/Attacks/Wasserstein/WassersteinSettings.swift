/// What attacks that move mass have in common to be set, where they attack rather than train: more iterations and a wider window
/// than their initialisers give.
extension MethodSettings {
    mutating func iterations() throws(AttackError) -> Int {
        try integer("iterations", default: 100, in: 1...100_000, "steps at each radius")
    }

    /// The side of the window within which mass moves.
    mutating func windowSize() throws(AttackError) -> Int {
        let size = try integer("window", default: 7, in: 1...63, "pixels across within which mass is moved, odd")
        guard size % 2 == 1 else { throw AttackError("window is \(size), and must be odd: it has a pixel in its middle") }
        return size
    }

    mutating func groundCost() throws(AttackError) -> GroundCost {
        GroundCost(exponent: try double("p", default: 2, in: 0.1...8, "exponent of the ground cost (dx² + dy²)^(p/2)"))
    }

    /// Whether an image is left alone once the network errs on it.
    mutating func rest() throws(AttackError) -> Bool {
        try flag(
            "rest", default: true, "an image rests once the network errs on it; false: all iterations, and the loss is recorded")
    }
}
