/// What random numbers are for: no two uses share any. It is part of the counter that draws them, besides block, sample and
/// image.
public enum RandomStream: UInt32, Sendable {
    /// Choosing the class (n₀ samples of CERTIFY).
    case selection = 0
    /// Estimating its probability (n samples of CERTIFY, and PREDICT's).
    case estimation = 1
    /// Noisy copies of training images.
    case training = 2
    /// Where an attack on an image begins.
    case start = 3
    /// How a training image is shifted and mirrored.
    case augmentation = 4
    /// Everything else that an attack draws.
    case attack = 5
    /// Everything else that an objective draws.
    case objective = 6
    /// The noisy copies that an attack on a smoothed classifier averages over.
    case attackedCopies = 7
    /// The order and the directions in which a bound samples.
    case bound = 8
    /// A network's first parameters.
    case parameters = 16
    /// What dropout drops.
    case dropout = 17
}
