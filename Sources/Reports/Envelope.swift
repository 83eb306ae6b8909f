import SuretyStatistics
import SuretyTensors

/// The best of several runs at each radius, as in the tables of papers: models trained for small and for large radii, or
/// certified under several σ, in one row (Cohen, Rosenfeld and Kolter 2019; Salman et al. 2019, table 2).
///
///     let envelope = try Envelope(runs, radii: [0, 0.25, 0.5])
///     envelope.best[1].run      // whose certified accuracy at 0.25 is largest
///
/// No one classifier has all these accuracies, unless one run wins everywhere: each radius has its own classifier, chosen
/// after the votes were counted. That choice has a cost: the certificates of each run still hold with probability 1 − α for
/// each image, but the luckiest of the k runs is likelier to win, so a statement about the winner must hold for all k. For
/// one image it holds with 1 − kα. The fraction of false certificates of each run is bounded with probability 1 − ρ/k, of all
/// runs together with 1 − ρ, whichever then wins and at whichever radius: a run's false certificates do not depend on the
/// radius that is asked for.
public struct Envelope: Sendable, Equatable, Codable {
    /// The best run at one radius.
    public struct Best: Sendable, Equatable, Codable {
        /// The radius, in the norm of the runs.
        public let radius: Double
        /// The name of the run; the first if several are equally good.
        public let run: String
        /// Its images with a correct prediction and a certified radius of at least `radius`.
        public let count: Int
        /// `count` as a fraction of all images.
        public let fraction: Double
        /// A lower bound of the fraction of images that are truly correct at this radius, for the classifier of this run; nil
        /// if its α is unknown.
        public let trueFractionAtLeast: Double?
    }

    /// The best run at each radius, in the order of the radii asked for.
    public let best: [Best]
    /// The number of runs to choose from.
    public let runs: Int
    /// The number of images of each run.
    public let images: Int
    /// The norm of the radii; nil if no run knows it.
    public let norm: Norm?
    /// The probability with which any `trueFractionAtLeast` is too large.
    public let statementFailureProbability: Double

    /// - Parameters:
    ///   - runs: certificates of the same images, by different models or under different noise.
    ///   - radii: the radii at which the best run is wanted.
    ///   - rho: the failure probability of all statements together, in (0, 1).
    /// - Throws: `ReportError` when there are no runs, one sought no radii, their norms or images differ, or `rho` is out of range.
    public init(_ runs: [ReportedRun], radii: [Double], rho: Double = 0.01) throws(ReportError) {
        let curves = try Self.curves(runs)
        var best: [Best] = []
        for radius in radii {
            let place = Self.winner(curves, at: radius)
            let (run, curve) = (runs[place], curves[place])
            best.append(
                Best(
                    radius: radius, run: run.name, count: curve.count(at: radius), fraction: curve.accuracy(at: radius),
                    trueFractionAtLeast: try run.trueFractionAtLeast(
                        curve.accuracy(at: radius), rho: rho / Double(runs.count))))
        }
        (self.best, self.runs, images) = (best, runs.count, curves[0].images)
        (norm, statementFailureProbability) = (runs.lazy.compactMap(\.norm).first, rho)
    }

    /// Which curve is highest at `radius`; the first of several.
    private static func winner(_ curves: [CertifiedCurve], at radius: Double) -> Int {
        curves.indices.reduce(0) { curves[$1].count(at: radius) > curves[$0].count(at: radius) ? $1 : $0 }
    }

    /// The curves of runs that can be compared.
    private static func curves(_ runs: [ReportedRun]) throws(ReportError) -> [CertifiedCurve] {
        guard let first = runs.first else { throw ReportError("There are no runs to choose the best of. Name at least one.") }
        var curves: [CertifiedCurve] = []
        let images = first.labels
        for run in runs {
            guard let curve = CertifiedCurve(run) else {
                throw ReportError("\(run.name): it holds predictions without radii. An envelope needs runs of 'surety certify'.")
            }
            guard (run.norm ?? .l2) == (first.norm ?? .l2) else {
                throw ReportError("\(first.name) and \(run.name) have radii in different norms: neither can be called better.")
            }
            let data = Set([first, run].compactMap(\.statement?.dataSHA256))
            guard run.labels == images, data.count <= 1 else {
                throw ReportError("""
                    \(first.name) and \(run.name) used different images: the best would be the run with the easier ones. Give both \
                    the same --skip, --max and data, and let them finish.
                    """)
            }
            curves.append(curve)
        }
        return curves
    }
}

extension Envelope {
    /// A part of the envelope's curve on which one run is best, as the corners of its steps.
    struct Piece: Equatable {
        /// The place of the run.
        let run: Int
        var corners: [Corner]
    }

    /// A point of the curve.
    struct Corner: Equatable {
        let radius, accuracy: Double
    }

    /// The envelope's curve, from radius 0 to where it reaches 0; each piece begins where the one before it ends.
    ///
    /// - Throws: as `init`.
    static func pieces(_ runs: [ReportedRun]) throws(ReportError) -> [Piece] {
        let curves = try curves(runs)
        let start = winner(curves, at: 0)
        var last = Corner(radius: 0, accuracy: curves[start].accuracy(at: 0))
        var pieces = [Piece(run: start, corners: [last])]
        // Between two radii of images nothing changes; each curve is continuous from the left.
        for radius in Set(curves.flatMap(\.radii)).sorted() where radius > 0 {
            let best = winner(curves, at: radius)
            let accuracy = curves[best].accuracy(at: radius)
            if best != pieces[pieces.count - 1].run { pieces.append(Piece(run: best, corners: [last])) }
            for corner in [Corner(radius: last.radius, accuracy: accuracy), Corner(radius: radius, accuracy: accuracy)]
            where corner != last {
                pieces[pieces.count - 1].corners.append(corner)
                last = corner
            }
        }
        if last.accuracy > 0 { pieces[pieces.count - 1].corners.append(Corner(radius: last.radius, accuracy: 0)) }
        return pieces
    }
}

extension ReportedRun {
    /// The label of each image.
    fileprivate var labels: [Int: Int] {
        Dictionary(images.map { ($0.index, $0.label) }) { first, _ in first }
    }

    /// A lower bound of the fraction of images that are truly correct when `fraction` is certified: `TestSetStatement`, for
    /// all radii together. nil if α is unknown.
    ///
    /// - Throws: `ReportError` for a level out of range.
    func trueFractionAtLeast(_ fraction: Double, rho: Double) throws(ReportError) -> Double? {
        guard let alpha else { return nil }
        do {
            return try TestSetStatement.accuracyLowerBound(
                certifiedAccuracy: fraction, alpha: alpha, images: images.count, rho: rho)
        } catch {
            throw ReportError("\(name): \(error)")
        }
    }
}
