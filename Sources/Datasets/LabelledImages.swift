import SuretyRecords
import SuretyTensors

/// Images with their true classes, all of one shape, in memory.
///
///     let digits = try DatasetSource.mnist.load(.test, under: DatasetRoot())
///     digits.image(at: 0)     // 784 values in [0, 1]
///     digits.label(at: 0)     // 7
///
/// Pixels are kept as they were stored. The digests say which data a certificate is about. They depend on the content alone,
/// not on the file's format or packing:
///
/// - the set's is SHA-256 of the line `surety images 1 TYPE COUNT C H W` (with its line feed), the labels as
///   little-endian 64-bit integers, and the pixels, image by image in C×H×W order: bytes where TYPE is
///   `uint8`, little-endian IEEE singles where it is `float32`;
/// - an image's is SHA-256 of the line `surety image 1 TYPE C H W` and its pixels.
///
/// If only some images of a set were kept when it was read (`keeping`), only these have pixels; all have labels, and the
/// digest is that of the whole set.
///
/// Invariant: at least one image; labels are not negative and below `classCount`; pixels lie in [0, 1].
public struct LabelledImages: Sendable {
    /// All pixels, image after image, each in C×H×W order.
    public enum Pixels: Sendable, Equatable {
        /// Grey levels; a level x stands for x / 255.
        case uint8([UInt8])
        /// Intensities in [0, 1].
        case float32([Float])
    }

    /// The set's name, `mnist` for instance, or its file's.
    public let name: String
    /// Which part of the data set this is.
    public let split: Split
    /// Channels, height, width.
    public let shape: [Int]
    /// The pixels of the images that were kept, usually of all, in order.
    public let pixels: Pixels
    /// The true class of each image, by index, including images that were not kept.
    public let labels: [Int]
    /// The number of classes, if the set defines it.
    public let classCount: Int?
    /// The classes' names, in the order of their numbers, if the labels were names.
    public let classNames: [String]?
    /// What was done to turn pictures into these images; nil if nothing was.
    public let preparation: String?
    /// What a reader should be told about the set, such as missing batches.
    public let note: String?
    /// SHA-256 of the content, as hexadecimal digits.
    public let sha256: String
    /// The grid on which smoothing puts these images and its noise: 1/255 if all images of the set are 8-bit, or the
    /// single-precision numbers nearest to k/255; otherwise 1/65535, which holds 16-bit images, and 8-bit ones too.
    public let grid: Grid
    /// Where the kept images' pixels are; nil if all are kept.
    private let places: [Int: Int]?

    /// The images that have pixels, in order.
    public var keptIndices: [Int] { places.map { $0.keys.sorted() } ?? Array(labels.indices) }

    /// The number of images, including those that were not kept.
    public var count: Int { labels.count }

    /// - Parameters:
    ///   - count: the number of images that `pixels` holds.
    ///   - shape: channels, height, width.
    ///   - source: what error messages name: the file, usually.
    /// - Throws: `DatasetError` when there are no images, pixels and labels don't match in number, a label lies
    ///   outside the classes, or a pixel outside [0, 1].
    public init(
        name: String, split: Split, pixels: Pixels, count: Int, shape: [Int], labels: [Int], classCount: Int? = nil,
        note: String? = nil, source: String
    ) throws(DatasetError) {
        try Self.check(pixels, count: count, shape: shape, labels: labels, source: source)
        self.name = name
        self.split = split
        self.shape = shape
        self.pixels = pixels
        self.labels = labels
        self.classCount = classCount
        self.note = note
        (classNames, preparation) = (nil, nil)
        var digest = Self.digest(of: labels, shape: shape, type: pixels.typeName)
        pixels.feed(0..<pixels.count, to: &digest)
        self.sha256 = digest.hexadecimal()
        grid = pixels.areLevels8 ? .levels8 : .levels16
        places = nil
        if let classCount { try requireLabels(below: classCount, source: source) }
    }

    /// A set that was already checked and digested while it was read.
    ///
    /// - Parameters:
    ///   - kept: The images that `pixels` holds; nil for all.
    ///   - grid: The grid of all images, including those that are not kept.
    init(
        name: String, split: Split, shape: [Int], pixels: Pixels, labels: [Int], classNames: [String]? = nil, note: String? = nil,
        sha256: String, kept: [Int]?, grid: Grid, preparation: String? = nil
    ) {
        self.preparation = preparation
        self.grid = grid
        (self.name, self.split, self.shape, self.pixels, self.labels) = (name, split, shape, pixels, labels)
        (classCount, self.classNames, self.note, self.sha256) = (nil, classNames, note, sha256)
        places = kept.map { Dictionary(uniqueKeysWithValues: $0.enumerated().map { ($1, $0) }) }
    }

    /// - Precondition: All images were kept: operations on whole sets need them.
    func requireAllKept() { precondition(places == nil, "\(name) was read for some of its images only") }

    /// The pixels of an image in [0, 1], in C×H×W order; grey levels are divided by 255 in single precision.
    public func image(at index: Int) -> [Float] {
        switch pixels {
        case .uint8(let levels): levels[range(at: index)].map { Float($0) / 255 }
        case .float32(let values): Array(values[range(at: index)])
        }
    }

    /// Writes the pixels of an image in [0, 1] to a row: grey levels are converted only now.
    public func write(_ index: Int, to row: Row) {
        let range = range(at: index)
        switch pixels {
        case .uint8(let levels): row.fill { Float(levels[range.lowerBound + $0]) / 255 }
        case .float32(let values): row.set(values[range])
        }
    }

    /// The true class of an image.
    public func label(at index: Int) -> Int { labels[index] }

    /// The images with these indices, as a tensor N×C×H×W with values in [0, 1].
    public func images(at indices: some Collection<Int>) -> Tensor {
        Tensor(shape: [indices.count] + shape, values: indices.flatMap(image(at:)))
    }

    /// SHA-256 of an image's content, as hexadecimal digits.
    public func imageSHA256(at index: Int) -> String {
        var digest = SHA256.Digest()
        digest.update(Array("surety image 1 \(pixels.typeName) \(shape.spaced)\n".utf8))
        pixels.feed(range(at: index), to: &digest)
        return digest.hexadecimal()
    }

    /// Demands that every label is one of `classCount` classes, those of a model for instance.
    ///
    /// - Throws: `DatasetError` that names the first image whose label is not.
    public func requireLabels(below classCount: Int) throws(DatasetError) {
        try requireLabels(below: classCount, source: name)
    }

    private func requireLabels(below classCount: Int, source: String) throws(DatasetError) {
        if let image = labels.firstIndex(where: { $0 >= classCount }) {
            throw DatasetError(.invalidContent, """
                \(source): image \(image) has label \(labels[image]), but there are \(classCount) classes, numbered \
                from 0. \(labels.contains(0) || labels.contains { $0 > classCount }
                    ? "Correct the labels, or use the data set that belongs to the model."
                    : "None is 0: they seem to count from 1. Store labels - 1.")
                """)
        }
    }

    private func range(at index: Int) -> Range<Int> {
        let size = shape.elementCount
        guard let places else { return index * size..<(index + 1) * size }
        guard let place = places[index] else { preconditionFailure("\(name) was read without image \(index)") }
        return place * size..<(place + 1) * size
    }
}

extension LabelledImages {
    private static func check(
        _ pixels: Pixels, count: Int, shape: [Int], labels: [Int], source: String
    ) throws(DatasetError) {
        guard shape.count == 3, shape.allSatisfy({ $0 > 0 }), count >= 0,
              let expected = elementCount(of: [count] + shape), expected == pixels.count else {
            throw DatasetError(.invalidContent, """
                \(source): \(pixels.count) pixel values do not make \(count) images of \(shape) \
                (channels, height, width). Check the shape of the images.
                """)
        }
        try check(labels: labels, count: count, source: source)
        try checkExtents(count: count, shape: shape, source: source)
        if case .float32(let values) = pixels {
            try checkPixels(values, size: expected / count, first: 0, source: source)
        }
    }

    static func check(labels: [Int], count: Int, source: String) throws(DatasetError) {
        guard labels.count == count else {
            throw DatasetError(.invalidContent, """
                \(source): there are \(count) images but \(labels.count) labels. Each image needs one label.
                """)
        }
        if let image = labels.firstIndex(where: { $0 < 0 }) {
            throw DatasetError(.invalidContent, """
                \(source): image \(image) has label \(labels[image]). Labels count the classes from 0.
                """)
        }
    }

    static func checkExtents(count: Int, shape: [Int], source: String) throws(DatasetError) {
        guard count > 0 else {
            throw DatasetError(.invalidContent, "\(source): there are no images in it. Use a set that has some.")
        }
        guard shape.allSatisfy({ $0 > 0 }) else {
            throw DatasetError(.invalidContent, """
                \(source): images of \(shape) (channels, height, width) have no pixels. Check the shape of the images.
                """)
        }
    }

    /// - Parameters:
    ///   - values: Those of whole images of `size` pixels.
    ///   - first: The index of the first of them.
    static func checkPixels(_ values: [Float], size: Int, first: Int, source: String) throws(DatasetError) {
        guard let place = values.firstIndex(where: { !($0 >= 0 && $0 <= 1) }) else { return }
        let pixel = values[place]
        let remedy =
            switch pixel {
            case _ where pixel.isNaN: "Find out where it comes from: it is not a number"
            case 1...1.001, -0.001...0: "Store numpy.clip(images, 0, 1): rounding moved it out of range"
            case 1...255: "Store images divided by 255 if these are grey levels, and as they were before any normalisation"
            case -1...0: "Store (images + 1) / 2 if they lie in [-1, 1]; otherwise the images before any normalisation"
            default: "Store images as they were before any normalisation"
            }
        throw DatasetError(.invalidContent, """
            \(source): image \(first + place / size) has a pixel of \(pixel), outside [0, 1]. \(remedy).
            """)
    }

    /// The set's digest, to which the pixels must still be added.
    static func digest(of labels: [Int], shape: [Int], type: String) -> SHA256.Digest {
        var digest = SHA256.Digest()
        digest.update(Array("surety images 1 \(type) \(labels.count) \(shape.spaced)\n".utf8))
        labels.map { Int64($0).littleEndian }.withUnsafeBytes { digest.update($0) }
        return digest
    }
}

extension LabelledImages.Pixels {
    var count: Int {
        switch self {
        case .uint8(let levels): levels.count
        case .float32(let values): values.count
        }
    }

    /// Whether every pixel is k/255, or the single-precision number nearest to it.
    var areLevels8: Bool {
        switch self {
        case .uint8: true
        case .float32(let values): Grid.levels8.contains(values)
        }
    }

    fileprivate var typeName: String {
        switch self {
        case .uint8: "uint8"
        case .float32: "float32"
        }
    }

    func feed(_ range: Range<Int>, to digest: inout SHA256.Digest) {
        switch self {
        case .uint8(let levels):
            levels.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[range])) }
        case .float32(let values):
            // In pieces, because the bytes are a copy.
            for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 16) {
                let piece = values[start..<min(range.upperBound, start + 1 << 16)]
                piece.map { $0.bitPattern.littleEndian }.withUnsafeBytes { digest.update($0) }
            }
        }
    }
}

extension [Int] {
    fileprivate var spaced: String { map(String.init).joined(separator: " ") }
}
