import Foundation
import SuretyRecords

/// Labelled images in a MATLAB file, as SVHN comes and as `save("set.mat", "X", "y", "-v7")` writes it: `X` height × width ×
/// channels × images (or without channels), `y` a number for each image; or as SciPy's `savemat` writes what an `.npz` would
/// hold. Otherwise, names and numbers are as in archives.
extension LabelledImages {
    /// - Parameter split: recorded with the set; a file holds one part only.
    /// - Throws: `DatasetError` when it is missing, truncated or altered, or holds no such arrays.
    init(matlab file: URL, split: Split = .test) throws(DatasetError) {
        let content = try MATFile(contentsOf: file)
        let names = try ImageArchiveNames(among: Set(content.arrays.keys), in: file, split: split)
        func array(_ name: String) throws(DatasetError) -> NumPyArray {
            if let array = content.arrays[name] { return array }
            let found = (content.arrays.keys.sorted() + content.others.sorted { $0.key < $1.key }.map { "\($0.key), \($0.value)" })
                .filter { !$0.isEmpty }
            throw DatasetError(.invalidContent, """
                \(file.path): there is no array of numbers named \(name) (found: \(found.isEmpty ? "nothing" : found.joined(separator: "; "))). \
                Write it with X = uint8(images); y = double(labels); save(file, "X", "y", "-v7").
                """)
        }
        var (labels, _) = try Self.labels(MATImages.rows(of: array(names.labels)), named: names.labels, source: file.path)
        let images = try MATImages(array(names.images), named: names.images, count: labels.count, source: file.path)
        var notes = [names.note].compactMap(\.self)
        if images.shape == [3, 32, 32], labels.min() == 1, labels.max() == 10 {
            labels = labels.map { $0 % 10 }
            notes.append("Labels count from 1, and 10 is taken for the digit 0, as in SVHN. If 10 is the tenth class, save y - 1.")
        }
        try self.init(
            name: file.lastPathComponent, split: split, pixels: images.pixels, count: labels.count, shape: images.shape, labels: labels,
            note: notes.isEmpty ? nil : notes.joined(separator: " "), source: file.path)
    }
}

/// The images of an array whose first axis, or last, counts them.
private struct MATImages {
    let shape: [Int]
    let pixels: LabelledImages.Pixels

    /// - Parameters:
    ///   - array: As `MATFile` gives it, with MATLAB's axes in reverse: images, channels, width, height.
    ///   - count: The number of images.
    init(_ array: NumPyArray, named name: String, count: Int, source: String) throws(DatasetError) {
        // MATLAB drops a last axis of length one.
        let axes = count == 1 && array.shape.first != 1 ? [1] + array.shape : array.shape
        let order: [Int]
        if axes.first == count, 3...4 ~= axes.count {
            order = Array(0..<axes.count - 2) + [axes.count - 1, axes.count - 2]
        } else if axes.last == count, 3...4 ~= axes.count {
            order = (0..<axes.count).reversed()
        } else {
            throw DatasetError(.invalidContent, """
                \(source): \(name) has the extents \(axes.reversed().map(String.init).joined(separator: " × ")), and there are \
                \(count) labels. Save \(name) as height × width × channels × images.
                """)
        }
        let layout = try ImageLayout(order.map { axes[$0] }, source: source)
        shape = layout.shape
        switch NumPyArray(shape: axes, array.elements).transposed(to: order).elements {
        case .uint8(let levels): pixels = .uint8(layout.channelsFirst(levels))
        case .int64(let values):
            let levels = try values.greyLevels(of: { _ in name }, in: source, remedy: "single(\(name)) / 65535")
            pixels = .uint8(layout.channelsFirst(levels))
        case .float32(let values): pixels = .float32(layout.channelsFirst(values))
        case .float64(let values): pixels = .float32(layout.channelsFirst(values.map { Float($0) }))
        case .text: throw DatasetError(.unsupported, "\(source): \(name) is text. Save images as uint8.")
        }
    }

    /// An array with MATLAB's rows; a single row or column of numbers becomes one axis.
    static func rows(of array: NumPyArray) -> NumPyArray {
        let axes = array.shape.filter { $0 != 1 }
        guard axes.count > 1 else { return NumPyArray(shape: [array.elements.count], array.elements) }
        return array.transposed(to: (0..<array.shape.count).reversed())
    }
}
