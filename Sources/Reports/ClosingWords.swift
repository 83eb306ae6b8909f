import Foundation
import SuretyRecords
import SuretyTensors
import SuretySmoothing

/// What a run found, in a line or two: the last words of a command.
///
///     clean 0.980 (98 of 100); certified 0.932 at 0.25, 0.874 at 0.5, 0.760 at 0.75; 3 abstained; 50,050,000 samples in 1802 s
public struct ClosingWords: CustomStringConvertible, Sendable {
    /// The line.
    public let description: String

    /// - Parameters:
    ///   - run: A finished run.
    ///   - clean: How many clean images of a sample were right beforehand; nil if nobody checked.
    public init(of run: SmoothingRun, clean: (correct: Int, images: Int)? = nil) {
        let (certificates, settings) = (run.certificates, run.record.settings)
        let count = max(1, certificates.count)
        func share(_ part: Int, of whole: Int) -> String { String(format: "%.3f", Double(part) / Double(whole)) }
        var parts: [String] = []
        if let clean { parts.append("clean \(share(clean.correct, of: clean.images)) (\(clean.correct) of \(clean.images))") }
        switch settings.procedure {
        case .predict: parts.append("under noise \(share(certificates.count(where: \.isCorrect), of: count))")
        case .certify(let certifier):
            let dimension = run.record.data.shape.reduce(1, *)
            let figures = Self.radii(of: certifier, dimension: dimension).map { radius in
                let reached = certificates.count { $0.isCorrect && ($0.verdict.radius ?? -1) >= radius }
                return "\(share(reached, of: count)) at \(String(format: "%.3g", radius))"
            }
            parts.append("certified \(figures.joined(separator: ", "))")
        }
        let abstained = certificates.count { $0.verdict.answer == nil && $0.verdict.undecidedBeyond == nil }
        let undecided = certificates.count { $0.verdict.undecidedBeyond != nil }
        parts.append("\(abstained) abstained")
        if undecided > 0 { parts.append("\(undecided) undecided beyond some radius") }
        let samples = certificates.map(\.samples).voteSum
        let time = run.record.progress.seconds.map { " in \(Int($0.rounded()).formatted()) s" } ?? ""
        parts.append("\(samples.formatted()) samples\(time)")
        description = parts.joined(separator: "; ")
    }

    /// Three radii: those of the columns, or one, two and three standard deviations of the noise.
    private static func radii(of certifier: Certifier, dimension: Int) -> [Double] {
        if let columns = certifier.columns?.radii {
            return columns.count <= 3 ? columns : [columns[0], columns[columns.count / 2], columns[columns.count - 1]]
        }
        let step = certifier.noise.family.standardDeviation / Norm.l2.largestLength(ofUnitIn: certifier.norm, dimensions: dimension)
        return [step, 2 * step, 3 * step]
    }
}
