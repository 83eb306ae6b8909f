import SuretyDatasets
import SuretyRecords
import SuretySmoothing
import SuretyTensors

/// The classifier, data and norm that a statement is about. Two statements are compared only if all of these are the same:
/// what smoothing certifies says nothing about the network itself, and vice versa.
public struct Subject: Sendable, Hashable {
    /// Which classifier of a model.
    public enum Classifier: Sendable, Hashable {
        /// The network itself.
        case base
        /// The network smoothed with this noise.
        case smoothed(Noise)

        /// nil for the base classifier.
        public var noise: Noise? { if case .smoothed(let noise) = self { noise } else { nil } }
    }

    /// SHA-256 of the model's file, and the normalisation in front of it.
    public let model: String
    /// The means of all channels, then their standard deviations; empty for no normalisation.
    public let normalisation: [Double]
    /// SHA-256 of the data set.
    public let data: String
    /// The network itself, or its smoothed form.
    public let classifier: Classifier
    /// The norm of the radii and distances.
    public let norm: Norm

    /// The classifier, and what is put in front of the network, as reports call it.
    public var label: String {
        guard !normalisation.isEmpty else { return "\(classifier)" }
        return "\(classifier), normalised by " + normalisation.map { "\($0)" }.joined(separator: " ")
    }

    /// What counts are the digests of model and data, not their file names.
    public init(
        model: ModelRecord, data: DataRecord, classifier: Classifier, norm: Norm
    ) {
        self.model = model.sha256
        normalisation = (model.mean ?? []) + (model.std ?? [])
        self.data = data.sha256
        self.classifier = classifier
        self.norm = norm
    }
}

extension Subject.Classifier: CustomStringConvertible {
    /// As reports call it.
    public var description: String {
        switch self {
        case .base: "base"
        case .smoothed(let noise): "smoothed, \(noise)"
        }
    }
}
