import SuretyTensors

/// The images of an `.npz` archive: they are read a few at a time, converted, and kept if wanted, so that reading takes no
/// more memory than what is kept.
struct ImageStream: ~Copyable {
    /// The number of images.
    let count: Int
    /// Whether they are grey levels; intensities otherwise.
    let isLevels: Bool
    private let type: NumPyHeader.ElementType
    private let isBigEndian: Bool
    private let layout: ImageLayout
    private var entry: ZipEntry
    private let source: String

    /// Channels, height, width.
    var shape: [Int] { layout.shape }

    /// - Parameter name: The array's name.
    /// - Throws: `DatasetError` if there is no such array, or it does not hold images.
    init(in archive: ZipArchive, named name: String = "images") throws(DatasetError) {
        let source = archive.file.path
        var entry = try archive.array(name)
        let header = try NumPyHeader(from: &entry)
        let layout = try ImageLayout(header.shape, source: source)
        let isLevels: Bool
        switch header.type {
        case .bool, .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64: isLevels = true
        case .float16, .float32, .float64: isLevels = false
        case .text:
            throw DatasetError(.unsupported, "\(source): \(name) is text. Store images as uint8 or float32.")
        }
        try LabelledImages.checkExtents(count: header.shape[0], shape: layout.shape, source: source)
        (self.source, self.layout, self.isLevels) = (source, layout, isLevels)
        (count, type, isBigEndian) = (header.shape[0], header.type, header.isBigEndian)
        self.entry = entry
    }

    /// The pixels of the images that are kept, one after the other, each in C×H×W order.
    ///
    /// - Parameters:
    ///   - isKept: Whether the image with this index is kept; nil keeps all.
    ///   - visit: Is given the pixels of all images, kept or not, in their order.
    /// - Throws: `DatasetError` when a pixel lies outside [0, 1], the file is truncated or altered, or there is not enough
    ///   memory.
    consuming func pixels(
        keeping isKept: ((Int) -> Bool)? = nil, visit: (LabelledImages.Pixels) -> Void = { _ in }
    ) throws(DatasetError) -> LabelledImages.Pixels {
        let size = shape.reduce(1, *)
        let kept = isKept.map { isKept in (0..<count).count(where: isKept) } ?? count
        try MemoryShare.require(size, of: type.size, for: "pixels of an image", in: source)
        try MemoryShare.require(kept * size, of: isLevels ? 1 : 4, for: "pixels", in: source)
        var levels: [UInt8] = []
        var values: [Float] = []
        let step = max(1, (4 << 20) / (size * type.size))
        for first in stride(from: 0, to: count, by: step) {
            let bytes = try entry.read(
                exactly: min(step, count - first) * size * type.size, for: "array elements",
                after: first * size * type.size, of: count * size * type.size)
            // Not earlier: bytes that are only promised must not take memory.
            if first == 0, isLevels { levels.reserveCapacity(kept * size) }
            if first == 0, !isLevels { values.reserveCapacity(kept * size) }
            if isLevels {
                let block = layout.channelsFirst(try greyLevels(bytes, after: first * size))
                visit(.uint8(block))
                Self.append(block, size, from: first, keeping: isKept, to: &levels)
            } else {
                let block = layout.channelsFirst(intensities(bytes))
                try LabelledImages.checkPixels(block, size: size, first: first, source: source)
                visit(.float32(block))
                Self.append(block, size, from: first, keeping: isKept, to: &values)
            }
        }
        try entry.expectEnd()
        return isLevels ? .uint8(levels) : .float32(values)
    }

    private func intensities(_ bytes: [UInt8]) -> [Float] {
        typealias Elements = NumPyArray.Elements
        return switch type {
        case .float16: Elements.decode(bytes, UInt16.self, isBigEndian: isBigEndian) { Float(half: $0) }
        case .float32: Elements.decode(bytes, UInt32.self, isBigEndian: isBigEndian, Float.init(bitPattern:))
        default: Elements.decode(bytes, UInt64.self, isBigEndian: isBigEndian) { Float(Double(bitPattern: $0)) }
        }
    }

    /// Grey levels, from any integer type.
    ///
    /// - Parameter start: How many elements come before these.
    private func greyLevels(_ bytes: [UInt8], after start: Int) throws(DatasetError) -> [UInt8] {
        func converted<Integer: FixedWidthInteger>(_: Integer.Type) throws(DatasetError) -> [UInt8] {
            try NumPyArray.Elements.decode(bytes, Integer.self, isBigEndian: isBigEndian) { $0 }.greyLevels(
                of: { "image \((start + $0) / max(1, shape.reduce(1, *)))" }, in: source,
                remedy: #"(images / 65535).astype("float32")"#)
        }
        switch type {
        case .bool: return bytes.map { UInt8(levelOf: $0 != 0) }
        case .int8: return try converted(Int8.self)
        case .uint16: return try converted(UInt16.self)
        case .int16: return try converted(Int16.self)
        case .uint32: return try converted(UInt32.self)
        case .int32: return try converted(Int32.self)
        case .uint64: return try converted(UInt64.self)
        case .int64: return try converted(Int64.self)
        case .uint8, .float16, .float32, .float64, .text: return bytes
        }
    }

    private static func append<Element>(
        _ block: [Element], _ size: Int, from first: Int, keeping isKept: ((Int) -> Bool)?, to kept: inout [Element]
    ) {
        guard let isKept else {
            kept += block
            return
        }
        for image in 0..<block.count / size where isKept(first + image) { kept += block[image * size..<(image + 1) * size] }
    }
}

/// Where the channels are in an array of images.
struct ImageLayout {
    /// Channels, height, width.
    let shape: [Int]
    private let isChannelsLast: Bool

    init(_ array: [Int], source: String) throws(DatasetError) {
        switch array.count {
        case 3:
            shape = [1, array[1], array[2]]
            isChannelsLast = false
        case 4:
            if [2, 4].contains(array[3]), ![1, 3].contains(array[1]), array[1] >= 8, array[2] >= 8 {
                throw DatasetError(.invalidContent, """
                    \(source): images have the shape \(array), with \(array[3]) channels in the last axis. Store grey images or \
                    colours alone: images[..., :\(array[3] == 4 ? 3 : 1)].
                    """)
            }
            isChannelsLast = [1, 3].contains(array[3]) && ![1, 3].contains(array[1])
            shape = isChannelsLast ? [array[3], array[1], array[2]] : Array(array[1...])
        case 2:
            let square = [1, 3].compactMap { channels -> String? in
                let side = Int((Double(array[1]) / Double(channels)).squareRoot())
                return side > 1 && channels * side * side == array[1] ? "images.reshape(-1, \(channels), \(side), \(side))" : nil
            }
            throw DatasetError(.invalidContent, """
                \(source): images have the shape \(array): they are flattened. Store \
                \(square.first ?? "images.reshape(-1, channels, height, width)").
                """)
        default:
            throw DatasetError(.invalidContent, """
                \(source): images have the shape \(array); it must be N×H×W, N×C×H×W or N×H×W×C.
                """)
        }
    }

    /// The elements of whole images with the channels before the rows.
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
