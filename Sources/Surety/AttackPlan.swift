import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyNetworks
import SuretySmoothing
import SuretyTensors

/// Which attacks are made, in which order, and how they are recorded.
///
///     let plan = try AttackPlan(attacks: ["pgd"], norm: .linf, radii: [0.1, 0.3])
public struct AttackPlan: Sendable {
    /// How a smoothed classifier is attacked.
    public struct Smoothing: Sendable {
        /// PREDICT, which judges.
        public let predictor: Predictor
        /// m_test: the noisy copies that an attack averages over.
        public let copies: Int

        /// - Parameter copies: m_test, at least 1.
        public init(predictor: Predictor, copies: Int) { (self.predictor, self.copies) = (predictor, copies) }
    }

    let attempts: [AttackEvaluation.Attempt]
    /// The distance that attacks keep small.
    public let distance: AttackDistance
    let smoothing: Smoothing?
    let seed: UInt64
    /// The radii, in rising order; empty for attacks that need none.
    public let radii: [Double]
    let names: [String]

    /// The training images whose Voronoi cells images are moved in, if any.
    let cells: LabelledImages?

    /// - Parameters:
    ///   - names: Attacks of the catalogue, in the order in which they are made.
    ///   - radii: In units of pixels in [0, 1], in rising order; needed by attacks that look for success within a radius.
    ///   - settings: Values for the settings of a single attack.
    ///   - smoothing: For a smoothed classifier; nil for the network itself.
    ///   - cells: The training images whose Voronoi cells the attack `voronoi` keeps to.
    /// - Throws: `AttackError` for attacks and settings that do not exist, `SuretyError` for a radius that is missing, or
    ///   attacks that do not go together.
    public init(
        attacks names: [String], norm: Norm, radii: [Double], settings: [String: String] = [:],
        smoothing: Smoothing? = nil, seed: UInt64 = 0, cells: LabelledImages? = nil
    ) throws {
        (self.names, self.radii, self.smoothing, self.seed, self.cells) = (names, radii, smoothing, seed, cells)
        func attack(_ name: String, radius: Double?) throws -> any NamedAttack {
            try AttackCatalogue.attack(named: name, norm: norm, radius: radius.map(Float.init), settings: settings)
        }
        let types = try names.map { name throws(AttackError) in try AttackCatalogue.type(named: name) }
        guard (cells != nil) == types.contains(where: { $0.aim == .withinCell }) else {
            throw SuretyError("--attack voronoi and --cells, the training images whose cells it keeps to, need each other")
        }
        if let type = types.first(where: { $0.norms.isEmpty }) {
            guard names.count == 1 else {
                throw SuretyError("\(names.joined(separator: ", ")): an attack that moves mass measures another distance than the others: run it alone")
            }
            guard smoothing == nil else { throw SuretyError("\(type.name) cannot attack a smoothed classifier: leave --sigma out") }
            guard let first = radii.first, let mover = try attack(type.name, radius: first) as? any WassersteinAttack else {
                throw SuretyError("\(type.name) needs radii, for images of mass 1: give some, such as --epsilon 0.1,0.5,1")
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
            throw SuretyError("\(type.name) looks for success within a radius: give one, such as --epsilon 0.3")
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
