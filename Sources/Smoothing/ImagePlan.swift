import SuretyDatasets
import SuretyRecords

/// How many estimation samples an image takes: those up to a first look, and from each look on as many as the votes so far
/// suggest.
package protocol SamplePlan: Sendable {
    /// The votes already known, up to a look; nil if the image is new.
    var start: Votes? { get }

    /// The total number of samples at the next look; nil if the known votes are enough.
    var first: Int? { get }

    /// The number of samples before the first one to be drawn.
    var drawn: Int { get }

    /// The most samples that the image may ever take.
    var most: Int { get }

    /// The total number of samples at the next look, more than before; nil when the image has enough.
    mutating func next(after votes: Votes) throws -> Int?
}

extension SamplePlan {
    /// The samples whose votes are known.
    package var drawn: Int { start?.estimation.voteSum ?? 0 }
}

/// A range of samples: those before it are counted elsewhere.
struct SampleRange: SamplePlan {
    private let samples: Range<Int>
    let start: Votes? = nil

    init(_ samples: Range<Int>) { self.samples = samples }

    var first: Int? { samples.upperBound }
    var drawn: Int { samples.lowerBound }
    var most: Int { samples.upperBound }
    func next(after votes: Votes) -> Int? { nil }
}

/// A number of samples fixed beforehand.
struct FixedSamples: SamplePlan {
    let first: Int?
    let start: Votes?

    init(first: Int, start: Votes? = nil) { (self.first, self.start) = (start == nil ? first : nil, start) }

    var most: Int { first ?? drawn }
    func next(after votes: Votes) -> Int? { nil }
}

/// Looks fixed beforehand.
package struct GivenLooks: SamplePlan {
    private let looks: [Int]
    package let start: Votes? = nil

    package init(_ looks: [Int]) { self.looks = looks }

    package var first: Int? { looks.first }
    package var most: Int { looks.last ?? 0 }
    package func next(after votes: Votes) -> Int? { looks.count > votes.looks.count ? looks[votes.looks.count] : nil }
}

/// The plan of an image that stops by its own votes, starting from the known looks.
struct StoppingPlan: SamplePlan {
    let start: Votes?
    private let certifier: Certifier
    private let test: any StoppingTest
    private var decision: ImageDecision?

    /// - Parameter known: A certificate of the image, perhaps with fewer samples, or more: its looks are used as far as the
    ///   test goes.
    init(_ certifier: Certifier, _ test: any StoppingTest, known: Certificate?) throws(RunError) {
        (self.certifier, self.test) = (certifier, test)
        guard let known, let selection = known.selectionCounts, let looks = known.looks, !looks.isEmpty else {
            start = nil
            return
        }
        var decision = try ImageDecision(certifier, test, selectionCounts: selection)
        for look in looks where decision.nextLook != nil { try decision.take(look) }
        self.decision = decision
        start = Votes(
            image: known.image, selection: selection, estimation: decision.looks.last ?? [], looks: decision.looks,
            seconds: known.seconds)
    }

    var first: Int? { decision.map(\.nextLook) ?? test.nextLook }
    var most: Int { certifier.n }

    mutating func next(after votes: Votes) throws -> Int? {
        var decision = try decision ?? ImageDecision(certifier, test, selectionCounts: votes.selection)
        try decision.take(votes.estimation)
        self.decision = decision
        return decision.nextLook
    }
}

extension SmoothingSettings.Procedure {
    /// How many samples each image takes: always n, or as many as its own votes require.
    ///
    /// - Parameter known: Known certificates by image, perhaps open.
    func plan(
        of images: LabelledImages, known: [Int: Certificate] = [:]
    ) throws -> @Sendable (Int) throws -> any SamplePlan {
        let plan = try planner(of: images)
        return { try plan($0, known[$0]) }
    }

    /// The same, from an image and what is known about it.
    func planner(of images: LabelledImages) throws -> @Sendable (Int, Certificate?) throws -> any SamplePlan {
        guard case .certify(let certifier) = self, certifier.stopping != nil else {
            return { [n] image, known in FixedSamples(first: n, start: known.flatMap { $0.isOpen ? nil : Votes($0) }) }
        }
        let dimensions = images.shape.reduce(1, *)
        let onGrid = try certifier.stoppingTest(dimensions: dimensions, rounding: 0, tabulates: true)
        return { [self] image, known in
            let rounding = rounding(of: images.image(at: image))
            let own = try rounding.flatMap { try certifier.stoppingTest(dimensions: dimensions, rounding: $0, tabulates: false) }
            guard let test = own ?? onGrid else { return FixedSamples(first: n) }
            return try StoppingPlan(certifier, test, known: known)
        }
    }
}

extension Votes {
    /// The votes of a certificate.
    fileprivate init(_ certificate: Certificate) {
        self.init(
            image: certificate.image, selection: certificate.selectionCounts ?? certificate.counts.map { _ in 0 },
            estimation: certificate.counts, looks: certificate.looks ?? [certificate.counts], seconds: certificate.seconds)
    }
}
