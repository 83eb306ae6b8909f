import Foundation
import SuretyDatasets
import Testing
import TestSupport

@Suite struct CIFARTests {
    /// Digests from hashlib over the same file, read with numpy; the labels are also the published ones.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func readsCIFAR10() throws {
        let root = DatasetRoot(try #require(SharedData.url("data")).deletingLastPathComponent().path)
        let test = try DatasetSource.cifar10.load(.test, under: root)
        #expect(test.count == 10_000)
        #expect(test.shape == [3, 32, 32])
        #expect(test.labels.prefix(10) == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1])
        #expect(histogram(test) == Array(repeating: 1000, count: 10))
        let (first, last) = (test.image(at: 0), test.image(at: 9_999))
        #expect([first[0], first[1024], first[2048]] == [167, 107, 47].map { $0 / 255 })
        #expect([last[1023], last[2047], last[3071]] == [28, 25, 16].map { $0 / 255 })
        #expect(test.sha256 == "3be2b6bd0abdbe5eae4cea0b5d537d273a242b86192a28a552df5a5a3e90a645")
        #expect(test.imageSHA256(at: 0) == "8a29135dfc1672ee96d99a79e04a96830c281bec65dbe03f9b4b3fd1dfc321b8")
        #expect(test.note == nil)
    }

    @Test func saysWhichTrainingBatchesItFound() throws {
        let folder = try TemporaryFolder()
        try write(Self.records, to: "data_batch_2.bin", in: folder)
        try write(Self.records, to: "data_batch_5.bin", in: folder)
        let train = try DatasetSource.cifar10.load(.train, under: DatasetRoot(folder.root.path))
        #expect(train.count == 4)
        #expect(train.note == "2 of the 5 training batches were found (data_batch_2.bin, data_batch_5.bin).")
    }

    @Test(arguments: [
        ("is empty", [], "no images"),
        ("ends in a record", Array(CIFARTests.records.dropLast()), "middle of record 1"),
        ("has an eleventh class", [10] + CIFARTests.records[1...], "image 0 has label 10"),
    ] as [(String, [UInt8], String)])
    func refusesAFile(which flaw: String, bytes: [UInt8], words: String) throws {
        let folder = try TemporaryFolder()
        try write(bytes, to: "test_batch.bin", in: folder)
        let error = #expect(throws: DatasetError.self) {
            try DatasetSource.cifar10.load(.test, under: DatasetRoot(folder.root.path))
        }
        #expect(error?.description.contains(words) == true)
        #expect(error?.description.contains("test_batch.bin") == true)
    }

    @Test func damageIsHarmless() throws {
        let folder = try TemporaryFolder()
        let outcome = try Mutations(of: Self.records, at: "cifar-10-batches-bin/test_batch.bin", in: folder) {
            let set = try DatasetSource.cifar10.load(.test, under: DatasetRoot(folder.root.path))
            #expect(set.labels.allSatisfy { (0..<10).contains($0) })
        }
        // Records have no redundancy: a cut between two of them leaves a sound, shorter file.
        #expect(outcome.silentTruncations <= 1)
        #expect(outcome.slowest < .seconds(5))
    }

    /// Two records, of the classes 4 and 9.
    private static let records: [UInt8] = [4, 9].flatMap { label in
        [label] + (0..<3072).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    }

    private func write(_ bytes: [UInt8], to name: String, in folder: TemporaryFolder) throws {
        try folder.write(bytes, to: "cifar10/cifar-10-batches-bin/\(name)")
    }
}
