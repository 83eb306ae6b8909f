import CSuretyLEMON
import Foundation
import SuretyTensors

/// What moving a unit of mass from one pixel to another costs: (dx² + dy²)^{p/2}, distances in pixels.
public struct GroundCost: Sendable, Hashable {
    /// p; with 2, the usual value for images, the cost is the squared distance.
    public var exponent: Double

    /// - Parameter exponent: p; attacks accept values above 0 and up to 8.
    public init(exponent: Double = 2) { self.exponent = exponent }

    /// The cost of moving a unit of mass by `dx` pixels across and `dy` down.
    public func callAsFunction(_ dx: Int, _ dy: Int) -> Double {
        let square = Double(dx * dx + dy * dy)
        return exponent == 2 ? square : pow(square, exponent / 2)
    }
}

/// The exact Wasserstein distance of two images: the least cost of moving the mass of one to where the other has it,
/// min ⟨Π, C⟩ subject to Π1 = x, Πᵀ1 = z, Π ≥ 0 (Zhao et al., WasserTrain, equation 2; Wong, Schmidt and Kolter 2019, §2).
///
///     let transport = try WassersteinDistance().between(x, z, shape: [1, 28, 28])
///     transport.cost          // 1 where all mass moved by a pixel
///
/// Here an image's mass is 1, whatever its brightness, so a distance is the mean cost of moving a piece of the image. The
/// problem is only defined for images of equal mass. Each channel is therefore divided by its own mass, and the change of
/// mass is reported beside the distance, as a precision error.
///
/// Mass stays within its channel. Any pixel may be reached from any other: no window restricts this distance.
///
/// The optimum is found in integers, by the network simplex of LEMON: mass in units of 2⁻⁵⁰, costs in units of 2⁻²⁰ (whole
/// costs, as those of p = 2, are exact). The result is accurate to about 10⁻⁶ in general, to 10⁻⁹ for p = 2.
public struct WassersteinDistance: Sendable, Hashable {
    /// What moving a unit of mass costs.
    public var groundCost: GroundCost

    /// The squared distance in pixels, where no other cost is given.
    public init(groundCost: GroundCost = GroundCost()) { self.groundCost = groundCost }

    /// How one image becomes another.
    public struct Transport: Sendable, Equatable {
        /// The distance: cost per mass of the first image.
        public let cost: Double
        /// Σ over channels of |mass of z − mass of x|, as a fraction of the mass of x.
        public let massError: Double

        /// - Parameters:
        ///   - cost: Per mass of the first image.
        ///   - massError: As a fraction of the mass of the first image.
        public init(cost: Double, massError: Double) {
            self.cost = cost
            self.massError = massError
        }
    }

    /// The distance from `x` to `z`.
    ///
    /// - Parameters:
    ///   - x: Elements [C, H, W], none negative.
    ///   - shape: Channels, height, width.
    /// - Throws: `AttackError` when sizes differ, an element is negative or not a number, or a channel has mass in only one
    ///   of the images, so that no transport leads from one to the other.
    public func between(
        _ x: [Float], _ z: [Float], shape: [Int]
    ) throws(AttackError) -> Transport {
        guard shape.count == 3, shape.allSatisfy({ $0 > 0 }), x.count == shape.reduce(1, *), z.count == x.count else {
            throw AttackError("\(x.count) and \(z.count) elements are not two images of shape \(shape)")
        }
        guard x.allSatisfy({ $0 >= 0 && $0.isFinite }), z.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw AttackError("a Wasserstein distance needs images whose elements are finite and not negative")
        }
        let size = shape[1] * shape[2]
        var (cost, mass, change) = (0.0, 0.0, 0.0)
        for channel in 0..<shape[0] {
            let range = channel * size..<(channel + 1) * size
            let from = Masses(of: x[range], width: shape[2])
            let to = Masses(of: z[range], width: shape[2])
            mass += from.total
            change += abs(to.total - from.total)
            if from.total == 0 && to.total == 0 { continue }
            guard from.total > 0, to.total > 0 else {
                throw AttackError("channel \(channel) has mass in one of the images only: no transport leads to the other")
            }
            cost += try from.total * leastCost(from, to)
        }
        return mass > 0 ? Transport(cost: cost / mass, massError: change / mass) : Transport(cost: 0, massError: 0)
    }

    /// The least cost of moving a mass of 1.
    private func leastCost(_ from: Masses, _ to: Masses) throws(AttackError) -> Double {
        var exact: [Double] = []
        exact.reserveCapacity(from.places.count * to.places.count)
        for a in from.places {
            for b in to.places { exact.append(groundCost(a.x - b.x, a.y - b.y)) }
        }
        let largest = exact.reduce(0, max)
        guard largest * 0x1p20 * Double(from.places.count + to.places.count) < 0x1p60 else {
            throw AttackError("the ground cost reaches \(largest), which is too large: choose a smaller exponent")
        }
        let costs = exact.map { Int64(($0 * 0x1p20).rounded()) }
        var flow = [Int64](repeating: 0, count: costs.count)
        let status = CLEMONTransport(
            Int32(from.units.count), from.units, Int32(to.units.count), to.units, costs, &flow)
        guard status == CLEMONSuccess else {
            throw AttackError("LEMON could not solve a transport problem of \(flow.count) arcs (status \(status.rawValue))")
        }
        return zip(flow, exact).reduce(0) { $1.0 > 0 ? $0 + Double($1.0) * $1.1 : $0 } * 0x1p-50
    }
}

/// The pixels of a channel that have mass, in units whose sum is 2⁵⁰.
private struct Masses {
    let places: [(x: Int, y: Int)]
    let units: [Int64]
    let total: Double

    init(of plane: ArraySlice<Float>, width: Int) {
        let support = plane.indices.filter { plane[$0] > 0 }
        places = support.map { (x: ($0 - plane.startIndex) % width, y: ($0 - plane.startIndex) / width) }
        let total = support.reduce(0) { $0 + Double(plane[$1]) }
        self.total = total
        var units = support.map { Int64((Double(plane[$0]) / total * 0x1p50).rounded()) }
        // The few units that rounding left over go to the heaviest pixel.
        if let heaviest = units.indices.max(by: { units[$0] < units[$1] }) {
            units[heaviest] += (1 << 50) - units.reduce(0, +)
        }
        self.units = units
    }
}
