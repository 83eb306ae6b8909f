import Attacks

/// Attacks that move the mass of images, within radii of Wasserstein distance.
enum MassAttack: String, CaseIterable {
    case wasser, sinkhorn

    static var help: String {
        let attacks = allCases.map { attack in
            var reader = MethodSettings()
            // With nothing given nothing can be wrong.
            _ = try? attack.attack(&reader)
            return AttackCatalogue.help(
                "\(attack.rawValue) (Wasserstein distance; needs a radius): \(attack.summary)", settings: reader.entries)
        }
        return (attacks + ["The radii of these are for images of mass 1, and --norm does not matter."]).joined(separator: "\n\n")
    }

    func attempts(
        radii: [Double], settings: [String: String]
    ) throws(AttackError) -> ([AttackEvaluation.Attempt], AttackDistance) {
        var reader = MethodSettings(settings)
        let attack = try attack(&reader)
        try reader.checkAllRead(by: rawValue)
        let attempts = radii.filter { $0 > 0 }.map {
            AttackEvaluation.Attempt(attack.at(radius: $0), radius: $0, isMeasured: !attack.restsOnSuccess)
        }
        return (attempts, .wasserstein(attack.groundCost))
    }

    private var summary: String {
        switch self {
        case .wasser: "WasserAttack, by a plan of its own (Zhao)"
        case .sinkhorn: "gradient steps with projected Sinkhorn iterations (Wong 2019)"
        }
    }

    private func attack(_ settings: inout MethodSettings) throws(AttackError) -> any WassersteinAttack {
        switch self {
        case .wasser: try WasserAttack(settings: &settings)
        case .sinkhorn: try ProjectedSinkhorn(settings: &settings)
        }
    }
}
