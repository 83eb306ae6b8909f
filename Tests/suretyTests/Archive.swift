import Datasets
import Foundation

/// Writes zip archives without compression, such as `numpy.savez` does (PKWARE APPNOTE 6.3.10, §4.3).
enum Archive {
    static func write(_ entries: [(name: String, bytes: [UInt8])], to path: String) throws {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for (name, bytes) in entries {
            let sizes = number(checksum(bytes)) + number(UInt32(bytes.count)) + number(UInt32(bytes.count))
            // Version 2.0, no flags, stored, 1 January 1980.
            let common = number(UInt16(20)) + [0, 0, 0, 0, 0, 0] + number(UInt16(0x21)) + sizes
                + number(UInt16(name.utf8.count)) + [0, 0]
            directory += [0x50, 0x4B, 1, 2] + number(UInt16(20)) + common + Array(repeating: 0, count: 10)
                + number(UInt32(archive.count)) + Array(name.utf8)
            archive += [0x50, 0x4B, 3, 4] + common + Array(name.utf8) + bytes
        }
        let count = number(UInt16(entries.count))
        let end = [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count
            + number(UInt32(directory.count)) + number(UInt32(archive.count)) + [0, 0]
        try Data(archive + directory + end).write(to: URL(fileURLWithPath: path))
    }

    private static func number(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// CRC-32, bit by bit.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var remainder = UInt32.max
        for byte in bytes {
            remainder ^= UInt32(byte)
            for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return ~remainder
    }
}

extension Archive {
    /// Images of this shape [C, H, W] with the classes 0, 1, … in turn, as an .npz file; without labels where none are wanted.
    static func writeImages(
        count: Int, shape: [Int], classCount: Int = 10, isLabelled: Bool = true, to path: String
    ) throws {
        let pixels = (0..<count * shape.reduce(1, *)).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 251) }
        let images = ("images.npy", NumPyArray(shape: [count] + shape, .uint8(pixels)).encoded())
        let labels = NumPyArray(shape: [count], .int64((0..<count).map { Int64($0 % classCount) })).encoded()
        try write(isLabelled ? [images, ("labels.npy", labels)] : [images], to: path)
    }
}
