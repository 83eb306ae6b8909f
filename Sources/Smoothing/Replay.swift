import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords

/// Draws the noise of certificates again from their seeds and demands the same votes, which a forger cannot imitate.
///
///     let replay = try Replay(of: directory, network, images)
///     let findings = try replay.findings(on: replay.chosen(20), threads: 2)
public struct Replay: Sendable {
    private let recount: Recount

    /// - Parameters:
    ///   - network: The run's model, with its normalisation; `Verification` checks that it is the right one.
    ///   - images: The data set that the run is about.
    /// - Throws: `RunError` when the run cannot be read, or this machine cannot convolve as the run did; `NetworkError` or
    ///   `GraphError`.
    public init(of directory: URL, _ network: Network, _ images: LabelledImages) throws {
        let contents = try SmoothingRun(of: directory)
        let (record, settings) = (contents.record, contents.record.settings)
        let classifier = try SmoothedClassifier(
            of: record, network, key: settings.key(model: record.model, data: record.data))
        recount = Recount(contents: contents, classifier: classifier, images: images)
    }

    /// Positions of `count` certificates, chosen at random so that nobody can know them beforehand; all for `nil`.
    public func chosen(_ count: Int?) -> [Int] { Array(recount.contents.certificates.indices).chosen(count) }

    /// A finding for every certificate at `positions` whose votes are not those of its seed.
    ///
    /// - Parameter report: Told how many have been replayed.
    public func findings(
        on positions: [Int], threads: Int, report: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws -> [Finding] {
        let (settings, certificates) = (recount.contents.record.settings, recount.contents.certificates)
        // Nothing was counted for an image that there was no time for.
        let counted = positions.filter { certificates[$0].counts.contains { $0 > 0 } }
        let looks = Dictionary(
            uniqueKeysWithValues: counted.map { position in
                let certificate = certificates[position]
                return (certificate.image, (certificate.looks ?? [certificate.counts]).map(\.voteSum))
            })
        return try recount.findings(
            on: counted, selection: settings.n0, plan: { GivenLooks(looks[$0] ?? [settings.n]) }, threads: threads, report: report
        ) { $0.difference(from: $1) }
    }
}

extension Certificate {
    /// How the recorded votes differ from those of a replay, in words; `nil` if they do not.
    fileprivate func difference(from votes: Votes) -> String? {
        if let looks, looks != votes.looks {
            let first = zip(looks, votes.looks).first { $0 != $1 } ?? (looks.last ?? [], votes.looks.last ?? [])
            return "looks have \(first.0), but the seed gives \(first.1), after \(looks.count) looks and \(votes.looks.count)"
        }
        let pairs = [("counts", counts, votes.estimation)] + (selectionCounts.map { [("selectionCounts", $0, votes.selection)] } ?? [])
        let differences = pairs.filter { $0.1 != $0.2 }
        if differences.isEmpty { return nil }
        return differences.map { "\($0) are \($1), but the seed gives \($2)" }.joined(separator: "; ")
    }
}
