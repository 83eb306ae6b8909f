import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretyStatistics

/// Certifies images anew with a verifier's own noise, and tests whether a run's votes can come from the same probabilities.
///
/// Replay shows that votes are those of the recorded noise. It cannot show that this noise was not chosen among many, nor
/// that the model was not made for it. What helps is noise that nobody could know when the run was made. An honest run fails
/// with a probability of at most ``error``: each image is tested exactly (`VoteComparison`), at that divided by the number of
/// images.
public struct FreshVotes: Sendable {
    /// The probability that an honest run fails.
    public static let error = 0.001

    private let recount: Recount

    /// - Parameters:
    ///   - network: The run's model, with its normalisation; `Verification` checks that it is the right one.
    ///   - images: The data set that the run is about.
    ///   - seed: The verifier's own.
    /// - Throws: `RunError` when the run cannot be read, or has that seed itself; `NetworkError` or `GraphError`.
    public init(of directory: URL, _ network: Network, _ images: LabelledImages, seed: UInt64) throws {
        let contents = try SmoothingRun(of: directory)
        let (record, settings) = (contents.record, contents.record.settings)
        guard seed != settings.seed else {
            throw RunError(.invalidSettings, "the seed \(seed) is the run's own: a verifier's votes need another seed")
        }
        let key = NoiseKey(seed: seed, model: record.model, data: record.data, noise: settings.noise, procedure: .fresh)
        let classifier = try SmoothedClassifier(of: record, network, key: key.value)
        recount = Recount(contents: contents, classifier: classifier, images: images)
    }

    /// Positions of `count` certificates that claim a class, chosen at random so that nobody can know them beforehand; all
    /// for `nil`.
    public func chosen(_ count: Int?) -> [Int] {
        let certificates = recount.contents.certificates
        return certificates.indices.filter { certificates[$0].verdict.answer != nil }.chosen(count)
    }

    /// A finding for every certificate at `positions` with more votes for its class than its probability can explain.
    ///
    /// - Parameter report: Told how many have been certified anew.
    public func findings(
        on positions: [Int], threads: Int, report: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws -> [Finding] {
        let certificates = positions.map { recount.contents.certificates[$0] }
        let (record, settings) = (recount.contents.record, recount.contents.record.settings)
        // An image stops at a look that its votes chose, so the test is made at each of its looks.
        let looks = settings.procedure.lookCount
        let level = Self.error / Double(max(1, positions.count)) / Double(looks)
        let samples = Dictionary(certificates.map { ($0.image, $0.counts.voteSum) }) { first, _ in first }
        let variation = 2 * Double(settings.n) * (try settings.noise.totalVariation(dimensions: record.dimensions))
        return try recount.findings(
            on: positions, selection: 0, plan: { FixedSamples(first: samples[$0] ?? settings.n) }, threads: threads, report: report
        ) { certificate, votes in
            guard let answer = certificate.verdict.answer else { return nil }
            let n = certificate.counts.voteSum
            let (stated, found) = (certificate.counts[answer], votes.estimation[answer])
            let pValue = try VoteComparison.pValue(votes: stated, of: n, freshVotes: found, of: n) + variation
            guard pValue <= level else { return nil }
            return """
                \(stated) of \(n) votes for class \(answer), but fresh noise gives \(found): if both came from one probability, a \
                difference this large would have a chance of \(String(format: "%.1e", pValue))
                """
        }
    }
}
