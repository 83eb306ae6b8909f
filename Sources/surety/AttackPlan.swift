import Attacks
import Certification
import Foundation
import Networks
import Tensors

/// Which attacks are made, in which order, and how they are recorded.
struct AttackPlan {
    /// Of a smoothed classifier.
    struct Smoothing {
        /// Who judges.
        let predictor: Predictor
        /// m_test.
        let copies: Int
    }

    let attempts: [AttackEvaluation.Attempt]
    let distance: AttackDistance
    let smoothing: Smoothing?
    let seed: UInt64
    let radii: [Double]
    let names: [String]

    /// - Parameter radii: In rising order.
    /// - Throws: `AttackError` for attacks and settings that do not exist, `CommandError` for a radius that is missing.
    init(
        attacks names: [String], norm: Norm, radii: [Double], settings: [String: String],
        smoothing: Smoothing?, seed: UInt64
    ) throws {
        (self.names, self.radii, self.smoothing, self.seed) = (names, radii, smoothing, seed)
        if names.contains(where: { MassAttack(rawValue: $0) != nil }) {
            guard names.count == 1, let attack = MassAttack(rawValue: names[0]) else {
                throw CommandError("\(names.joined(separator: ", ")): an attack that moves mass measures another distance than the others: run it alone")
            }
            guard smoothing == nil else { throw CommandError("\(names[0]) attacks no smoothed classifier: leave --sigma out") }
            guard !radii.isEmpty else {
                throw CommandError("\(names[0]) needs radii, for images of mass 1: give some, such as --epsilon 0.1,0.5,1")
            }
            (attempts, distance) = try attack.attempts(radii: radii, settings: settings)
            return
        }
        distance = .ball(norm)
        // Each is made once without a radius, to learn which kind it is and that its settings are right.
        var seeking: [AttackEvaluation.Attempt] = []
        var bounded: [String] = []
        for name in names {
            if let type = AttackCatalogue.attacks.first(where: { $0.name == name }), !type.seeksSmallestDistance {
                bounded.append(name)
                if radii.isEmpty {
                    throw CommandError("\(name) looks for success within a radius: give one, such as --epsilon 0.3")
                }
            } else {
                seeking.append(
                    .init(try AttackCatalogue.attack(named: name, norm: norm, radius: nil, settings: settings)))
            }
        }
        attempts = seeking + (try radii.flatMap { radius in
            try bounded.map { name in
                .init(
                    try AttackCatalogue.attack(named: name, norm: norm, radius: Float(radius), settings: settings),
                    radius: radius)
            }
        })
    }

    /// The parameters of each attack. The radius, where it has one, is that of the attempt; a parameter that follows from the
    /// radius is listed for each.
    var parameters: [String: [String: String]] {
        Dictionary(grouping: attempts) { type(of: $0.attack).name }.mapValues { attempts in
            let each = attempts.map(\.attack.parameters)
            return Dictionary(uniqueKeysWithValues: each[0].keys.filter { $0 != "epsilon" }.map { key in
                let values = each.compactMap { $0[key] }
                return (key, Set(values).count == 1 ? values[0] : values.joined(separator: ", "))
            })
        }
    }
}
