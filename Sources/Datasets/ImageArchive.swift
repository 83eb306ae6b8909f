import Foundation

/// Labelled images in NumPy's `.npz`, a zip archive of `.npy` arrays:
///
///     numpy.savez_compressed("set.npz", images=images, labels=labels)
///
/// `images` has the shape N×H×W, N×C×H×W or N×H×W×C, with grey levels as unsigned bytes or intensities in
/// [0, 1] as singles or doubles (which are rounded to singles). Four axes are read as N×H×W×C when the
/// last has 1 or 3 elements and the second has not, and as N×C×H×W otherwise. `labels` has the
/// shape N and any integer type, counting the classes from 0. Other arrays are ignored.
extension LabelledImages {
    /// Reads an `.npz` archive.
    ///
    /// - Parameter split: recorded with the set; a file holds one part only.
    /// - Throws: `DatasetError` when it is missing, truncated or altered, or holds no such arrays.
    public init(archive file: URL, split: Split = .test) throws(DatasetError) {
        let archive = try ZipArchive(file)
        let images = try Self.images(in: archive)
        let labels = try Self.array("labels", in: archive)
        let source = file.path

        let classes: [Int]
        switch labels.elements {
        case .uint8(let values): classes = values.map(Int.init)
        case .int64(let values): classes = values.map { Int($0) }
        case .float32, .float64:
            throw DatasetError(.invalidContent, """
                \(source): labels are not integers. Store the number of each image's class, with astype("int64").
                """)
        }
        guard labels.shape.count == 1 else {
            throw DatasetError(.invalidContent, """
                \(source): labels have the shape \(labels.shape), where one number per image is needed. \
                Store labels.reshape(-1), or labels.argmax(1) if they are one-hot.
                """)
        }
        try self.init(
            name: file.lastPathComponent, split: split, pixels: images.pixels, count: images.count, shape: images.shape,
            labels: classes, source: source)
    }

    /// The array of images, brought to channels, height, width.
    static func images(
        in archive: ZipArchive
    ) throws(DatasetError) -> (pixels: Pixels, count: Int, shape: [Int]) {
        let images = try array("images", in: archive)
        let layout = try ImageLayout(images.shape, source: archive.file.path)
        let pixels: Pixels
        switch images.elements {
        case .uint8(let levels): pixels = .uint8(layout.channelsFirst(levels))
        case .float32(let values): pixels = .float32(layout.channelsFirst(values))
        case .float64(let values): pixels = .float32(layout.channelsFirst(values.map { Float($0) }))
        case .int64:
            throw DatasetError(.unsupported, """
                \(archive.file.path): images are integers of more than 8 bits. Store grey levels with astype("uint8").
                """)
        }
        return (pixels, images.shape[0], layout.shape)
    }

    /// Writes an `.npz` archive with `images` N×C×H×W as they are stored here, and `labels` of 64 bits.
    ///
    /// - Throws: `DatasetError` when the system refuses.
    public func write(archive file: URL) throws(DatasetError) {
        let elements: NumPyArray.Elements = switch pixels {
        case .uint8(let levels): .uint8(levels)
        case .float32(let values): .float32(values)
        }
        try ZipArchive.write([
            ("images.npy", NumPyArray(shape: [count] + shape, elements).encoded()),
            ("labels.npy", NumPyArray(shape: [count], .int64(labels.map { Int64($0) })).encoded()),
        ], to: file)
    }

    private static func array(_ key: String, in archive: ZipArchive) throws(DatasetError) -> NumPyArray {
        let names = archive.names
        guard names.contains("\(key).npy") else {
            let found = names.isEmpty ? "nothing" : names.prefix(20).joined(separator: ", ")
            throw DatasetError(.invalidContent, """
                \(archive.file.path): there is no array named \(key) (found: \(found)). \
                Write it with numpy.savez_compressed(file, images=…, labels=…).
                """)
        }
        var entry = try archive.entry("\(key).npy")
        return try NumPyArray(from: &entry)
    }
}

/// Where the channels are in an array of images.
private struct ImageLayout {
    /// Channels, height, width.
    let shape: [Int]
    private let isChannelsLast: Bool

    init(_ array: [Int], source: String) throws(DatasetError) {
        switch array.count {
        case 3:
            shape = [1, array[1], array[2]]
            isChannelsLast = false
        case 4:
            isChannelsLast = [1, 3].contains(array[3]) && ![1, 3].contains(array[1])
            shape = isChannelsLast ? [array[3], array[1], array[2]] : Array(array[1...])
        default:
            throw DatasetError(.invalidContent, """
                \(source): images have the shape \(array); it must be N×H×W, N×C×H×W or N×H×W×C.
                """)
        }
    }

    /// The elements of all images with the channels before the rows.
    func channelsFirst<Element>(_ elements: [Element]) -> [Element] {
        let (channels, pixelCount) = (shape[0], shape[1] * shape[2])
        guard isChannelsLast, channels > 1, pixelCount > 0 else { return elements }
        var result: [Element] = []
        result.reserveCapacity(elements.count)
        for image in stride(from: 0, to: elements.count, by: channels * pixelCount) {
            for channel in 0..<channels {
                for pixel in 0..<pixelCount { result.append(elements[image + pixel * channels + channel]) }
            }
        }
        return result
    }
}
