import Foundation
import SuretyDatasets
import SuretyRecords

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
    ///
    /// - Parameters:
    ///   - known: Certificates at hand, by image, perhaps open or of a run with less samples: their votes are not counted again.
    ///   - counted: Told how many samples a batch had.
    ///   - keep: Given what is known of images that were begun and not delivered, open where they are not complete: each minute, and
    ///     at the end.
    package func run(
        _ procedure: SmoothingSettings.Procedure, on indices: [Int], of images: LabelledImages, known: [Int: Certificate] = [:],
        threads: Int, shouldStop: @escaping @Sendable () -> Bool = { false }, counted: @escaping @Sendable (Int) -> Void = { _ in },
        keep: @escaping @Sendable ([Certificate]) throws -> Void = { _ in },
        deliver: @escaping @Sendable (Certificate) throws -> Void
    ) throws {
        try require(procedure.noise)
        try countVotes(
            on: indices, of: images, selection: procedure.n0, plan: procedure.plan(of: images, known: known), threads: threads,
            shouldStop: shouldStop,
            watch: VoteWatch(counted: counted) { votes in try keep(votes.map { try procedure.certificate($0, of: images) }) }
        ) { votes in try deliver(procedure.certificate(votes, of: images)) }
    }
}

extension SmoothingSettings.Procedure {
    /// What votes say about their image.
    func certificate(_ votes: Votes, of images: LabelledImages) throws -> Certificate {
        let rounding = rounding(of: images.image(at: votes.image))
        return Certificate(
            image: votes.image, imageSHA256: images.imageSHA256(at: votes.image), label: images.label(at: votes.image),
            rounding: rounding, selectionCounts: n0 > 0 ? votes.selection : nil, counts: votes.estimation,
            looks: stopping == nil ? nil : votes.looks,
            verdict: try verdict(
                votes.selection, votes.estimation, looks: votes.looks, dimensions: images.shape.reduce(1, *), rounding: rounding),
            seconds: votes.seconds)
    }

    /// What a certificate's votes say by this procedure, which may allow more samples than it was made with: open, if they do not
    /// decide the image; nil where they say nothing.
    package func restated(_ certificate: Certificate, of images: LabelledImages) throws -> Certificate? {
        let rounding = rounding(of: images.image(at: certificate.image)) ?? 0
        guard case .certify(let certifier) = self, let test = try certifier.stoppingTest(
            dimensions: images.shape.reduce(1, *), rounding: rounding, tabulates: false)
        else { return certificate.isOpen ? nil : certificate }
        return try StoppingPlan(certifier, test, known: certificate).start.map { try self.certificate($0, of: images) }
    }

    /// The certificate of an image of which nothing is counted; nil for predictions, which are never open.
    package func openCertificate(of image: Int, in images: LabelledImages, classCount: Int) -> Certificate? {
        guard case .certify(let certifier) = self else { return nil }
        let none = Array(repeating: 0, count: classCount)
        return Certificate(
            image: image, imageSHA256: images.imageSHA256(at: image), label: images.label(at: image),
            rounding: rounding(of: images.image(at: image)), selectionCounts: none, counts: none,
            looks: stopping == nil ? nil : [], verdict: certifier.openVerdict, seconds: 0)
    }
}
