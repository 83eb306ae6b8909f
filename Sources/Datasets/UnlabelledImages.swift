import Foundation

/// Images without classes, all of one shape, in memory: what pseudo-labels are for.
///
///     let images = try UnlabelledImages(archive: URL(fileURLWithPath: "extra.npz"))
///     let set = try images.labelled(classes, classCount: 10)
public struct UnlabelledImages: Sendable {
    /// The file's name.
    public let name: String
    /// All pixels, image after image, each in C×H×W order.
    public let pixels: LabelledImages.Pixels
    /// The number of images.
    public let count: Int
    /// Channels, height, width.
    public let shape: [Int]

    /// Reads the array `images` of an `.npz` archive, in the forms that `LabelledImages(archive:)` takes. Labels, if there
    /// are any, are not read.
    ///
    /// - Throws: `DatasetError` when it is missing, truncated or altered, holds no such array, no image in it, or a pixel
    ///   outside [0, 1].
    public init(archive file: URL) throws(DatasetError) {
        let images = try ImageStream(in: ZipArchive(file))
        (name, count, shape) = (file.lastPathComponent, images.count, images.shape)
        pixels = try images.pixels()
    }

    /// The images with these classes, one for each.
    ///
    /// - Throws: `DatasetError` when there are not as many classes as images, or one is negative or not below `classCount`.
    public func labelled(_ labels: [Int], classCount: Int? = nil) throws(DatasetError) -> LabelledImages {
        try LabelledImages(
            name: name, split: .train, pixels: pixels, count: count, shape: shape, labels: labels, classCount: classCount,
            source: name)
    }
}
