import CSuretyKernels
import Foundation
import SuretyTensors

/// The transport plan of one image as free variables: Π = ½(tanh Φ + 1) (WasserTrain, §4.1). Π has a row for each pixel with
/// mass and a column for each place of the window around it.
///
/// Pixels without mass have no row: Π1 = x leaves them nothing to send. Φ begins at a plan that leaves almost everything
/// where it is, and stays far negative where the window reaches beyond the image.
final class PlanVariables {
    /// The largest |Φ| where the window lies within the image: Π is then at least 2·10⁻⁹, from which it can return.
    private static let limit: Float = 10
    /// The largest part of its mass that a pixel sends to each place of the window at the beginning.
    private static let largestShare = 1e-4
    /// The largest fraction of the radius that the plan may cost at the beginning.
    private static let startingCost = 0.1
    /// The fraction of the budget that an image may cost; the rest is for rounding.
    private static let usable = 0.999

    private let window: TransportWindow
    private let costs: [Float]
    /// x at the pixels with mass, and where they are in a plane with a border.
    private let masses: [Float]
    private let sources: [Int64]
    /// x at all pixels.
    private let original: [Float]
    /// The fraction of the plan that the last image was made from.
    private var part: Float = 1
    private var phi, plan: [Float]
    private var rows, columns: [Float]
    private var slopes, rowSlopes: [Float]
    private var columnWeights, columnSlopes: [Float]
    /// What ℓ₃ takes off the slope for each unit of cost.
    private var price: Float = 0
    private var weights, meanSlopes, meanCosts: [Float]

    /// ⟨Π, C⟩ when `columns` was last computed.
    private var cost = 0.0

    /// - Parameter radius: The first radius tried, for images of mass 1. A plan that used it all up at the start would first
    ///   have to come back, and small radii would then be harder to attack in a larger window.
    init(of image: Row, window: TransportWindow, radius: Double) {
        self.window = window
        costs = window.costs.map(Float.init)
        // All places cost equally much, so that a larger window takes little away from the near ones.
        let each = Self.startingCost * radius / Double(max(1, window.costs.count - 1))
        let shares = window.costs.map { $0 > 0 ? Float(min(Self.largestShare, each / $0)) : 0 }
        original = Array(image)
        let support = zip(image, window.places).filter { $0.0 > 0 }
        masses = support.map(\.0)
        sources = support.map { Int64($0.1) }
        let pixels = Set(window.places.map(Int64.init))
        let count = support.count * window.offsets.count
        phi = []
        phi.reserveCapacity(count)
        for (mass, place) in zip(masses, sources) {
            let sent = zip(window.offsets, shares).reduce(Float(0)) { pixels.contains(place + $1.0) ? $0 + $1.1 : $0 }
            for (offset, share) in zip(window.offsets, shares) {
                let moved = offset == 0 ? mass * (1 - sent) : mass * share
                let limited = min(max(moved, 3e-9), 1 - 1e-6)
                // The inverse of ½(tanh φ + 1).
                phi.append(pixels.contains(place + offset) ? 0.5 * log(limited / (1 - limited)) : -50)
            }
        }
        plan = phi
        (rows, rowSlopes) = (masses, Array(repeating: 0, count: masses.count))
        (weights, meanSlopes, meanCosts) = (masses, masses, masses)
        (columns, slopes) = (window.plane(), window.plane())
        (columnWeights, columnSlopes) = (window.plane(), window.plane())
    }

    /// Σ|Π1 − x| of the plan that the last image was made from.
    var rowError: Double { Double(part) * zip(rows, masses).reduce(0) { $0 + Double(abs($1.0 - $1.1)) } }

    /// Σ max(Πᵀ1 − 1, 0) of the same.
    private(set) var overflow = 0.0

    /// Writes Πᵀ1, the image that the plan makes, limited to 1. If the plan costs more than the budget, writes the image of
    /// the largest fraction of it that the budget pays for, t·Π + (1 − t)·diag(x).
    ///
    /// ℓ₃ is only a penalty, and the cost hovers around the budget as long as the ascent goes on. Without this, an image
    /// would not count whenever the cost is slightly above the budget, and that happens more often with a larger window.
    func makeImage(_ image: Row, budget: Double) {
        surety_plan_from_variables(phi, &plan, phi.count)
        for i in columns.indices { columns[i] = 0 }
        cost = window.withTaps { taps in
            surety_plan_marginals(taps, sources, sources.count, plan, costs, &rows, &columns)
        }
        part = cost > Self.usable * budget ? Float(Self.usable * budget / cost) : 1
        overflow = 0
        for (index, place) in window.places.enumerated() {
            let made = original[index] + part * (columns[place] - original[index])
            image[index] = min(made, 1)
            overflow += Double(max(made - 1, 0))
        }
    }

    /// A step up ℓ₀ + αℓ₁ + βℓ₂ + γℓ₃, from the slope of ℓ₀ by the image.
    ///
    /// Each Φ moves by the slope of the sum by its Π, as in mirror ascent: by Φ itself the slope would carry the factor
    /// dΠ/dΦ = 2Π(1 − Π), and variables near 0 and 1, which are nearly all, would hardly move. The other losses have a kink
    /// where they hold, and any slope between −α and α, 0 and −β, or 0 and −γ is one of theirs there. The one taken brings
    /// row sums to x, and pixels above 1 and a cost above the budget back, to first order. The ascent then runs along the
    /// kinks instead of from side to side.
    func ascend(
        _ classification: Row, multipliers: WasserAttack.Multipliers, budget: Double,
        rate: Float
    ) {
        let square = classification.reduce(0) { $1.isFinite ? $0 + $1 * $1 : $0 } / Float(classification.count)
        let rate = rate / min(max(square.squareRoot(), 1e-6), 1e6)
        for i in columnWeights.indices { (columnWeights[i], columnSlopes[i]) = (0, 0) }
        window.withTaps { taps in
            surety_plan_column_moments(
                taps, sources, sources.count, plan, costs, rowSlopes, price, &columnWeights, &columnSlopes)
        }
        for (slope, place) in zip(classification, window.places) {
            let slope = slope.isFinite ? slope : 0
            // What rows and cost subtract at a pixel is known from the previous step.
            let weight = max(columnWeights[place], 1e-9)
            let wanted = slope + (columnSlopes[place] + (columns[place] - 1) / (2 * rate)) / weight
            slopes[place] = slope - min(max(wanted, 0), multipliers.beta)
        }
        window.withTaps { taps in
            let total = surety_plan_moments(
                taps, sources, sources.count, plan, costs, slopes, &weights, &meanSlopes, &meanCosts)
            // Π moves by 2w·rate·slope, and so the cost by 2·rate·(gain − price·saving).
            let wanted = (total.gain - (budget - cost) / Double(2 * rate)) / max(total.saving, 1e-12)
            price = min(max(Float(wanted), 0), multipliers.gamma)
            for i in rowSlopes.indices {
                let stationary = price * meanCosts[i] - meanSlopes[i]
                let correction = (masses[i] - rows[i]) / (2 * rate * weights[i])
                rowSlopes[i] = min(max(stationary + correction, -multipliers.alpha), multipliers.alpha)
            }
            surety_plan_ascend(taps, sources, sources.count, costs, slopes, rowSlopes, price, rate, Self.limit, &phi)
        }
    }
}
