import Foundation

/// How the learning rate falls from epoch to epoch, after an optional rise at the start.
public enum Schedule: Sendable, Hashable, Codable {
    /// The full rate in every epoch.
    case constant
    /// Multiplied by `factor` at each of these epochs.
    case steps(at: [Int], factor: Float)
    /// Half a cosine, from the full rate to zero at the end.
    case cosine

    /// The fraction of the full rate in `epoch`, counted from 0, of `epochs`.
    public func factor(epoch: Int, of epochs: Int) -> Float {
        switch self {
        case .constant: 1
        case .steps(let milestones, let factor): milestones.reduce(1) { epoch >= $1 ? $0 * factor : $0 }
        case .cosine: Float(0.5 * (1 + cos(Double.pi * Double(epoch) / Double(max(1, epochs)))))
        }
    }

    /// The fraction of the rate that the first epochs use: it rises linearly, step by step, over `epochs` of them (Goyal et
    /// al. 2017, §2.2). `progress` counts epochs, including the fraction of the current one that is done.
    static func warmUp(progress: Double, epochs: Int) -> Float {
        epochs > 0 ? Float(min(1, progress / Double(epochs))) : 1
    }
}
