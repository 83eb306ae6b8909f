/// Which part of a data set.
public enum Split: String, Sendable, CaseIterable, Codable {
    /// The test images, or the training images.
    case test, train
}

/// What a run records about its data set.
public struct DataRecord: Sendable, Equatable, Codable {
    /// The data set's name.
    public let name: String
    /// The part of the data set.
    public let split: Split
    /// SHA-256 of the whole data set's content.
    public let sha256: String
    /// The number of images in the data set.
    public let count: Int
    /// Channels, height, width.
    public let shape: [Int]
    /// What was done to turn pictures into images; nil if nothing was.
    public let preparation: String?

    /// A data set of `count` images, each of `shape`.
    public init(name: String, split: Split, sha256: String, count: Int, shape: [Int], preparation: String? = nil) {
        (self.name, self.split, self.sha256, self.count, self.shape) = (name, split, sha256, count, shape)
        self.preparation = preparation
    }
}
