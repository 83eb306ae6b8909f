/// What a run records of its data set.
public struct DataRecord: Sendable, Equatable, Codable {
    /// The set's name, such as `mnist`.
    public let name: String
    /// Which part of the set.
    public let split: Split
    /// SHA-256 of the whole data set's content.
    public let sha256: String
    /// The number of images in it.
    public let count: Int
    /// Channels, height, width.
    public let shape: [Int]

    /// What is recorded of these images.
    public init(_ images: LabelledImages) {
        (name, split, sha256) = (images.name, images.split, images.sha256)
        (count, shape) = (images.count, images.shape)
    }
}
