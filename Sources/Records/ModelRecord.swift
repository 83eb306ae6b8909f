/// What a run records about its model.
public struct ModelRecord: Sendable, Equatable, Codable {
    /// The file's name, for the reader; no digest of settings depends on it.
    public let file: String
    /// SHA-256 of the file.
    public let sha256: String
    /// The means with which images are normalised in front of the file's own network, one per channel.
    public let mean: [Double]?
    /// The standard deviations that go with `mean`, one per channel; both are nil if nothing is normalised.
    public let std: [Double]?
    /// What the file says about itself.
    public let metadata: [String: String]

    /// `mean` and `std` go together: both, or neither.
    public init(
        file: String, sha256: String, mean: [Double]? = nil, std: [Double]? = nil, metadata: [String: String] = [:]
    ) {
        (self.file, self.sha256, self.mean, self.std, self.metadata) = (file, sha256, mean, std, metadata)
    }
}
