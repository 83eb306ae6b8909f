import Attacks
import Certification
import Datasets
import Foundation
import Networks
import Tensors

/// Which attacks are made, in which order, and how they are recorded.
struct AttackPlan {
    /// What it takes to attack a smoothed classifier.
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

    /// The training images whose Voronoi cells images are moved in, if any.
    let cells: LabelledImages?

    /// - Parameter radii: In rising order.
    /// - Throws: `AttackError` for attacks and settings that do not exist, `CommandError` for a radius that is missing, or
    ///   attacks that do not go together.
    init(
        attacks names: [String], norm: Norm, radii: [Double], settings: [String: String],
        smoothing: Smoothing?, seed: UInt64, cells: LabelledImages? = nil
    ) throws {
        (self.names, self.radii, self.smoothing, self.seed, self.cells) = (names, radii, smoothing, seed, cells)
        func attack(_ name: String, radius: Double?) throws -> any NamedAttack {
            try AttackCatalogue.attack(named: name, norm: norm, radius: radius.map(Float.init), settings: settings)
        }
        let types = try names.map { name throws(AttackError) in try AttackCatalogue.type(named: name) }
        guard (cells != nil) == types.contains(where: { $0.aim == .withinCell }) else {
            throw CommandError("--attack voronoi and --cells, the training images whose cells it keeps to, need each other")
        }
        if let type = types.first(where: { $0.norms.isEmpty }) {
            guard names.count == 1 else {
                throw CommandError("\(names.joined(separator: ", ")): an attack that moves mass measures another distance than the others: run it alone")
            }
            guard smoothing == nil else { throw CommandError("\(type.name) cannot attack a smoothed classifier: leave --sigma out") }
            guard let first = radii.first, let mover = try attack(type.name, radius: first) as? any WassersteinAttack else {
                throw CommandError("\(type.name) needs radii, for images of mass 1: give some, such as --epsilon 0.1,0.5,1")
            }
            distance = .wasserstein(mover.groundCost)
            attempts = radii.filter { $0 > 0 }.map {
                .init(mover.at(radius: $0), radius: $0, isMeasured: !mover.restsOnSuccess)
            }
            return
        }
        distance = .ball(norm)
        let bounded = types.filter { $0.aim == .withinRadius }
        if radii.isEmpty, let type = bounded.first {
            throw CommandError("\(type.name) looks for success within a radius: give one, such as --epsilon 0.3")
        }
        let others: [AttackEvaluation.Attempt] = try types.filter { $0.aim != .withinRadius }.map { type in
            let attack = try attack(type.name, radius: nil)
            guard let cells, let voronoi = attack as? VoronoiAttack else { return .init(attack) }
            return .init(try voronoi.within(cellsOf: cells))
        }
        attempts = others + (try radii.flatMap { radius in
            try bounded.map { .init(try attack($0.name, radius: radius), radius: radius) }
        })
    }

    /// What each attack was set to, as `--set` takes it. Norm and radius are the run's.
    var parameters: [String: [String: String]] {
        let named = attempts.map { (type(of: $0.attack).name, $0.attack.parameters.filter { !["norm", "epsilon"].contains($0.key) }) }
        return Dictionary(named) { first, _ in first }
    }
}
