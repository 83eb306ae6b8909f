import SuretyRecords
import SuretyTensors

/// What is done with the votes of a run, and the key of their noise: together with the model and the data, everything that a
/// run's results depend on.
public struct SmoothingSettings: Sendable, Equatable {
    /// What is done with the votes.
    public enum Procedure: Sendable, Equatable {
        /// CERTIFY: a class and a radius.
        case certify(Certifier)
        /// PREDICT: a class alone.
        case predict(Predictor)
    }

    /// What is done with the votes, with its noise, α and numbers of samples.
    public let procedure: Procedure
    /// What the key of the noise is made from, with model and data: `NoiseKey`.
    public let seed: UInt64

    /// - Parameter seed: Every value is allowed; another value gives other noise.
    public init(_ procedure: Procedure, seed: UInt64) { (self.procedure, self.seed) = (procedure, seed) }

    /// The noise that is added to copies of an image, whose pixels are in [0, 1].
    public var noise: Noise { procedure.noise }
    /// The probability that the statement about an image is wrong.
    public var alpha: Double { procedure.alpha }
    /// Noisy samples whose votes count.
    public var n: Int { procedure.n }
    /// Noisy samples that choose the class; none for predictions.
    public var n0: Int { procedure.n0 }
    /// Noisy samples per image in all.
    public var samplesPerImage: Int { n0 + n }

    /// What certificates of a run with these settings are worth.
    public var standing: Standing { noise.isProven ? .highProbability(alpha: alpha) : .floatNoise(alpha: alpha) }

    /// The key of the noise of a run with these settings.
    public func key(model: ModelRecord, data: DataRecord) -> UInt64 {
        let use: NoiseKey.Procedure = switch procedure {
        case .certify: .certify
        case .predict: .predict
        }
        return NoiseKey(seed: seed, model: model, data: data, noise: noise, procedure: use).value
    }
}

extension SmoothingSettings.Procedure {
    /// The noise that is added to copies of an image, whose pixels are in [0, 1].
    public var noise: Noise {
        switch self {
        case .certify(let certifier): certifier.noise
        case .predict(let predictor): predictor.noise
        }
    }

    /// The probability that the statement about an image is wrong.
    public var alpha: Double {
        switch self {
        case .certify(let certifier): certifier.alpha
        case .predict(let predictor): predictor.alpha
        }
    }

    /// Noisy samples whose votes count.
    public var n: Int {
        switch self {
        case .certify(let certifier): certifier.n
        case .predict(let predictor): predictor.n
        }
    }

    /// Noisy samples that choose the class; none for predictions.
    public var n0: Int {
        switch self {
        case .certify(let certifier): certifier.n0
        case .predict: 0
        }
    }

    /// When an image has enough samples; nil if each takes all n.
    public var stopping: Stopping? {
        if case .certify(let certifier) = self { certifier.stopping } else { nil }
    }

    /// How often the votes on an image may be looked at.
    var lookCount: Int {
        guard case .certify(let certifier) = self, let stopping = certifier.stopping else { return 1 }
        return stopping.looks.looks(upTo: certifier.caps).count
    }

    /// The radii to decide; nil if no radii are given.
    public var columns: Columns? {
        if case .certify(let certifier) = self { certifier.columns } else { nil }
    }

    /// The distance from an image to the one on the noise's grid that is classified in its place; nil if the two are the same.
    ///
    /// In the norm of the radius, and in ℓ2 for predictions, which have none.
    package func rounding(of image: [Float]) -> Double? {
        let norm: Norm = switch self {
        case .certify(let certifier): certifier.norm
        case .predict: .l2
        }
        return noise.family.grid.flatMap { grid in
            let distance = grid.distance(from: image, in: norm)
            return distance == 0 ? nil : distance
        }
    }

    /// What can be said from the votes on an image of `dimensions` values. Predictions have no `selection`.
    ///
    /// - Parameter rounding: How far the image is from the grid.
    package func verdict(
        _ selection: [Int], _ counts: [Int], looks: [[Int]]? = nil, dimensions: Int, rounding: Double?
    ) throws(RunError) -> Verdict {
        switch self {
        case .certify(let certifier):
            if let test = try certifier.stoppingTest(dimensions: dimensions, rounding: rounding ?? 0, tabulates: false) {
                try certifier.verdict(selectionCounts: selection, looks: looks ?? [], by: test)
            } else {
                try certifier.verdict(selectionCounts: selection, counts: counts, dimensions: dimensions, rounding: rounding ?? 0)
            }
        case .predict(let predictor): try predictor.verdict(counts: counts, dimensions: dimensions)
        }
    }

    /// The verdict that a certificate's own votes give, on an image of `dimensions` values.
    func verdict(of certificate: Certificate, dimensions: Int) throws(RunError) -> Verdict {
        try verdict(
            certificate.selectionCounts ?? [], certificate.counts, looks: certificate.looks, dimensions: dimensions,
            rounding: certificate.rounding)
    }
}

extension SmoothingSettings {
    static func require(alpha: Double) throws(RunError) {
        guard alpha > 0, alpha < 1 else {
            throw RunError(.invalidSettings, "alpha is \(alpha): it must lie strictly between 0 and 1")
        }
    }

    /// Requires at least one sample, and no more than the random generator can count.
    static func require(samples: Int, _ what: @autoclosure () -> String) throws(RunError) {
        let counter = 1...Int(UInt32.max)
        guard counter.contains(samples) else {
            throw RunError(.invalidSettings, "\(what()) from 1 to \(counter.upperBound) samples")
        }
    }
}
