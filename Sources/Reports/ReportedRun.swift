import SuretySmoothing
import SuretyTensors

/// What a report needs of one image's certificate or prediction, whoever made it.
public struct ReportedImage: Sendable, Equatable {
    /// The image's place in the data set.
    public let index: Int
    /// The true class.
    public let label: Int
    /// The predicted class; nil when the procedure abstained.
    public let prediction: Int?
    /// The certified radius, in pixels of [0, 1]: 0 when it abstained, nil where none was sought.
    public let radius: Double?
    /// The time the image took, in seconds; nil where it is unknown.
    public let seconds: Double?
    /// The lower bound of the top class's probability under noise, where it is known.
    public let pALower: Double?

    /// - Parameter radius: 0 for an abstention; nil where none was sought.
    public init(
        index: Int, label: Int, prediction: Int?, radius: Double?, seconds: Double? = nil, pALower: Double? = nil
    ) {
        self.index = index
        self.label = label
        self.prediction = prediction
        self.radius = radius
        self.seconds = seconds
        self.pALower = pALower
    }

    /// Whether the prediction is the label; an abstention is not.
    public var isCorrect: Bool { prediction == label }
}

/// The results of one run over a test set, Surety's or another tool's, ready to be tabulated and plotted.
public struct ReportedRun: Sendable, Equatable {
    /// What tables and legends call it.
    public var name: String
    /// The images, in the order of the run.
    public let images: [ReportedImage]
    /// The failure probability of each certificate, where it is known.
    public let alpha: Double?
    /// The norm of the radii, where it is known.
    public let norm: Norm?
    /// What the figures rest on; nil for another tool's run.
    public let statement: RunStatement?

    /// The results of another tool's run, about which no more than these is known.
    public init(name: String, images: [ReportedImage], alpha: Double? = nil, norm: Norm? = nil) {
        self.name = name
        self.images = images
        self.alpha = alpha
        self.norm = norm
        statement = nil
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
        statement = RunStatement(record)
        images = certificates.map { certificate in
            let pALower: Double? = switch certificate.verdict.evidence {
            case .bounds(let pALower, _): pALower
            case .test: nil
            }
            return ReportedImage(
                index: certificate.image, label: certificate.label, prediction: certificate.verdict.answer,
                radius: isCertified ? certificate.verdict.radius ?? 0 : nil, seconds: certificate.seconds,
                pALower: pALower)
        }
    }
}
