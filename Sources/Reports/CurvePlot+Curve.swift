import Foundation
import SuretyAttacks
import SuretySmoothing
import SuretyTensors

extension CurvePlot {
    /// One curve: what a run certified, or what an attack left.
    public struct Curve: Sendable {
        enum Kind { case certified, underAttack }

        let name: String
        let kind: Kind
        /// The norm of the radii, as records write it.
        let norm: String
        /// The corners of the steps, from radius 0 to where the curve ends.
        let corners: [(radius: Double, accuracy: Double)]

        /// - Throws: `ReportError` when the run sought no radii.
        public init(_ run: ReportedRun) throws(ReportError) {
            guard let curve = CertifiedCurve(run) else {
                throw ReportError("\(run.name): it holds predictions without radii. Plot runs of 'surety certify'.")
            }
            (name, kind) = (run.name, .certified)
            norm = (run.norm ?? .l2).rawValue
            corners = curve.corners
        }

        /// The name says which of the model's two classifiers was attacked: a certificate of smoothing speaks of the
        /// smoothed one.
        public init(_ run: AttackRun, name: String) {
            self.name = "\(name): \(run.record.settings.classifier.rawValue) classifier under attack"
            kind = .underAttack
            norm = run.record.settings.norm
            corners = AttackedCurve(run).corners
        }

        var end: Double { corners.last?.radius ?? 0 }

        /// The accuracy at a radius up to `end`.
        func accuracy(at radius: Double) -> Double {
            (corners.first { $0.radius >= radius } ?? corners.last)?.accuracy ?? 0
        }

        var normSymbol: String { Norm(rawValue: norm)?.symbol ?? "Wasserstein" }

        /// Reads the output directories of `surety certify` and `surety attack`, and other tools' logs; those that cannot be read
        /// are left out, with the reason.
        ///
        /// - Throws: `ReportError` where none can be read.
        public static func readable(
            among paths: [String]
        ) throws(ReportError) -> (curves: [Curve], unread: [ReportError]) {
            let (curves, unread) = try ReportedRun.readable(among: paths) { path, name throws(ReportError) in
                try Curve(path: path, name: name)
            }
            return (curves, unread)
        }

        private init(path: String, name: String) throws(ReportError) {
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue,
               case .attack(let run) = try EvidenceRun(contentsOf: path) {
                let all = run.record.selection.count(of: run.record.data.count)
                self.init(run, name: ReportedRun.name(name, done: run.images.count, of: all))
            } else {
                try self.init(ReportedRun(path: path, name: name))
            }
        }
    }
}
