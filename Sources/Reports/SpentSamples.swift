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
        let taken = run.certificates.map(\.samples).voteSum
        // What was not done is not saved.
        let decided = run.certificates.filter { !$0.isOpen }
        guard !decided.isEmpty else {
            description = "\(taken.formatted()) samples, no image decided"
            return
        }
        let most = decided.count * settings.samplesPerImage
        let times = String(format: "%.1f", Double(most) / Double(max(1, decided.map(\.samples).voteSum)))
        let early = decided.count { $0.verdict.undecidedBeyond != nil }
        let whichImages = decided.count == run.certificates.count ? "" : " for the \(decided.count) images decided"
        description = """
            \(taken.formatted()) samples, \(times) times fewer than the most there might have been\(whichImages), \(early) images \
            \(settings.procedure.columns == nil ? "stopped before" : "given up")
            """
    }
}
