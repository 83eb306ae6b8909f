import Foundation
import SuretyRecords
import SuretySmoothing
import SuretyStatistics

/// The samples that a run took, for people: per second or, if each image took as many as it needed, in all.
///
///     1,234 samples, 9.7 times fewer than the most there might have been, 3 images given up
public struct SpentSamples: CustomStringConvertible, Sendable {
    /// The words.
    public let description: String

    /// - Parameter run: Of certify or predict.
    public init(of run: SmoothingRun) {
        let settings = run.record.settings
        guard settings.sampleCount == nil else {
            description = "\(Int(clamping: run.record.samplesPerSecond ?? 0).formatted()) samples per second"
            return
        }
        let taken = run.certificates.reduce(0) { $0 + $1.samples }
        let most = run.certificates.count * settings.samplesPerImage
        let times = String(format: "%.1f", Double(most) / Double(max(1, taken)))
        let early = run.certificates.count { $0.verdict.undecidedBeyond != nil && !$0.isOpen }
        description = """
            \(taken.formatted()) samples, \(times) times fewer than the most there might have been, \(early) images \
            \(settings.procedure.columns == nil ? "stopped before" : "given up")
            """
    }
}
