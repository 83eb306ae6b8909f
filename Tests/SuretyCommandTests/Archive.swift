import Foundation
import Surety

/// Writes zip archives without compression, such as `numpy.savez` does (PKWARE APPNOTE 6.3.10, §4.3).
enum Archive {
    static func write(_ entries: [(name: String, bytes: [UInt8])], to path: String) throws {
        try write(entries.map { ($0.name, 0, checksum($0.bytes), $0.bytes.count, $0.bytes) }, to: path)
    }

    /// - Parameter entries: With their method (0 stored, 8 deflated), and the checksum and size of what is unpacked.
    private static func write(
        _ entries: [(name: String, method: UInt16, checksum: UInt32, size: Int, bytes: [UInt8])], to path: String
    ) throws {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for (name, method, checksum, size, bytes) in entries {
            let sizes = number(checksum) + number(UInt32(bytes.count)) + number(UInt32(size))
            // Version 2.0, no flags, 1 January 1980.
            let common = number(UInt16(20)) + [0, 0] + number(method) + [0, 0] + number(UInt16(0x21)) + sizes
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

    /// Images of zeros, N×H×W grey levels, with the class 0 each, packed 158 to 1: what a small file can claim.
    static func writeZeros(count: Int, height: Int, width: Int, to path: String) throws {
        // As NumPy writes it: the elements begin at a multiple of 64.
        let dictionary = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(count), \(height), \(width)), }"
        let text = dictionary + String(repeating: " ", count: 117 - dictionary.utf8.count) + "\n"
        let images = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(text.utf8)
        let size = count * height * width
        let labels = NumPyArray(shape: [count], .uint8([UInt8](repeating: 0, count: count))).encoded()
        try write([
            ("labels.npy", 0, checksum(labels), labels.count, labels),
            ("images.npy", 8, checksum(images, zeros: size), images.count + size, deflated(images, zeros: size)),
        ], to: path)
    }

    /// A deflate stream (RFC 1951): a stored block of `bytes`, and a block in the fixed code of one zero repeated.
    private static func deflated(_ bytes: [UInt8], zeros: Int) -> [UInt8] {
        var stream = [0] + number(UInt16(bytes.count)) + number(~UInt16(bytes.count)) + bytes
        var (buffer, filled) = (UInt64(0), UInt64(0))
        func put(_ bits: UInt64, _ count: UInt64) {
            buffer |= bits << filled
            filled += count
            while filled >= 8 {
                stream.append(UInt8(truncatingIfNeeded: buffer))
                buffer >>= 8
                filled -= 8
            }
        }
        // Codes come with their highest bit first: the literal 0, and a copy of 258 bytes from one before.
        func zero() { put(0b0000_1100, 8) }
        put(0b011, 3)
        zero()
        for _ in 0..<(zeros - 1) / 258 { put(0b1010_0011, 13) }
        for _ in 0..<(zeros - 1) % 258 { zero() }
        put(0, 7)
        put(0, 7)  // fills the last byte
        return stream
    }

    private static func number(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// CRC-32 of the bytes followed by this many zeros.
    private static func checksum(_ bytes: [UInt8], zeros: Int = 0) -> UInt32 {
        // Polynomials over GF(2), the highest bit being the coefficient of 1: once and n times x⁸.
        func shifted(_ value: UInt32) -> UInt32 { value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
        func product(_ a: UInt32, _ b: UInt32) -> UInt32 {
            var (sum, power) = (UInt32(0), a)
            for bit in (0..<32).reversed() {
                if b >> UInt32(bit) & 1 == 1 { sum ^= power }
                power = shifted(power)
            }
            return sum
        }
        var remainder = UInt32.max
        for byte in bytes {
            remainder ^= UInt32(byte)
            for _ in 0..<8 { remainder = shifted(remainder) }
        }
        var (count, power) = (zeros, UInt32(1) << 23)
        while count > 0 {
            if count & 1 == 1 { remainder = product(remainder, power) }
            power = product(power, power)
            count >>= 1
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
