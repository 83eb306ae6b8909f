import SuretyRecords
import SuretyStatistics
import SuretyTensors

extension Certifier {
    /// The norms in which radii can be certified and certificates compared.
    public static let norms: [Norm] = [.l2, .linf]

    /// More are of no use: each has half the level of the one before it.
    private static let mostCaps = 32

    /// Which bounds make the radius.
    public enum Bound: String, Sendable, Codable, CaseIterable {
        /// The top class's Clopper–Pearson lower bound at level α.
        case clopperPearson = "clopper-pearson"
        /// Its lower bound at level .98 α, and the upper bound of the second class at .02 α, or 1 − pA if that is smaller.
        case twoBound = "two-bound"
        /// The same with just α/2 for each: the former meaning of `two-bound`.
        case twoBoundHalves = "two-bound-halves"

        /// How α is shared between pA and pB; nil for the bound of pA alone.
        public var split: LevelSplit? {
            switch self {
            case .clopperPearson: nil
            case .twoBound: .standard
            case .twoBoundHalves: .halves
            }
        }
    }

    /// - Throws: `RunError.invalidSettings` that names the setting outside its range.
    func requireSense() throws(RunError) {
        try SmoothingSettings.require(alpha: alpha)
        try SmoothingSettings.require(samples: n, "n is \(n): there must be")
        try SmoothingSettings.require(samples: n0, "n0 is \(n0): choosing the class takes")
        guard Self.norms.contains(norm) else {
            let known = Self.norms.map(\.rawValue).joined(separator: " or ")
            throw RunError(.invalidSettings, "norm is \(norm.rawValue): certificates are in \(known)")
        }
        guard stopping == nil || bound != .twoBoundHalves && alpha < 0.5 else {
            throw RunError(.invalidSettings, "stopping by votes needs the bound clopper-pearson or two-bound, and alpha below 1/2")
        }
        // The lead over the runner-up that a radius requires is a difference of normal quantiles.
        guard stopping == nil || bound != .twoBound || noise.family is any GaussianFamily else {
            throw RunError(.invalidSettings, "with \(noise) stopping by votes needs the bound clopper-pearson: give that one")
        }
        guard caps.count == 1 || stopping != nil && zip(caps, caps.dropFirst()).allSatisfy({ 0 < $0 && $0 < $1 }) else {
            throw RunError(.invalidSettings, stopping == nil
                ? "n is fixed: a run of a fixed number of samples can be given more images, never more samples"
                : "n was \(caps.dropLast()) before: it can only be increased")
        }
        guard caps.count <= Self.mostCaps else {
            throw RunError(.invalidSettings, "n was increased \(caps.count - 1) times: at most \(Self.mostCaps - 1) are possible")
        }
        if caps.count > 1, let stopping, stopping.reserve.share > LevelReserve.mostForFurtherCaps {
            throw RunError(.invalidSettings, """
                n was increased with \(stopping.reserve.share) of alpha in reserve: beyond \(LevelReserve.mostForFurtherCaps), \
                certificates need not hold with probability 1 - alpha
                """)
        }
    }
}
