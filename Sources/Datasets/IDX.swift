import Foundation
import SuretyRecords

/// The IDX format of MNIST, plain or gzip: two zero bytes, an element type, the number of axes, each
/// axis's extent as a big-endian 32-bit number, then the elements in row-major order.
///
/// Only unsigned bytes (type 8) are read, which is all that image classification sets use.
/// Described at the end of yann.lecun.com/exdb/mnist.
enum IDX {
    /// An IDX file's elements with its extents; there must be as many as `axes` names.
    static func read(_ file: URL, axes: [String]) throws(DatasetError) -> (shape: [Int], bytes: [UInt8]) {
        var stream = try FileStream(file)
        let magic = try stream.read(exactly: 4, for: "IDX magic number")
        guard magic[0] == 0, magic[1] == 0, magic[2] == 8, magic[3] == axes.count else {
            let found = magic.map { String($0, radix: 16) }.joined(separator: " ")
            throw DatasetError(.malformed, """
                \(file.path): starts with the bytes \(found), where an IDX file of \(axes.joined(separator: " × ")) \
                starts with 0 0 8 \(axes.count). It is altered or another kind of file: get it again.
                """)
        }
        let extents = try stream.read(exactly: 4 * axes.count, for: "IDX extents")
        let shape = (0..<axes.count).map { axis in
            extents[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        guard let count = elementCount(of: shape) else {
            throw DatasetError(.malformed, """
                \(file.path): the extents \(shape) are absurd. The file is altered: get it again.
                """)
        }
        let bytes = try stream.read(exactly: count, for: axes.joined(separator: " × "))
        try stream.expectEnd()
        return (shape, bytes)
    }
}

extension LabelledImages {
    /// Grey images and their labels from a pair of IDX files.
    init(name: String, split: Split, imagesAt images: URL, labelsAt labels: URL, classCount: Int?)
        throws(DatasetError) {
        let (shape, pixels) = try IDX.read(images, axes: ["images", "rows", "columns"])
        let (_, classes) = try IDX.read(labels, axes: ["labels"])
        try self.init(
            name: name, split: split, pixels: .uint8(pixels), count: shape[0], shape: [1, shape[1], shape[2]],
            labels: classes.map(Int.init), classCount: classCount, source: "\(images.path) with \(labels.path)")
    }
}
