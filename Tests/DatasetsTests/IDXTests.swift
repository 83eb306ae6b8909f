import Foundation
import SuretyDatasets
import Testing
import TestSupport

@Suite struct IDXTests {
    /// Digests from hashlib over the same files, read with gzip and numpy; counts as published.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func readsMNIST() throws {
        let root = DatasetRoot(try #require(SharedData.url("data")).path)
        let test = try DatasetSource.mnist.load(.test, under: root)
        #expect(test.count == 10_000)
        #expect(test.shape == [1, 28, 28])
        #expect(test.labels.prefix(5) == [7, 2, 1, 0, 4])
        #expect(histogram(test) == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
        #expect(test.image(at: 0)[7 * 28 + 6] == 84 / 255 as Float)
        #expect(test.sha256 == "1abfc96f8c0177f4919adfc6de1a57f0b1213bde0256992c0705536dc9665017")
        #expect(test.imageSHA256(at: 0) == "2267cc4b0f9f9408da39a249a39504c4ddc0eb2531008393b012f439dafce793")

        let train = try DatasetSource.mnist.load(.train, under: root)
        #expect(train.count == 60_000)
        #expect(histogram(train) == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
        #expect(train.sha256 == "fd5267b46bf1547ebfb081f893f2c4b660b9edfc5d6fc3ad79cf916a6a7c95e3")
    }

    @Test func readsPlainAndPackedAlike() throws {
        let folder = try TemporaryFolder()
        let plain = try read(images: Self.images, labels: Self.labels, in: folder)
        let packed = try read(images: gzip(Self.images), labels: gzip(Self.labels), in: folder)
        #expect(plain.sha256 == packed.sha256)
        #expect(plain.labels == [3, 0, 9])
        #expect(plain.image(at: 1) == [6, 7, 8, 9, 10, 11].map { $0 / 255 })
    }

    @Test(arguments: [
        ("is empty", []),
        ("is of another kind", Array("not an IDX file at all".utf8)),
        ("has labels where images are due", IDXTests.labels),
        ("holds singles", [0, 0, 13, 3] + IDXTests.images[4...]),
        ("ends early", Array(IDXTests.images.dropLast())),
        ("goes on", IDXTests.images + [0]),
        ("promises 2⁹⁶ pixels", [0, 0, 8, 3] + [UInt8](repeating: 255, count: 12)),
        ("promises 4 GB", [0, 0, 8, 3, 0, 63, 255, 255, 0, 0, 0, 28, 0, 0, 0, 28] + [1, 2, 3]),
        ("has no images", [0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28]),
        ("has more images than labels", [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 1] + [1, 2, 3, 4, 5, 6, 7, 8]),
    ] as [(String, [UInt8])])
    func refusesImages(which flaw: String, images: [UInt8]) throws {
        let folder = try TemporaryFolder()
        for bytes in [images, gzip(images)] {
            let error = #expect(throws: DatasetError.self) { try read(images: bytes, labels: Self.labels, in: folder) }
            #expect(error?.description.contains("t10k-images") == true)
        }
    }

    @Test func refusesLabelsOutsideTheClasses() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: DatasetError.self) {
            try read(images: Self.images, labels: [0, 0, 8, 1, 0, 0, 0, 3, 3, 10, 9], in: folder)
        }
        #expect(error?.reason == .invalidContent)
        #expect(error?.description.contains("image 1 has label 10") == true)
    }

    /// A few kilobytes that unpack to 64 MB of zeros behind a header that promises six bytes, or four gigabytes.
    @Test func bombsStaySmall() throws {
        let folder = try TemporaryFolder()
        let zeros = [UInt8](repeating: 0, count: 64 << 20)
        let before = peakMemory()
        for count in [1, 0x3F_FFFF] as [UInt32] {
            let extents = [count, 28, 28].flatMap { withUnsafeBytes(of: $0.bigEndian) { Array($0) } }
            let bomb = gzip([0, 0, 8, 3] + extents + zeros)
            #expect(bomb.count < 200_000)
            #expect(throws: DatasetError.self) { try read(images: bomb, labels: Self.labels, in: folder) }
        }
        #expect(peakMemory() - before < 1 << 30)
    }

    @Test(arguments: [false, true])
    func damageIsHarmless(packed: Bool) throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.labels, to: "mnist/t10k-labels-idx1-ubyte")
        let sound = packed ? gzip(Self.images) : Self.images
        let outcome = try Mutations(of: sound, at: "mnist/t10k-images-idx3-ubyte", in: folder) {
            let set = try DatasetSource.mnist.load(.test, under: DatasetRoot(folder.root.path))
            #expect(set.count == 3)
        }
        #expect(outcome.silentTruncations == 0)
        #expect(outcome.refused > 500)
        #expect(outcome.slowest < .seconds(5))
    }

    /// Three images of 3 rows and 2 columns.
    private static let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 2] + (0..<18)
    private static let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 3, 3, 0, 9]

    private func read(images: [UInt8], labels: [UInt8], in folder: TemporaryFolder) throws -> LabelledImages {
        try folder.write(images, to: "mnist/t10k-images-idx3-ubyte")
        try folder.write(labels, to: "mnist/t10k-labels-idx1-ubyte")
        return try DatasetSource.mnist.load(.test, under: DatasetRoot(folder.root.path))
    }
}

func histogram(_ set: LabelledImages) -> [Int] {
    (0..<10).map { digit in set.labels.filter { $0 == digit }.count }
}
