import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyRecords
import SuretyStatistics
import SuretyTensors

/// The base classifier f under noise, from which smoothing makes g(x) = argmax_c P[f(x + noise) = c]
/// (Cohen, Rosenfeld and Kolter 2019, equation 1): f compiled for batches of noisy copies.
///
/// Noise is added to the image in [0, 1]; normalisation is a layer of f. A vote depends on the
/// key, the image's index and the sample's number alone, so counts are the same for every batch size and
/// number of threads.
public struct SmoothedClassifier: Sendable {
    /// The noise that is added to copies of an image, whose pixels are in [0, 1].
    public let noise: Noise

    /// The key of the noise: a run's is `NoiseKey`.
    public let key: UInt64

    /// Noisy copies classified at a time by one thread. Any value gives the same votes.
    public let batchSize: Int

    /// The number of classes.
    public let classCount: Int

    /// How the base classifier's convolutions are computed: votes may differ where logits are almost equal.
    public var convolution: ConvolutionAlgorithm { compiled.convolution }

    let compiled: Classifier.Compiled
    let sampler: any NoiseSampler

    /// Compiles the base classifier.
    ///
    /// - Parameters:
    ///   - key: The key of the noise. A model could be built to fit the noise of a known key: take the key from `NoiseKey`.
    ///   - batchSize: Noisy copies at a time; `nil` for as many as keep a thread's memory near its cache.
    /// - Throws: `NetworkError` or `GraphError` when the network cannot be compiled; `StatisticsError` when the noise cannot
    ///   be drawn.
    public init(_ network: Network, _ noise: Noise, key: UInt64, batchSize: Int? = nil) throws {
        (self.noise, self.key) = (noise, key)
        sampler = try noise.family.sampler(key: key)
        self.batchSize = try batchSize ?? Self.suitableBatchSize(for: network)
        classCount = network.classCount
        compiled = try Classifier.Compiled(network, batchSize: self.batchSize)
    }

    /// The classifier whose votes a run counted, convolving as it did.
    ///
    /// - Throws: `RunError.invalidSettings` if this machine cannot do that; what the other initialiser throws.
    init(of record: SmoothingRecord, _ network: Network, key: UInt64) throws {
        let algorithm = try record.environment?.convolutionAlgorithm ?? .direct
        try self.init(network.convolving(by: algorithm), record.settings.noise, key: key)
    }

    /// - Throws: `RunError.invalidSettings` for other noise.
    func require(_ noise: Noise) throws(RunError) {
        guard noise == self.noise else {
            throw RunError(.invalidSettings, "the classifier is smoothed by noise with \(self.noise), not with \(noise)")
        }
    }

    /// What computes the base classifier and the bounds, for the provenance of results.
    public static var libraries: String { "\(Program.library), \(StatisticsLibraries.versions)" }

    /// The power of two whose activations take about `suitableByteCount`: larger batches fall out of the
    /// cache, smaller ones leave the processor's pipelines unfilled.
    private static func suitableBatchSize(for network: Network) throws -> Int {
        let probe = 8
        // Direct convolutions need little besides the activations.
        let bytesPerImage = try Classifier.Compiled(network.convolving(by: .direct), batchSize: probe).byteCount / probe
        var size = probe
        while size < 512 && 2 * size * bytesPerImage <= suitableByteCount { size *= 2 }
        return size
    }

    private static let suitableByteCount = 8 << 20
}

/// One thread's share of a smoothed classifier: fills a batch with noisy copies and takes the votes.
final class NoisyBatch {
    private let sampler: any NoiseSampler
    private let classifier: Classifier
    private var filled = 0

    init(_ smoothed: SmoothedClassifier) throws {
        sampler = smoothed.sampler
        classifier = try Classifier(smoothed.compiled)
    }

    /// Adds the noisy copies of `image` with the given sample numbers. The batch must have room.
    func append(_ image: [Float], index: Int, samples: Range<Int>, stream: RandomStream) {
        let copies = sampler.copies(of: image, index: index)
        for sample in samples {
            copies.draw(sample, stream: stream, to: classifier.images[filled])
            filled += 1
        }
    }

    /// The class of each copy in the order they were added, `nil` where a logit is not a number. Empties the batch.
    func classify() -> [Int?] {
        classifier.run()
        defer { filled = 0 }
        return Array(classifier.classes.prefix(filled))
    }
}
