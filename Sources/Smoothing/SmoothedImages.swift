import Foundation
import SuretyDatasets
import SuretyRecords
import Synchronization

/// CERTIFY and PREDICT on a data set: noise, votes and verdict for one image after another.
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

    /// Does the work of a run.
    ///
    /// - Parameters:
    ///   - known: Known certificates by image, perhaps open or from a run with fewer samples: their votes are not counted again.
    ///   - portion: The number of samples after which no further image or look is begun; images in progress are then
    ///     delivered open. nil for no limit.
    ///   - counted: Told how many votes have been counted.
    ///   - keep: Receives what is known about images that were begun and not delivered, open if they are not complete: each
    ///     minute, and at the end.
    package func run(
        _ procedure: SmoothingSettings.Procedure, on indices: [Int], of images: LabelledImages, known: [Int: Certificate] = [:],
        portion: Int? = nil, threads: Int, shouldStop: @escaping @Sendable () -> Bool = { false },
        counted: @escaping @Sendable (Int) -> Void = { _ in },
        keep: @escaping @Sendable ([Certificate]) throws -> Void = { _ in },
        deliver: @escaping @Sendable (Certificate) throws -> Void
    ) throws {
        try require(procedure.noise)
        for certificate in known.values { try certificate.requireClasses(classCount) }
        try countVotes(
            on: indices, of: images, selection: procedure.n0, plan: procedure.plan(of: images, known: known), portion: portion,
            threads: threads, shouldStop: shouldStop,
            watch: VoteWatch(counted: counted) { votes in try keep(votes.map { try procedure.certificate($0, of: images) }) }
        ) { votes in try deliver(procedure.certificate(votes, of: images)) }
    }
}

extension SmoothedClassifier {
    /// The votes of a range of an image's samples and, if the range starts at 0, of the samples that choose the class.
    ///
    /// - Returns: nil when stopped.
    package func votes(
        of samples: Range<Int>, by procedure: SmoothingSettings.Procedure, on image: Int, of images: LabelledImages, threads: Int,
        shouldStop: @escaping @Sendable () -> Bool, counted: @escaping @Sendable (Int) -> Void
    ) throws -> Votes? {
        try require(procedure.noise)
        let found = Mutex<Votes?>(nil)
        try countVotes(
            on: [image], of: images, selection: samples.lowerBound == 0 ? procedure.n0 : 0, plan: { _ in SampleRange(samples) },
            threads: threads, shouldStop: shouldStop, watch: VoteWatch(counted: counted)
        ) { votes in found.withLock { $0 = votes } }
        return found.withLock(\.self)
    }
}

extension SmoothingSettings.Procedure {
    /// What comes next for an image, given what is known about it: the samples counted, and those at the next look, which is
    /// nil if the image is decided.
    package func progress(
        of images: LabelledImages
    ) throws -> @Sendable (_ image: Int, _ known: Certificate?) throws -> (samples: Int, next: Int?) {
        let plan = try planner(of: images)
        return { image, known in
            let plan = try plan(image, known)
            return (plan.drawn, plan.first)
        }
    }

    /// A certificate that adds the votes of the samples up to the next look to what is known about the image.
    ///
    /// - Parameters:
    ///   - selection: Votes of the samples that choose the class, if nothing is known yet.
    ///   - counts: Votes of the samples from those known to the look.
    package func certificate(
        _ image: Int, of images: LabelledImages, after known: Certificate?, selection: [Int]?, counts: [Int], seconds: Double
    ) throws -> Certificate {
        try known?.requireClasses(counts.count)
        let zeros = counts.map { _ in 0 }
        let total = zip(known?.counts ?? zeros, counts).map(&+)
        return try certificate(
            Votes(
                image: image, selection: known?.selectionCounts ?? selection ?? zeros, estimation: total,
                looks: (known?.looks ?? []) + [total], seconds: (known?.seconds ?? 0) + seconds),
            of: images)
    }

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

    /// What a certificate's votes say by this procedure, which may allow more samples than the certificate was made with:
    /// open if they do not decide the image; nil if they say nothing.
    package func restated(_ certificate: Certificate, of images: LabelledImages) throws -> Certificate? {
        let rounding = rounding(of: images.image(at: certificate.image)) ?? 0
        guard case .certify(let certifier) = self, let test = try certifier.stoppingTest(
            dimensions: images.shape.reduce(1, *), rounding: rounding, tabulates: false)
        else { return certificate.isOpen ? nil : certificate }
        return try StoppingPlan(certifier, test, known: certificate).start.map { try self.certificate($0, of: images) }
    }

    /// The certificate of an image for which nothing is counted yet; nil for predictions, which are never open.
    package func openCertificate(of image: Int, in images: LabelledImages, classCount: Int) -> Certificate? {
        guard case .certify(let certifier) = self else { return nil }
        let none = Array(repeating: 0, count: classCount)
        return Certificate(
            image: image, imageSHA256: images.imageSHA256(at: image), label: images.label(at: image),
            rounding: rounding(of: images.image(at: image)), selectionCounts: none, counts: none,
            looks: stopping == nil ? nil : [], verdict: certifier.openVerdict, seconds: 0)
    }
}
