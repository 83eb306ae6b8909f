import SuretyRecords
import SuretyTensors

/// What is done with the votes of a run, and the key of their noise: with the model and the data, all that a run's results
/// depend on.
public struct SmoothingSettings: Sendable, Equatable {
    public enum Procedure: Sendable, Equatable {
        case certify(Certifier)
        case predict(Predictor)
    }

    public let procedure: Procedure
    /// The key of the random generator.
    public let seed: UInt64

    public init(_ procedure: Procedure, seed: UInt64) { (self.procedure, self.seed) = (procedure, seed) }

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

    /// What the votes on an image of `dimensions` values allow to say. Predictions have no `selection`.
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

    /// As many samples as the random generator can count.
    static func require(samples: Int, _ what: @autoclosure () -> String) throws(RunError) {
        let counter = 1...Int(UInt32.max)
        guard counter.contains(samples) else {
            throw RunError(.invalidSettings, "\(what()) from 1 to \(counter.upperBound) samples")
        }
    }
}
