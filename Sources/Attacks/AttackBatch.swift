import SuretyTensors

/// What an attack is given.
public struct AttackBatch {
    /// The clean images [N, C, H, W] with elements in [0, 1].
    public let images: Images
    /// Their classes; nil for an image that has none, which no attack can lead away from it.
    public internal(set) var labels: [Int?]
    /// Noise [copies·N, C, H, W], copy after copy, where there are copies.
    public let noise: Images?
    /// The images' places in their data set: they key the randomness, and whatever was computed in advance.
    public let indices: [Int]
    /// The key of all random numbers.
    public let seed: UInt64
    /// An epoch or a restart: each has random numbers of its own.
    public internal(set) var trial: Int
    /// Who says, while the attack runs, whether an image it tries is a success.
    public internal(set) var decision: Decision
    /// Whether an image whose cross entropy has no gradient left, or no shape, is followed with its logits rescaled
    /// (`LogitScale`). Attacks on a finished network do so; training leaves the logits as they are.
    public let seesThroughSaturation: Bool

    /// A batch of N images, with everything an executor needs to know about it.
    ///
    /// - Parameters:
    ///   - images: [N, C, H, W], with elements in [0, 1].
    ///   - labels: One for each image.
    ///   - noise: [copies·N, C, H, W]; nil where the network itself is attacked.
    ///   - indices: One for each image.
    ///   - decision: Usually the network that is followed.
    public init(
        images: Images, labels: [Int?], noise: Images? = nil, indices: [Int], seed: UInt64, trial: Int,
        decision: Decision = .source, seesThroughSaturation: Bool = false
    ) {
        self.images = images
        self.labels = labels
        self.noise = noise
        self.indices = indices
        self.seed = seed
        self.trial = trial
        self.decision = decision
        self.seesThroughSaturation = seesThroughSaturation
    }

    /// Who says, while an attack runs, whether an image it tries is a success.
    ///
    /// What the network that an attack follows says of an image is worth nothing where another network is attacked: an image
    /// just beyond the boundary of the one is seldom beyond the other's. So but for `source` an attack neither rests on the
    /// answer of the network it follows nor keeps an image for it: it runs to its last step.
    public enum Decision {
        /// The network that is followed, as it is the one attacked: an image that it misclassifies is found.
        case source
        /// Another, which a search for the nearest image shows each candidate. Attacks within a radius show it what they end with.
        case judge(any AttackJudge)
        /// Nobody before the end, as the judge is too slow to be asked of candidates. Searches for the nearest image cannot run so.
        case nobody

        /// Whether the network that is followed decides.
        public var isSource: Bool {
            switch self {
            case .source: true
            case .judge, .nobody: false
            }
        }
    }

    /// Makes a row standard normal numbers that belong to the image at `place` and draw `number` alone.
    public func drawNormal(_ row: Row, for place: Int, number: Int, stream: RandomStream = .attack) {
        GaussianNoise(key: seed, sigma: 1)
            .draw(row, sample: UInt32(truncatingIfNeeded: number), image: key(of: place), stream: stream)
    }

    /// Random numbers that belong to the image at `place` and draw `number` alone.
    public func generator(for place: Int, number: Int, stream: RandomStream = .attack) -> PhiloxGenerator {
        PhiloxGenerator(key: seed, UInt32(truncatingIfNeeded: number), key(of: place), stream.rawValue)
    }

    func key(of place: Int) -> UInt32 { UInt32(truncatingIfNeeded: indices[place]) }
}
