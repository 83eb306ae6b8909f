import SuretyDatasets
import SuretyRecords
import Synchronization

/// Counts the votes on the images of certificates once more: the common part of a replay and of fresh votes.
struct Recount: Sendable {
    let contents: SmoothingRun
    let classifier: SmoothedClassifier
    let images: LabelledImages

    /// A finding for each certificate at `positions` to which `objection` objects, given the votes counted now; one finding
    /// if the data set lacks an image.
    ///
    /// - Parameters:
    ///   - selection: n₀.
    ///   - plan: Gives how many samples the image with an index takes.
    ///   - report: Told how many are done.
    func findings(
        on positions: [Int], selection: Int, plan: @escaping @Sendable (Int) throws -> any SamplePlan, threads: Int,
        report: @escaping @Sendable (Int) -> Void, objection: @escaping @Sendable (Certificate, Votes) throws -> String?
    ) throws -> [Finding] {
        let (file, certificates) = (SmoothingSettings.linesFile, positions.map { contents.certificates[$0] })
        if let missing = certificates.first(where: { $0.image >= images.count }) {
            return [Finding(file: file, image: missing.image, message: "the data set has only \(images.count) images")]
        }
        let state = Mutex<(done: Int, findings: [Finding])>((0, []))
        try classifier.countVotes(
            on: certificates.map(\.image), of: images, selection: selection, plan: plan, threads: threads
        ) { votes in
            // One call at a time, in the order of the certificates.
            let place = state.withLock(\.done)
            let message = try objection(certificates[place], votes)
            state.withLock { state in
                if let message {
                    state.findings.append(Finding(file: file, line: positions[place] + 1, image: votes.image, message: message))
                }
                state.done = place + 1
            }
            report(place + 1)
        }
        return state.withLock(\.findings)
    }
}

extension [Int] {
    /// Some of them, chosen at random so that nobody can know them beforehand; all for `nil`.
    func chosen(_ count: Int?) -> [Int] { count.map { shuffled().prefix($0).sorted() } ?? self }
}
