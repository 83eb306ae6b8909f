/// An argument outside a function's domain, or a value that a numerical library could not give.
public enum StatisticsError: Error, Equatable {
    /// The number of successes must be between 0 and the number of trials, and there must be at least one trial.
    case countsOutOfRange(successes: Int, trials: Int)
    /// A level, such as α, must lie strictly between 0 and 1.
    case levelOutOfRange(name: String, value: Double)
    /// A probability must lie between 0 and 1.
    case probabilityOutOfRange(name: String, value: Double)
    /// A scale, such as σ, or a radius, must be positive and finite.
    case notPositive(name: String, value: Double)
    /// A count, such as the number of images, must be at least 1.
    case countNotPositive(name: String, value: Int)
    /// A count must be at most a number that no use exceeds.
    case countTooLarge(name: String, value: Int, most: Int)
    /// A parameter must be finite.
    case notFinite(name: String, value: Double)
    /// Fewer numbers than a distribution's parameters can be fitted to.
    case tooFewSamples(count: Int, needed: Int)
    /// Numbers without any spread, to which no distribution can be fitted.
    case samplesEqual(value: Double)
    /// NaN or infinity among numbers to be fitted.
    case sampleNotFinite(index: Int, value: Double)
    /// A library's function gave no number for arguments inside its domain.
    case notComputable(String)
}

extension StatisticsError: CustomStringConvertible {
    /// What is wrong with which argument, for people.
    public var description: String {
        switch self {
        case let .countsOutOfRange(successes, trials):
            "\(successes) of \(trials) votes: there must be at least 1 sample, and between 0 and that many votes"
        case let .levelOutOfRange(name, value):
            "\(name) is \(value): it must lie strictly between 0 and 1"
        case let .probabilityOutOfRange(name, value):
            "\(name) is \(value): a probability lies between 0 and 1"
        case let .notPositive(name, value):
            "\(name) is \(value): it must be positive and finite"
        case let .countNotPositive(name, value):
            "\(name) is \(value): it must be at least 1"
        case let .countTooLarge(name, value, most):
            "\(name) is \(value): it must be at most \(most)"
        case let .notFinite(name, value):
            "\(name) is \(value): it must be finite"
        case let .tooFewSamples(count, needed):
            "\(count) number\(count == 1 ? "" : "s"): a distribution is fitted to \(needed) or more"
        case let .samplesEqual(value):
            "all numbers are \(value): no distribution can be fitted to numbers without spread"
        case let .sampleNotFinite(index, value):
            "number \(index + 1) is \(value): all must be finite"
        case let .notComputable(what):
            "\(what) could not be computed; please report these arguments"
        }
    }
}

// The checks shared by the functions of this module. NaN fails each of them.
extension StatisticsError {
    static func requireCounts(_ successes: Int, of trials: Int) throws(StatisticsError) {
        guard trials >= 1, (0...trials).contains(successes) else {
            throw .countsOutOfRange(successes: successes, trials: trials)
        }
    }

    static func requireLevel(_ value: Double, _ name: String) throws(StatisticsError) {
        guard value > 0, value < 1 else { throw .levelOutOfRange(name: name, value: value) }
    }

    static func requireProbability(_ value: Double, _ name: String) throws(StatisticsError) {
        guard value >= 0, value <= 1 else { throw .probabilityOutOfRange(name: name, value: value) }
    }

    static func requirePositive(_ value: Double, _ name: String) throws(StatisticsError) {
        guard value > 0, value.isFinite else { throw .notPositive(name: name, value: value) }
    }

    static func requirePositive(_ value: Int, _ name: String) throws(StatisticsError) {
        guard value >= 1 else { throw .countNotPositive(name: name, value: value) }
    }
}
