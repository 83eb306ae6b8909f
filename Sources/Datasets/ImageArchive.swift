import Foundation
import SuretyRecords

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
    /// All images are read and digested; those that are not kept take no memory.
    ///
    /// - Parameters:
    ///   - split: recorded with the set; a file holds one part only.
    ///   - isKept: whether the image with this index is kept, given it and the number of images; nil keeps all. The others
    ///     have a label, but no pixels to ask for.
    /// - Throws: `DatasetError` when it is missing, truncated or altered, holds no such arrays, or is too large for memory.
    public init(
        archive file: URL, split: Split = .test, keeping isKept: ((_ image: Int, _ count: Int) -> Bool)? = nil
    ) throws(DatasetError) {
        let archive = try ZipArchive(file)
        let images = try ImageStream(in: archive)
        let labels = try Self.labels(in: archive)
        let (shape, count) = (images.shape, images.count)
        try Self.check(labels: labels, count: count, source: file.path)
        var digest = Self.digest(of: labels, shape: shape, type: images.isLevels ? "uint8" : "float32")
        let filter = isKept.map { isKept in { (image: Int) in isKept(image, count) } }
        var areLevels8 = true
        let pixels = try images.pixels(keeping: filter) { block in
            block.feed(0..<block.count, to: &digest)
            areLevels8 = areLevels8 && block.areLevels8
        }
        self.init(
            name: file.lastPathComponent, split: split, shape: shape, pixels: pixels, labels: labels,
            sha256: digest.hexadecimal(), kept: filter.map { (0..<count).filter($0) },
            grid: areLevels8 ? .levels8 : .levels16)
    }

    private static func labels(in archive: ZipArchive) throws(DatasetError) -> [Int] {
        var entry = try archive.array("labels")
        let labels = try NumPyArray(from: &entry)
        let classes: [Int]
        switch labels.elements {
        case .uint8(let values): classes = values.map(Int.init)
        case .int64(let values): classes = values.map { Int($0) }
        case .float32, .float64:
            throw DatasetError(.invalidContent, """
                \(archive.file.path): labels are not integers. Store the number of each image's class, with astype("int64").
                """)
        }
        guard labels.shape.count == 1 else {
            throw DatasetError(.invalidContent, """
                \(archive.file.path): labels have the shape \(labels.shape), where one number per image is needed. \
                Store labels.reshape(-1), or labels.argmax(1) if they are one-hot.
                """)
        }
        return classes
    }

    /// Writes an `.npz` archive with `images` N×C×H×W as they are stored here, and `labels` of 64 bits.
    ///
    /// - Throws: `DatasetError` when the system refuses.
    public func write(archive file: URL) throws(DatasetError) {
        requireAllKept()
        let elements: NumPyArray.Elements = switch pixels {
        case .uint8(let levels): .uint8(levels)
        case .float32(let values): .float32(values)
        }
        try ZipArchive.write([
            ("images.npy", NumPyArray(shape: [count] + shape, elements).encoded()),
            ("labels.npy", NumPyArray(shape: [count], .int64(labels.map { Int64($0) })).encoded()),
        ], to: file)
    }
}

extension ZipArchive {
    /// The array of this name, as `numpy.savez` stores it.
    func array(_ key: String) throws(DatasetError) -> ZipEntry {
        let names = names
        guard names.contains("\(key).npy") else {
            let found = names.isEmpty ? "nothing" : names.prefix(20).joined(separator: ", ")
            throw DatasetError(.invalidContent, """
                \(file.path): there is no array named \(key) (found: \(found)). \
                Write it with numpy.savez_compressed(file, images=…, labels=…).
                """)
        }
        return try entry("\(key).npy")
    }
}
