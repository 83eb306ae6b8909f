import SuretyTensors

/// What an attack is given.
public struct AttackBatch {
    /// The clean images [N, C, H, W] with elements in [0, 1].
    public let images: Images
    /// Their classes; nil for an image that has none, which no attack can lead away from it.
    public internal(set) var labels: [Int?]
    /// Noise [copies·N, C, H, W], copy after copy, if there are copies.
    public let noise: Images?
    /// The images' indices in their data set. They key the random numbers and anything computed in advance.
    public let indices: [Int]
    /// The key of all random numbers.
    public let seed: UInt64
    /// The number of the epoch or restart: each has its own random numbers.
    public internal(set) var trial: Int
    /// Who decides, while the attack runs, whether an image it tries is a success.
    public internal(set) var decision: Decision
    /// Whether to rescale the logits (`LogitScale`) of an image whose cross entropy has no gradient left, or no shape.
    /// Attacks on a finished network do so; training leaves the logits as they are.
    public let seesThroughSaturation: Bool

    /// A batch of N images, with everything an executor needs to know about it.
    ///
    /// - Parameters:
    ///   - images: [N, C, H, W], with elements in [0, 1].
    ///   - labels: One for each image.
    ///   - noise: [copies·N, C, H, W]; nil where the network itself is attacked.
    ///   - indices: One for each image.
    ///   - decision: Usually `source`, the network that is followed.
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

    /// Who decides, while an attack runs, whether an image it tries is a success.
    ///
    /// What the network that an attack follows says of an image is worth nothing if another network is attacked: an image
    /// just beyond the boundary of one is seldom beyond that of the other. So, except with `source`, an attack neither rests
    /// on the answer of the network it follows nor keeps an image because of it: it runs to its last step.
    public enum Decision {
        /// The network that is followed, because it is the one attacked: an image that it misclassifies counts as found.
        case source
        /// Another network. A search for the nearest image shows it each candidate; attacks within a radius show it their
        /// final image.
        case judge(any AttackJudge)
        /// Nobody before the end, because the judge is too slow to be asked about candidates. Searches for the nearest image
        /// cannot run this way.
        case nobody

        /// Whether the network that is followed decides.
        public var isSource: Bool {
            switch self {
            case .source: true
            case .judge, .nobody: false
            }
        }
    }

    /// Fills a row with standard normal numbers that belong only to the image at `place` and draw `number`.
    public func drawNormal(_ row: Row, for place: Int, number: Int, stream: RandomStream = .attack) {
        GaussianNoise(key: seed, sigma: 1)
            .draw(row, sample: UInt32(truncatingIfNeeded: number), image: key(of: place), stream: stream)
    }

    /// Random numbers that belong only to the image at `place` and draw `number`.
    public func generator(for place: Int, number: Int, stream: RandomStream = .attack) -> PhiloxGenerator {
        PhiloxGenerator(key: seed, UInt32(truncatingIfNeeded: number), key(of: place), stream.rawValue)
    }

    func key(of place: Int) -> UInt32 { UInt32(truncatingIfNeeded: indices[place]) }
}
