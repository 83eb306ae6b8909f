import SuretyRecords
import SuretyStatistics
import SuretyTensors

/// The radii that a certificate decides, and how long each is tried: the columns of a table, from as few samples as possible.
/// docs/sequential.md has the mathematics.
///
///     let columns = try Columns(radii: [0.25, 0.5, 0.75, 1])
///     let certifier = try Certifier(noise: noise, alpha: 0.001, n0: 100, n: 100_000, stopping: .columns(columns))
///
/// A certifier with columns certifies one radius after the other, and stops an image when the last is certified or the next has
/// become hopeless, at its n samples at the latest. All columns together are wrong with probability α at most.
public struct Columns: Sendable, Equatable {
    /// The radii, in rising order, in the norm of the certifier.
    public let radii: [Double]
    /// An image stops when the chance of certifying its next radius by the n-th sample is below this; 0 for never.
    public let hope: Double
    /// How α is shared between looks and the bound at the n-th sample.
    public let reserve: LevelReserve
    /// When the votes are looked at.
    public internal(set) var looks: LookSchedule

    /// - Throws: `RunError.invalidSettings` for radii that do not rise from 0, or a hope outside [0, 1).
    public init(
        radii: [Double], hope: Double = Stopping.usualHope, reserve: LevelReserve = .standard, looks: LookSchedule = .standard
    ) throws(RunError) {
        guard !radii.isEmpty, radii.allSatisfy({ $0 >= 0 && $0.isFinite }), zip(radii, radii.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw RunError(.invalidSettings, "radii are \(radii): they must be at least 0 and increase") }
        try Self.require(hope: hope)
        (self.radii, self.hope, self.reserve, self.looks) = (radii, hope, reserve, looks)
    }

    static func require(hope: Double) throws(RunError) {
        guard hope >= 0, hope < 1 else {
            throw RunError(.invalidSettings, "hope is \(hope): it must be at least 0 and below 1")
        }
    }
}

/// Decides the columns of an image: its radii as thresholds of the class's probability.
struct ColumnTest: StoppingTest {
    private let radii: [Double]
    private let test: SequentialTest
    private var state: SequentialTest.State

    init(
        _ certifier: Certifier, _ columns: Columns, _ bound: SequentialBound, dimensions: Int, rounding: Double, tabulates: Bool
    ) throws(StatisticsError) {
        var thresholds: [Double] = []
        for radius in columns.radii {
            let threshold = try certifier.threshold(of: rounding == 0 ? radius : (radius + rounding).nextUp, dimensions)
            if let last = thresholds.last, threshold <= last { break }
            thresholds.append(threshold)
        }
        test = try SequentialTest(thresholds: thresholds, by: bound, hope: columns.hope, tabulates: tabulates)
        (radii, state) = (columns.radii, test.start)
    }

    var bound: SequentialBound { test.bound }
    var nextLook: Int? { state.nextLook }
    var leavesMore: Bool { state.end == .hopeless }

    mutating func take(_ look: Look) throws(StatisticsError) {
        state = try test.state(after: state, votes: look.votes, others: look.others)
    }

    func radius(of looks: [Look]) -> Double? { state.reached > 0 ? radii[state.reached - 1] : nil }
}
