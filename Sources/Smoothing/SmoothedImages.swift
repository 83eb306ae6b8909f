import Foundation
import SuretyDatasets

/// The two verbs on a data set: noise, votes, verdict, image after image.
///
///     let certifier = try Certifier(noise: .gaussian(sigma: 0.25), alpha: 0.001, n0: 100, n: 100_000)
///     let classifier = try SmoothedClassifier(network, certifier.noise, key: key)
///     try classifier.certify(Array(0..<100), of: images, by: certifier, threads: 2) { print($0.verdict) }
extension SmoothedClassifier {
    /// Certifies images.
    ///
    /// - Parameters:
    ///   - indices: Which images, in the order of delivery.
    ///   - threads: Threads to use; the results do not depend on their number.
    ///   - shouldStop: Asked before each batch; once true, images not yet complete are dropped.
    ///   - deliver: Receives each image's certificate, in order, one call at a time.
    /// - Throws: What `deliver` throws; `VotingError` when an output of the model is not a number; `GraphError`; `RunError`, also
    ///   for a certifier with other noise than this classifier's.
    public func certify(
        _ indices: [Int], of images: LabelledImages, by certifier: Certifier, threads: Int,
        shouldStop: @escaping @Sendable () -> Bool = { false },
        deliver: @escaping @Sendable (Certificate) throws -> Void
    ) throws {
        try run(.certify(certifier), on: indices, of: images, threads: threads, shouldStop: shouldStop, deliver: deliver)
    }

    /// Predicts the classes of images; parameters and errors are `certify`'s.
    public func predict(
        _ indices: [Int], of images: LabelledImages, by predictor: Predictor, threads: Int,
        shouldStop: @escaping @Sendable () -> Bool = { false },
        deliver: @escaping @Sendable (Certificate) throws -> Void
    ) throws {
        try run(.predict(predictor), on: indices, of: images, threads: threads, shouldStop: shouldStop, deliver: deliver)
    }

    /// Does what a run is about.
    package func run(
        _ procedure: SmoothingSettings.Procedure, on indices: [Int], of images: LabelledImages, threads: Int,
        shouldStop: @escaping @Sendable () -> Bool = { false },
        deliver: @escaping @Sendable (Certificate) throws -> Void
    ) throws {
        try require(procedure.noise)
        let dimensions = images.shape.reduce(1, *)
        let plan = try procedure.plan(of: images)
        try countVotes(
            on: indices, of: images, selection: procedure.n0, plan: plan, threads: threads, shouldStop: shouldStop
        ) { votes in
            let rounding = procedure.rounding(of: images.image(at: votes.image))
            try deliver(
                Certificate(
                    image: votes.image, imageSHA256: images.imageSHA256(at: votes.image), label: images.label(at: votes.image),
                    rounding: rounding, selectionCounts: procedure.n0 > 0 ? votes.selection : nil, counts: votes.estimation,
                    looks: procedure.columns == nil ? nil : votes.looks,
                    verdict: procedure.verdict(
                        votes.selection, votes.estimation, looks: votes.looks, dimensions: dimensions, rounding: rounding),
                    seconds: votes.seconds))
        }
    }
}
