/// Which part of a data set.
public enum Split: String, Sendable, CaseIterable, Codable {
    case test, train
}

/// What a run records of its data set.
public struct DataRecord: Sendable, Equatable, Codable {
    /// What the data set is called.
    public let name: String
    /// The part of it.
    public let split: Split
    /// SHA-256 of the whole data set's content.
    public let sha256: String
    /// The number of images in it.
    public let count: Int
    /// Channels, height, width.
    public let shape: [Int]
    /// What was done with pictures to make images of them; nil where nothing was.
    public let preparation: String?

    /// A data set of `count` images, each of `shape`.
    public init(name: String, split: Split, sha256: String, count: Int, shape: [Int], preparation: String? = nil) {
        (self.name, self.split, self.sha256, self.count, self.shape) = (name, split, sha256, count, shape)
        self.preparation = preparation
    }
}
