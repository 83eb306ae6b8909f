import SuretyTensors

/// The figures of one run over a test set.
public struct TableFigures: Sendable, Equatable, Codable {
    /// How much of the test set is certified at a radius.
    public struct CertifiedAccuracy: Sendable, Equatable, Codable {
        /// The radius, in the run's norm.
        public let radius: Double
        /// Images with a correct prediction and a certified radius of at least `radius`.
        public let count: Int
        /// `count` as a fraction of all images of the run.
        public let fraction: Double
        /// A lower bound of the fraction of images that are truly correct at this radius, where α is known:
        /// `Statistics/TestSetStatement`. Those of a run hold at all radii together, because none counts a false certificate,
        /// whatever radius it states.
        public let trueFractionAtLeast: Double?
        /// Images that stopped, were given up or left open before this radius was decided: more samples may certify some of them.
        public let undecided: Int?
    }

    /// The same votes by the bound that the papers print: Clopper–Pearson's of pA alone, at the whole α (Cohen et al. 2019). For
    /// comparison with their tables; what is certified is the run's own.
    public struct Cohen: Sendable, Equatable, Codable {
        /// Certified accuracy at each radius asked for.
        public let certified: [Double]
        /// The mean radius, computed like the run's own.
        public let averageCertifiedRadius: Double
    }

    /// A value that the fraction `probability` of the images does not exceed.
    public struct Quantile: Sendable, Equatable, Codable {
        /// The fraction of the images, in [0, 1].
        public let probability: Double
        /// The smallest value found that at least this fraction of the images does not exceed.
        public let value: Double
    }

    /// The name of the run in tables and legends.
    public let name: String
    /// What the figures rest on; nil if it is unknown.
    public let statement: Premises?
    /// The norm of the radii; nil if it is unknown.
    public let norm: Norm?
    /// The number of images in the run.
    public let images: Int
    /// The fraction of images with a correct prediction: the clean accuracy of the smoothed classifier.
    public let accuracy: Double
    /// The fraction of images on which the procedure abstained.
    public let abstained: Double
    /// How much of the test set is certified at each radius asked for; empty if the run sought no radii.
    public let certified: [CertifiedAccuracy]
    /// The mean radius over all images, counted as 0 if the prediction is wrong (ACR).
    public let averageCertifiedRadius: Double?
    /// The figures by Cohen's bound, if the run uses another one and its votes allow it.
    public let cohen: Cohen?
    /// The fraction of images all of whose counted votes are for one class: their radius is the largest that n samples allow,
    /// and says nothing more about the model. nil for runs by columns, and if votes are unknown.
    public let allVotes: Double?
    /// The fraction of images that were given up or left open with nothing certified; they are among `abstained`.
    public let undecided: Double?
    /// Quantiles of the lower bound of the top class's probability, over all images; empty if it is unknown.
    public let pALower: [Quantile]
    /// The sum of the images' times; nil if none is known.
    public let totalSeconds: Double?
    /// The mean over the images whose time is known; nil if none is.
    public let secondsPerImage: Double?
    /// The probability with which any `trueFractionAtLeast` of the run is too large.
    public let statementFailureProbability: Double

    /// - Parameters:
    ///   - radii: the radii at which certified accuracy is wanted, in the run's norm.
    ///   - quantiles: the fractions of the images for which quantiles of pA are given.
    ///   - rho: the failure probability of the statement about the test set, in (0, 1).
    /// - Throws: `ReportError` when the run is empty or `rho` or the run's α is not a probability.
    public init(
        _ run: ReportedRun, radii: [Double], quantiles: [Double] = [0.05, 0.5, 0.95], rho: Double = 0.01
    ) throws(ReportError) {
        guard !run.images.isEmpty else { throw ReportError("\(run.name): there are no results in it.") }
        let count = Double(run.images.count)
        name = run.name
        statement = run.statement
        norm = run.norm
        images = run.images.count
        accuracy = Double(run.images.count(where: \.isCorrect)) / count
        abstained = Double(run.images.count { $0.prediction == nil }) / count
        statementFailureProbability = rho

        let stops = run.statement?.hope != nil || run.images.contains { $0.undecidedBeyond != nil }
        undecided = stops ? Double(run.images.count { $0.isUndecided(at: 0) }) / count : nil
        allVotes = run.images.contains { $0.hasAllVotes == nil } ? nil : Double(run.images.count { $0.hasAllVotes == true }) / count

        let curve = CertifiedCurve(run)
        var certified: [CertifiedAccuracy] = []
        for radius in curve == nil ? [] : radii {
            let correct = curve?.count(at: radius) ?? 0
            let fraction = Double(correct) / count
            certified.append(CertifiedAccuracy(
                radius: radius, count: correct, fraction: fraction,
                trueFractionAtLeast: try run.trueFractionAtLeast(fraction, rho: rho),
                undecided: stops ? run.images.count { $0.isUndecided(at: radius) } : nil))
        }
        cohen = run.cohen.flatMap(CertifiedCurve.init).map { curve in
            Cohen(certified: radii.map(curve.accuracy), averageCertifiedRadius: curve.averageRadius)
        }
        self.certified = certified
        averageCertifiedRadius = curve?.averageRadius
        let bounds = run.images.compactMap(\.pALower).sorted()
        pALower = bounds.isEmpty ? [] : quantiles.map {
            Quantile(probability: $0, value: Self.quantile($0, of: bounds))
        }
        let seconds = run.images.compactMap(\.seconds)
        totalSeconds = seconds.isEmpty ? nil : seconds.reduce(0, +)
        secondsPerImage = totalSeconds.map { $0 / Double(seconds.count) }
    }

    /// The smallest of the sorted values that at least the fraction `probability` of them does not exceed: a value
    /// that occurred, never one between two.
    private static func quantile(_ probability: Double, of sorted: [Double]) -> Double {
        let rank = Int((probability * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }
}
