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
    /// A network's first parameters where they are normal.
    case parameters = 16
    /// What dropout drops.
    case dropout = 17
    /// A network's first parameters where they are uniform.
    case uniformParameters = 0x1000_0000
    /// The order in which an epoch goes through the images.
    case epochOrder = 0x2000_0000
}

/// Uses that share their number with a case above: another number would change the costs that a plan predicts for a seed.
extension RandomStream {
    /// How the votes of a pilot's undecided images go on. Its key is the pilot's own, with which nothing is trained.
    package static let pilotPlays = RandomStream.training
    /// How a pilot's costs are resampled. Its key is the plain seed: an attack with that seed may begin at the same numbers, but
    /// the two are never used together.
    package static let pilotResampling = RandomStream.start
    /// Which images a pilot takes. Its key is the pilot's own.
    package static let pilotSelection = RandomStream.epochOrder
}
