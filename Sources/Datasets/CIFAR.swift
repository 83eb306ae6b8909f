import Foundation
import SuretyRecords

/// The binary format of CIFAR-10: records of a label byte and 1024 red, 1024 green and 1024 blue
/// bytes, row by row. Described at cs.toronto.edu/~kriz/cifar.html.
enum CIFAR {
    static let shape = [3, 32, 32]
    static let pixelCount = 3072

    /// The labels and pixels of one file of records.
    ///
    /// - Parameter labelBytes: 1; or 2 for CIFAR-100, where the second is the class.
    static func read(_ file: URL, labelBytes: Int = 1) throws(DatasetError) -> (labels: [UInt8], pixels: [UInt8]) {
        let recordSize = labelBytes + pixelCount
        var stream = try FileStream(file)
        var labels: [UInt8] = []
        var pixels: [UInt8] = []
        while true {
            let records = try stream.read(upTo: 1000 * recordSize)
            if records.isEmpty { break }
            guard records.count.isMultiple(of: recordSize) else {
                throw DatasetError(.malformed, """
                    \(file.path): ends in the middle of record \(labels.count + records.count / recordSize); a \
                    record of CIFAR has \(recordSize) bytes. The file is truncated or altered: get it again.
                    """)
            }
            guard labels.count < 1_000_000 else {
                throw DatasetError(.unsupported, "\(file.path): holds more than a million records. Split the file.")
            }
            try MemoryShare.require(pixels.count + records.count, of: 1, for: "pixels", in: file.path)
            for start in stride(from: 0, to: records.count, by: recordSize) {
                labels.append(records[start + labelBytes - 1])
                pixels += records[start + labelBytes..<start + recordSize]
            }
        }
        return (labels, pixels)
    }
}

extension LabelledImages {
    /// The records of CIFAR's batch files, one after the other; binary files end in `.bin`; others are Python's.
    init(
        name: String, split: Split, batches: [URL], classCount: Int = 10, note: String? = nil
    ) throws(DatasetError) {
        var labels: [Int] = []
        var pixels: [UInt8] = []
        for batch in batches {
            let records = try batch.pathExtension == "bin"
                ? CIFAR.read(batch, labelBytes: classCount == 100 ? 2 : 1) : CIFAR.readPickle(batch)
            labels += records.labels.map(Int.init)
            pixels += records.pixels
        }
        try self.init(
            name: name, split: split, pixels: .uint8(pixels), count: labels.count, shape: CIFAR.shape,
            labels: labels, classCount: classCount, note: note, source: batches.map(\.path).joined(separator: ", "))
    }
}
