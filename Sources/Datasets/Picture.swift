import CSuretyImages
import Foundation

/// A picture from a file, in 8-bit levels: grey, or red, green and blue.
struct Picture {
    let width, height: Int
    /// 1 or 3.
    let channels: Int
    /// Row by row, pixel by pixel.
    let levels: [UInt8]

    /// Decodes a PNG, JPEG or WebP file with libpng, libjpeg or libwebp, and prepares it.
    ///
    /// - Throws: `DatasetError` that names the file, for one that is damaged or of another kind, or smaller than the part to
    ///   cut out.
    init(_ file: URL, _ preparation: PicturePreparation) throws(DatasetError) {
        let contents: Data
        do { contents = try Data(contentsOf: file) } catch {
            throw DatasetError(.missing, "\(file.path): cannot read it: \(error.systemReason)")
        }
        var picture = surety_picture(), reason = [CChar](repeating: 0, count: 256)
        let status = contents.withUnsafeBytes { bytes in
            surety_picture_decode(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &picture, &reason, reason.count)
        }
        guard status == 0 else {
            let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw DatasetError(.malformed, "\(file.path): it cannot be decoded: \(text). Remove it from the folder, or save it anew.")
        }
        defer { surety_picture_free(&picture) }
        channels = Int(picture.channels)
        let size = preparation.resized(width: Int(picture.width), height: Int(picture.height))
        guard size.width >= 1, size.height >= 1, size.width * size.height <= 1 << 28 else {
            throw DatasetError(.unsupported, "\(file.path): resized it would be \(size.height)×\(size.width). Give another --resize.")
        }
        var levels = [UInt8](repeating: 0, count: size.width * size.height * channels)
        let filter = preparation.filter == .bicubic ? SURETY_FILTER_BICUBIC : SURETY_FILTER_BILINEAR
        guard surety_picture_resize(&picture, Int32(size.width), Int32(size.height), filter, &levels) == 0 else {
            throw DatasetError(.unsupported, "\(file.path): there is no memory to resize it.")
        }
        guard let crop = preparation.crop else {
            (width, height, self.levels) = (size.width, size.height, levels)
            return
        }
        guard crop <= size.width, crop <= size.height else {
            throw DatasetError(.unsupported, """
                \(file.path): it is \(size.height)×\(size.width), too small to cut \(crop)×\(crop) out of it. Give a larger --resize.
                """)
        }
        let (left, top) = (preparation.cropOffset(in: size.width), preparation.cropOffset(in: size.height))
        var square: [UInt8] = []
        square.reserveCapacity(crop * crop * channels)
        for row in top..<top + crop {
            let start = (row * size.width + left) * channels
            square += levels[start..<start + crop * channels]
        }
        (width, height, self.levels) = (crop, crop, square)
    }

    /// The levels channel after channel, a grey picture as three equal channels if three are wanted.
    func planes(_ wanted: Int) -> [UInt8] {
        let area = width * height
        return [UInt8](unsafeUninitializedCapacity: area * wanted) { planes, count in
            for channel in 0..<wanted {
                let source = channels == 1 ? 0 : channel
                for pixel in 0..<area { planes[channel * area + pixel] = levels[pixel * channels + source] }
            }
            count = area * wanted
        }
    }

    /// Whether a file's name is that of a picture.
    static func isNamed(_ file: URL) -> Bool { ["png", "jpg", "jpeg", "webp"].contains(file.pathExtension.lowercased()) }
}
