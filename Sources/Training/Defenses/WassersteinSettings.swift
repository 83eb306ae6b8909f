import Attacks

extension RadiusGrowth {
    /// Reads how the radius grows; what is not set stays as it is.
    mutating func read(_ settings: inout DefenseSettings) throws(TrainingError) {
        initial = Double(
            try settings.number(
                "epsilon", default: Float(initial), in: 0...1000, "radius at first, for images of mass 1, in pixels^p"))
        factor = Double(try settings.number("factor", default: Float(factor), in: 1...1000, "by which the radius grows"))
        interval = try settings.integer("interval", default: interval, in: 1...100_000, "iterations between two growths")
        largest = Double(
            try settings.number(
                "largest-epsilon", default: Float(largest), in: 0...1000, "radius beyond which it does not grow"))
        guard initial <= largest else {
            throw TrainingError("epsilon is \(initial) and largest-epsilon \(largest): it must not be the smaller one")
        }
    }
}

extension GroundCost {
    /// Reads the exponent.
    mutating func read(_ settings: inout DefenseSettings) throws(TrainingError) {
        exponent = Double(
            try settings.number(
                "p", default: Float(exponent), in: 0.1...8, "exponent of the ground cost (dx² + dy²)^(p/2)"))
    }
}

extension DefenseSettings {
    /// The side of the window within which mass moves.
    mutating func windowSize(default usual: Int) throws(TrainingError) -> Int {
        let size = try integer("window", default: usual, in: 1...63, "side of the window within which mass moves, odd")
        guard size % 2 == 1 else { throw TrainingError("window is \(size), and must be odd, for its middle to be a pixel") }
        return size
    }
}
