import Foundation

/// How the learning rate falls from epoch to epoch.
public enum Schedule: Sendable, Hashable, Codable {
    case constant
    /// Times `factor` at each of these epochs.
    case steps(at: [Int], factor: Float)
    /// Half a cosine, from the full rate to zero at the end.
    case cosine

    /// The part of the full rate in `epoch`, counted from 0, of `epochs`.
    public func factor(epoch: Int, of epochs: Int) -> Float {
        switch self {
        case .constant: 1
        case .steps(let milestones, let factor): milestones.reduce(1) { epoch >= $1 ? $0 * factor : $0 }
        case .cosine: Float(0.5 * (1 + cos(Double.pi * Double(epoch) / Double(max(1, epochs)))))
        }
    }
}
