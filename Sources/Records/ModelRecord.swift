/// What a run records of its model.
public struct ModelRecord: Sendable, Equatable, Codable {
    /// The file's name, for the reader; no digest of settings depends on it.
    public let file: String
    /// SHA-256 of the file.
    public let sha256: String
    /// Per channel, what the images are normalised with in front of the file's own network.
    public let mean: [Double]?
    public let std: [Double]?
    /// What the file says about itself.
    public let metadata: [String: String]

    public init(
        file: String, sha256: String, mean: [Double]? = nil, std: [Double]? = nil, metadata: [String: String] = [:]
    ) {
        (self.file, self.sha256, self.mean, self.std, self.metadata) = (file, sha256, mean, std, metadata)
    }
}
