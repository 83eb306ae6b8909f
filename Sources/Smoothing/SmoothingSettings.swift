import SuretyRecords
import SuretyTensors

/// What is done with the votes of a run, and the key of their noise: with the model and the data, all that a run's results
/// depend on.
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
    /// The key of the random generator.
    public let seed: UInt64

    /// - Parameter seed: The key of the random generator; every value is allowed.
    public init(_ procedure: Procedure, seed: UInt64) { (self.procedure, self.seed) = (procedure, seed) }

    /// The noise that is added to copies of an image, whose pixels are in [0, 1].
    public var noise: Noise {
        switch procedure {
        case .certify(let certifier): certifier.noise
        case .predict(let predictor): predictor.noise
        }
    }

    /// The probability with which the statement on an image may be wrong.
    public var alpha: Double {
        switch procedure {
        case .certify(let certifier): certifier.alpha
        case .predict(let predictor): predictor.alpha
        }
    }

    /// Noisy samples whose votes count.
    public var n: Int {
        switch procedure {
        case .certify(let certifier): certifier.n
        case .predict(let predictor): predictor.n
        }
    }

    /// Noisy samples that choose the class; none for predictions.
    public var n0: Int {
        switch procedure {
        case .certify(let certifier): certifier.n0
        case .predict: 0
        }
    }

    /// Noisy samples per image in all.
    public var samplesPerImage: Int { n0 + n }

    /// What can be said from the votes on an image of `dimensions` values. Predictions have no `selection`.
    package func verdict(_ selection: [Int], _ counts: [Int], dimensions: Int) throws(RunError) -> Verdict {
        switch procedure {
        case .certify(let certifier):
            try certifier.verdict(selectionCounts: selection, counts: counts, dimensions: dimensions)
        case .predict(let predictor): try predictor.verdict(counts: counts)
        }
    }
}

extension SmoothingSettings {
    static func require(alpha: Double) throws(RunError) {
        guard alpha > 0, alpha < 1 else {
            throw RunError(.invalidSettings, "alpha is \(alpha): it must lie strictly between 0 and 1")
        }
    }

    /// Demands at least one sample, and no more than the random generator can count.
    static func require(samples: Int, _ what: @autoclosure () -> String) throws(RunError) {
        let counter = 1...Int(UInt32.max)
        guard counter.contains(samples) else {
            throw RunError(.invalidSettings, "\(what()) from 1 to \(counter.upperBound) samples")
        }
    }
}
