import Records
import Statistics
import Tensors

/// How images are certified or classified by smoothing: everything but the model and the data that votes, bounds and
/// radii depend on.
public struct SmoothingSettings: Sendable, Equatable {
    /// What is done with the votes.
    public enum Procedure: Sendable, Equatable {
        /// CERTIFY: `n0` samples choose the class, then fresh ones bound its probability.
        case certify(n0: Int, bound: Bound, norm: Norm)
        /// PREDICT: a class, or an abstention.
        case predict
    }

    /// Which bounds make the radius.
    public enum Bound: String, Sendable, Codable, CaseIterable {
        /// The top class's Clopper–Pearson lower bound at level α.
        case clopperPearson = "clopper-pearson"
        /// That bound and the upper bound of the second class, each at level α/2.
        case twoBound = "two-bound"
    }

    public let procedure: Procedure
    /// The standard deviation σ of the noise, in units of pixels in [0, 1].
    public let sigma: Double
    /// The probability α with which one statement may be wrong.
    public let alpha: Double
    /// The number of samples whose votes count.
    public let n: Int
    /// The key of the random generator.
    public let seed: UInt64

    /// - Throws: `RunError` that names the setting outside its range: σ must be positive and finite, α inside
    ///   (0, 1), n and n₀ from 1 to 2³² − 1.
    public init(
        _ procedure: Procedure, sigma: Double, alpha: Double, n: Int, seed: UInt64
    ) throws(RunError) {
        func require(_ isValid: Bool, _ message: @autoclosure () -> String) throws(RunError) {
            if !isValid { throw RunError(.invalidSettings, message()) }
        }
        try require(sigma > 0 && sigma.isFinite, "sigma is \(sigma): it must be positive and finite")
        try require(sigma <= Self.largestSigma, "sigma is \(sigma): beyond \(Self.largestSigma) nothing of an image in [0, 1] is left")
        try require(alpha > 0 && alpha < 1, "alpha is \(alpha): it must lie strictly between 0 and 1")
        let counter = 1...Int(UInt32.max)  // of the random generator
        try require(counter.contains(n), "n is \(n): there must be from 1 to \(counter.upperBound) samples")
        if case .certify(let n0, _, _) = procedure {
            try require(counter.contains(n0), "n0 is \(n0): from 1 to \(counter.upperBound) samples choose the class")
        }
        self.procedure = procedure
        self.sigma = sigma
        self.alpha = alpha
        self.n = n
        self.seed = seed
    }

    /// Far beyond any use, and far from the range of single precision.
    private static let largestSigma = 1e6

    /// Noisy samples per image, those that choose the class included.
    public var samplesPerImage: Int {
        switch procedure {
        case .certify(let n0, _, _): n0 + n
        case .predict: n
        }
    }
}
