import SuretySmoothing
import SuretyTensors

/// What a report needs to know of one image's certificate or prediction, whichever tool made it.
public struct ReportedImage: Sendable, Equatable {
    /// The image's place in the data set.
    public let index: Int
    /// The true class.
    public let label: Int
    /// The predicted class; nil when the procedure abstained.
    public let prediction: Int?
    /// The certified radius, in pixels of [0, 1]: 0 if it abstained, nil if none was sought.
    public let radius: Double?
    /// The time the image took, in seconds; nil if it is unknown.
    public let seconds: Double?
    /// The lower bound of the top class's probability under noise, if it is known.
    public let pALower: Double?
    /// Whether all votes that count are for one class, if they were counted only once; nil otherwise.
    public let hasAllVotes: Bool?
    /// The radius beyond which nothing was decided because the image was given up; nil if it was not.
    public let undecidedBeyond: Double?

    /// - Parameter radius: 0 for an abstention; nil if none was sought.
    public init(
        index: Int, label: Int, prediction: Int?, radius: Double?, seconds: Double? = nil, pALower: Double? = nil,
        hasAllVotes: Bool? = nil, undecidedBeyond: Double? = nil
    ) {
        self.index = index
        self.label = label
        self.prediction = prediction
        self.radius = radius
        self.seconds = seconds
        self.pALower = pALower
        (self.hasAllVotes, self.undecidedBeyond) = (hasAllVotes, undecidedBeyond)
    }

    /// Whether the prediction is the label; an abstention is not.
    public var isCorrect: Bool { prediction == label }

    /// Whether the image was given up, or left open, before a radius was decided; without any certificate, before each.
    public func isUndecided(at radius: Double) -> Bool {
        Verdict.isUndecided(at: radius, answer: prediction, beyond: undecidedBeyond)
    }
}

/// The results of one run over a test set, Surety's or another tool's, ready to be tabulated and plotted.
public struct ReportedRun: Sendable, Equatable {
    /// Its name in tables and legends.
    public var name: String
    /// The images, in the order of the run.
    public let images: [ReportedImage]
    /// The failure probability of each certificate, if known.
    public let alpha: Double?
    /// The norm of the radii, if known.
    public let norm: Norm?
    /// What the figures rest on; nil for another tool's run.
    public let statement: Premises?
    /// The images by Cohen's bound: see `cohen`.
    private let cohenImages: [ReportedImage]?

    /// The results of another tool's run, about which nothing more is known.
    public init(name: String, images: [ReportedImage], alpha: Double? = nil, norm: Norm? = nil) {
        self.name = name
        self.images = images
        self.alpha = alpha
        self.norm = norm
        (statement, cohenImages) = (nil, nil)
    }

    /// The results of one of Surety's runs.
    public init(name: String, record: SmoothingRecord, certificates: [Certificate]) {
        let isCertified: Bool
        switch record.settings.procedure {
        case .certify(let certifier): (isCertified, norm) = (true, certifier.norm)
        case .predict: (isCertified, norm) = (false, nil)
        }
        self.name = name
        alpha = record.settings.alpha
        statement = Premises(record)
        images = certificates.map { certificate in
            let pALower: Double? = switch certificate.verdict.evidence {
            case .bounds(let pALower, _): pALower
            case .test: nil
            }
            return ReportedImage(
                index: certificate.image, label: certificate.label, prediction: certificate.verdict.answer,
                radius: isCertified ? certificate.verdict.radius ?? 0 : nil, seconds: certificate.seconds, pALower: pALower,
                hasAllVotes: isCertified && certificate.looks == nil
                    ? !certificate.isOpen && certificate.counts.max() == certificate.counts.voteSum : nil,
                undecidedBeyond: certificate.verdict.undecidedBeyond)
        }
        cohenImages = Self.cohenImages(record, certificates)
    }

    /// The same votes by the bound that the papers print, Clopper–Pearson's of pA alone at the whole α, for comparison; nil
    /// for a run that already uses this bound, that looked at its votes more than once, or that certifies nothing.
    ///
    /// It is a different statement: the larger of an image's two radii holds with probability less than 1 − α.
    public var cohen: ReportedRun? {
        cohenImages.map { ReportedRun(name: name, images: $0, alpha: alpha, norm: norm) }
    }

    private static func cohenImages(_ record: SmoothingRecord, _ certificates: [Certificate]) -> [ReportedImage]? {
        guard case .certify(let own) = record.settings.procedure, own.bound != .clopperPearson, own.stopping == nil else { return nil }
        do {
            let certifier = try Certifier(
                noise: own.noise, alpha: own.alpha, n0: own.n0, n: own.n, bound: .clopperPearson, norm: own.norm)
            let dimensions = record.data.shape.reduce(1, *)
            return try certificates.map { certificate in
                let verdict = try certifier.verdict(
                    selectionCounts: certificate.selectionCounts ?? [], counts: certificate.counts, dimensions: dimensions,
                    rounding: certificate.rounding ?? 0)
                return ReportedImage(
                    index: certificate.image, label: certificate.label, prediction: verdict.answer, radius: verdict.radius ?? 0)
            }
        } catch {
            // Counts that do not sum to the samples; `surety verify` reports them.
            return nil
        }
    }
}
