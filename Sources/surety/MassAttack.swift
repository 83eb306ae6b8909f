import Attacks

/// Attacks that move the mass of images, within radii of Wasserstein distance.
enum MassAttack: String, CaseIterable {
    case wasser, sinkhorn

    static let help = """
        wasser (Wasserstein distance; needs a radius): WasserAttack, by a plan of its own (Zhao)
        sinkhorn (Wasserstein distance; needs a radius): gradient steps with projected Sinkhorn iterations (Wong 2019)
          iterations=100  steps at each radius
          window=7        pixels across within which mass is moved
        The radii of these are for images of mass 1, and --norm does not matter.
        """

    func attempts(
        radii: [Double], settings: [String: String]
    ) throws(AttackError) -> ([AttackEvaluation.Attempt], AttackDistance) {
        var reader = MethodSettings(settings)
        let iterations = try reader.integer("iterations", default: 100, in: 1...100_000, "steps at each radius")
        let window = try reader.integer("window", default: 7, in: 1...63, "pixels across within which mass is moved")
        try reader.checkAllRead(by: rawValue)
        guard window % 2 == 1 else { throw AttackError("window is \(window), and must be odd: it has a pixel in its middle") }
        let attack: any WassersteinAttack = switch self {
        case .wasser: WasserAttack(iterations: iterations, windowSize: window)
        case .sinkhorn: ProjectedSinkhorn(iterations: iterations, windowSize: window)
        }
        return (radii.filter { $0 > 0 }.map { .init(attack.at(radius: $0), radius: $0) }, .wasserstein(attack.groundCost))
    }
}
