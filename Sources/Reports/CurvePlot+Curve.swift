import SuretySmoothing
import SuretyTensors

extension CurvePlot {
    /// One curve: the accuracy that a run certified, or that an attack left.
    public struct Curve: Sendable {
        enum Kind { case certified, best, underAttack }

        let name: String
        let kind: Kind
        /// The norm of the radii, as records write it.
        let norm: String
        /// The corners of the steps, from radius 0 to where the curve ends; in several pieces if only parts of it are visible.
        let pieces: [[(radius: Double, accuracy: Double)]]

        /// - Throws: `ReportError` when the run sought no radii.
        public init(_ run: ReportedRun) throws(ReportError) {
            guard let curve = CertifiedCurve(run) else {
                throw ReportError("\(run.name): it holds predictions without radii. Plot runs of 'surety certify'.")
            }
            (name, kind) = (run.name, .certified)
            norm = (run.norm ?? .l2).rawValue
            pieces = [curve.corners]
        }

        /// Dashed, and named with the classifier that was attacked.
        public init(_ attack: ReportedAttack) {
            (name, kind, norm) = (attack.name, .underAttack, attack.norm)
            pieces = [attack.corners]
        }

        private init(best run: ReportedRun, _ pieces: [[(radius: Double, accuracy: Double)]]) {
            (name, kind) = (run.name, .best)
            norm = (run.norm ?? .l2).rawValue
            self.pieces = pieces
        }

        /// The best of several runs at each radius: a curve for each run that is best somewhere, drawn where it is the best.
        ///
        /// - Throws: `ReportError` for runs that cannot be compared: see `Envelope`.
        public static func envelope(of runs: [ReportedRun]) throws(ReportError) -> [Curve] {
            let pieces = try Envelope.pieces(runs)
            var winners: [Int] = []
            for piece in pieces where !winners.contains(piece.run) { winners.append(piece.run) }
            return winners.map { winner in
                Curve(
                    best: runs[winner],
                    pieces.filter { $0.run == winner }.map { piece in piece.corners.map { ($0.radius, $0.accuracy) } })
            }
        }

        var end: Double { pieces.last?.last?.radius ?? 0 }

        /// The accuracy at a radius; nil where the curve is not drawn.
        func accuracy(at radius: Double) -> Double? {
            pieces.first { ($0.first?.radius ?? 0)...($0.last?.radius ?? 0) ~= radius }?.first { $0.radius >= radius }?.accuracy
        }

        var normSymbol: String { Norm(rawValue: norm)?.symbol ?? "Wasserstein" }

        /// Reads the output directories of `surety certify` and `surety attack`, and other tools' logs; those that cannot be read
        /// are left out, with the reason.
        ///
        /// - Throws: `ReportError` if none can be read.
        public static func readable(
            among paths: [String]
        ) throws(ReportError) -> (curves: [Curve], unread: [ReportError]) {
            let (curves, unread) = try ReportedRun.readable(among: paths) { path, name throws(ReportError) in
                try Curve(path: path, name: name)
            }
            return (curves, unread)
        }

        private init(path: String, name: String) throws(ReportError) {
            switch try ReportedRun.reported(path: path, name: name) {
            case .run(let run): try self.init(run)
            case .attack(let attack): self.init(attack)
            }
        }
    }
}
