import Foundation
import SuretyRecords

/// Labelled images in NumPy's `.npz`, a zip archive of `.npy` arrays:
///
///     numpy.savez_compressed("set.npz", images=images, labels=labels)
///
/// `images` has the shape N×H×W, N×C×H×W or N×H×W×C, with grey levels as integers from 0 to 255 or intensities in
/// [0, 1] as halves, singles or doubles (which are rounded to singles). Four axes are read as N×H×W×C when the
/// last has 1 or 3 elements and the second has not, and as N×C×H×W otherwise. `labels` counts the classes from 0, one whole
/// number for each image, in any type; or it is one-hot, N×K; or names, which are numbered in their order. The arrays may also
/// have the names of Keras, MedMNIST or scikit-learn: `ImageArchiveNames`. Other arrays are ignored.
extension LabelledImages {
    /// Reads an `.npz` archive.
    ///
    /// All images are read and digested; images that are not kept take no memory.
    ///
    /// - Parameters:
    ///   - split: recorded with the set; a file holds one part only.
    ///   - isKept: whether the image with this index is kept, given it and the number of images; nil keeps all. The others
    ///     have a label, but no pixels.
    /// - Throws: `DatasetError` when it is missing, truncated or altered, holds no such arrays, or is too large for memory.
    public init(
        archive file: URL, split: Split = .test, keeping isKept: ((_ image: Int, _ count: Int) -> Bool)? = nil
    ) throws(DatasetError) {
        let archive = try ZipArchive(file)
        let arrays = archive.names.compactMap { $0.hasSuffix(".npy") ? String($0.dropLast(4)) : nil }
        let names = try ImageArchiveNames(among: Set(arrays), in: file, split: split)
        let images = try ImageStream(in: archive, named: names.images)
        var entry = try archive.array(names.labels)
        let (labels, classNames) = try Self.labels(NumPyArray(from: &entry), named: names.labels, source: file.path)
        let (shape, count) = (images.shape, images.count)
        try Self.check(labels: labels, count: count, source: file.path)
        var digest = Self.digest(of: labels, shape: shape, type: images.isLevels ? "uint8" : "float32")
        let filter = isKept.map { isKept in { (image: Int) in isKept(image, count) } }
        var areLevels8 = true
        let pixels = try images.pixels(keeping: filter) { block in
            block.feed(0..<block.count, to: &digest)
            areLevels8 = areLevels8 && block.areLevels8
        }
        let numbering = classNames.map { classNames in
            let list = classNames.prefix(10).enumerated().map { "\($0) \($1)" }.joined(separator: ", ")
            return "Its classes are numbered in the order of their names: \(list)\(classNames.count > 10 ? ", …" : "")."
        }
        let notes = [names.note, numbering].compactMap(\.self)
        self.init(
            name: file.lastPathComponent, split: split, shape: shape, pixels: pixels, labels: labels, classNames: classNames,
            note: notes.isEmpty ? nil : notes.joined(separator: " "), sha256: digest.hexadecimal(),
            kept: filter.map { (0..<count).filter($0) }, grid: areLevels8 ? .levels8 : .levels16)
    }

    /// Each image's class, and the classes' names if the labels are names.
    static func labels(
        _ labels: NumPyArray, named name: String, source: String
    ) throws(DatasetError) -> (labels: [Int], names: [String]?) {
        let shape = labels.shape
        let columns = shape.count == 2 ? shape[1] : 1
        guard shape.count == 1 || shape.count == 2, columns >= 1 else {
            throw DatasetError(.invalidContent, """
                \(source): \(name) has the shape \(shape), where one number per image is needed. Store \(name).reshape(-1).
                """)
        }
        let numbers: [Double]
        switch labels.elements {
        case .uint8(let values): numbers = values.map(Double.init)
        case .int64(let values): numbers = values.map { Double($0) }
        case .float32(let values): numbers = values.map(Double.init)
        case .float64(let values): numbers = values
        case .text(let values):
            guard columns == 1 else {
                throw DatasetError(.invalidContent, "\(source): \(name) has \(columns) names for each image, where one is needed.")
            }
            // Numbers written as text are numbers.
            let written = values.compactMap { Int($0) }
            if written.count == values.count { return (written, nil) }
            let names = Set(values).sorted()
            let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
            return (values.map { places[$0] ?? 0 }, names)
        }
        if columns > 1 {
            var classes: [Int] = []
            for start in stride(from: 0, to: numbers.count, by: columns) {
                let row = numbers[start..<start + columns]
                guard let one = row.firstIndex(of: 1), row.count(where: { $0 == 0 }) == columns - 1 else {
                    throw DatasetError(.invalidContent, """
                        \(source): \(name) has \(columns) numbers for image \(start / columns), and they are not one 1 among \
                        zeros. Store the number of each image's class, \(name).argmax(1) for instance.
                        """)
                }
                classes.append(one - start)
            }
            return (classes, nil)
        }
        if let image = numbers.firstIndex(where: { Int(exactly: $0) == nil || abs($0) > 0x1p52 }) {
            throw DatasetError(.invalidContent, """
                \(source): image \(image) has the label \(numbers[image]), which is no class's number. Store whole numbers \
                from 0, with astype("int64").
                """)
        }
        return (numbers.map { Int($0) }, nil)
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

/// The names of an archive's arrays that hold the images and labels of a part.
struct ImageArchiveNames {
    let images: String
    let labels: String
    /// What to tell the user about it; nil for the usual names.
    let note: String?

    /// - Throws: `DatasetError` if no names go together, or only those of the other part exist.
    init(among found: Set<String>, in file: URL, split: Split) throws(DatasetError) {
        func pairs(_ part: String) -> [(String, String)] {
            [
                ("x_\(part)", "y_\(part)"), ("X_\(part)", "y_\(part)"), ("X_\(part)", "Y_\(part)"),
                ("\(part)_images", "\(part)_labels"), ("\(part)_x", "\(part)_y"), ("\(part)_data", "\(part)_labels"),
            ]
        }
        let usual = [
            ("x", "y"), ("X", "y"), ("X", "Y"), ("data", "labels"), ("data", "targets"), ("data", "target"), ("images", "targets"),
            ("arr_0", "arr_1"),
        ]
        let part = split == .test ? "test" : "train"
        func first(_ pairs: [(String, String)]) -> (String, String)? { pairs.first { found.contains($0.0) && found.contains($0.1) } }
        if let pair = first([("images", "labels")]) {
            (images, labels, note) = (pair.0, pair.1, nil)
        } else if let pair = first(pairs(part) + usual) {
            (images, labels) = pair
            note = "\(file.lastPathComponent): images are \(pair.0), labels \(pair.1)."
        } else if let pair = first(pairs(split == .test ? "train" : "test")) {
            throw DatasetError(.invalidContent, """
                \(file.path): it holds \(pair.0) and \(pair.1): give --split \(split == .test ? "train" : "test").
                """)
        } else {
            (images, labels, note) = ("images", "labels", nil)
        }
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
