import Foundation
import SuretyDatasets
import Testing
import TestSupport

@Suite struct ImageArchiveTests {
    /// The digests are hashlib's over the arrays in the documented order.
    @Test func readsChannelsLast() throws {
        let set = try read(NumPyFixtures.colours)
        #expect(set.shape == [3, 2, 2])
        #expect(set.labels == [0, 2, 1])
        #expect(set.image(at: 1) == [84, 105, 126, 147, 91, 112, 133, 154, 98, 119, 140, 161].map { $0 / 255 })
        #expect(set.sha256 == "c948575e0604f557c5d7f3bced5d6b3bd2d91544bc3ebe118c0e1aac065dc475")
        #expect(set.imageSHA256(at: 1) == "2c4570200cd066b83374bf39dfec4acc75318f5b4269db2b9caaeedb9a70e1c0")
        #expect(set.classCount == nil)
        #expect(set.name == "set.npz")
    }

    @Test func readsGreySingles() throws {
        let set = try read(NumPyFixtures.greys)
        #expect(set.shape == [1, 3, 4])
        #expect(set.image(at: 1) == (12..<24).map { Float(Double($0) / 23) })
        #expect(set.sha256 == "c4f7e26cfad3b295af784e41cad17e2c8fa10e23a96c604b408b032c8a91397f")
        #expect(set.imageSHA256(at: 1) == "c51d9de44c690a19c3739554d399cd96e527292867ff888e4dba4e280b41511f")
    }

    @Test func roundsDoubles() throws {
        let set = try read(NumPyFixtures.doubles)
        #expect(set.shape == [1, 2, 2])
        #expect(set.labels == [1, 0])
        #expect(set.image(at: 0) + set.image(at: 1) == (0..<8).map { Float(Double($0) / 7) })
    }

    @Test func readsWhatItWrites() throws {
        let folder = try TemporaryFolder()
        for bytes in [NumPyFixtures.colours, NumPyFixtures.greys] {
            let set = try read(bytes)
            try set.write(archive: folder.url("copy.npz"))
            let copy = try LabelledImages(archive: folder.url("copy.npz"))
            #expect(copy.sha256 == set.sha256)
            #expect(copy.labels == set.labels)
            #expect(copy.pixels == set.pixels)
        }
    }

    /// If a set is partly kept, everything is the same as in the whole, except the pixels that were not asked for.
    @Test(arguments: [NumPyFixtures.colours, NumPyFixtures.greys, NumPyFixtures.doubles])
    func keepsWhatIsWanted(bytes: [UInt8]) throws {
        let whole = try read(bytes)
        let folder = try TemporaryFolder()
        let part = try LabelledImages(archive: folder.write(bytes, to: "set.npz")) { image, count in image == count - 1 }
        #expect(part.sha256 == whole.sha256 && part.labels == whole.labels && part.count == whole.count)
        #expect(part.image(at: whole.count - 1) == whole.image(at: whole.count - 1))
        #expect(part.imageSHA256(at: whole.count - 1) == whole.imageSHA256(at: whole.count - 1))
        #expect(part.images(at: [whole.count - 1]).values == whole.image(at: whole.count - 1))
        let size = whole.shape.reduce(1, *)
        switch part.pixels {
        case .uint8(let levels): #expect(levels.count == size)
        case .float32(let values): #expect(values.count == size)
        }
    }

    /// More than is read at a time, with the channels moved and a pixel in the last piece out of range.
    @Test func readsInPieces() throws {
        let folder = try TemporaryFolder()
        let count = 3000
        let levels = (0..<count * 768).map { UInt8(truncatingIfNeeded: $0 * 31 + $0 >> 10) }
        let labels = NumPyArray(shape: [count], .int64((0..<count).map { Int64($0 % 7) })).encoded()
        func archive(_ images: NumPyArray) throws -> URL {
            try ZipArchive.write([("images.npy", images.encoded()), ("labels.npy", labels)], to: folder.url("set.npz"))
            return folder.url("set.npz")
        }
        let colours = try LabelledImages(archive: archive(NumPyArray(shape: [count, 16, 16, 3], .uint8(levels))))
        for image in [0, 1234, count - 1] {
            let pixels = (0..<3).flatMap { channel in (0..<256).map { Float(levels[image * 768 + $0 * 3 + channel]) / 255 } }
            #expect(colours.image(at: image) == pixels)
        }
        var values = levels.map { Double($0) / 255 }
        let greys = try LabelledImages(archive: archive(NumPyArray(shape: [count, 16, 48], .float64(values))))
        #expect(greys.image(at: count - 1) == values.suffix(768).map { Float($0) })
        let copy = try LabelledImages(
            name: "copy", split: .test, pixels: .float32(values.map { Float($0) }), count: count, shape: [1, 16, 48],
            labels: greys.labels, source: "copy")
        #expect(copy.sha256 == greys.sha256)
        values[(count - 2) * 768] = 1.5
        let error = #expect(throws: DatasetError.self) {
            try LabelledImages(archive: archive(NumPyArray(shape: [count, 16, 48], .float64(values))))
        }
        #expect(error?.description.contains("image \(count - 2) has a pixel of 1.5") == true)
    }

    @Test func labelsMustSuitTheModel() throws {
        let set = try read(NumPyFixtures.greys)
        try set.requireLabels(below: 8)
        let error = #expect(throws: DatasetError.self) { try set.requireLabels(below: 7) }
        #expect(error?.description.contains("image 0 has label 7") == true)
    }

    @Test func refusesPixelsOutsideTheUnitInterval() throws {
        for (value, place) in [(-0.001, 5), (1.001, 13), (.nan, 23), (.infinity, 0)] as [(Float, Int)] {
            var pixels = [Float](repeating: 0.5, count: 24)
            pixels[place] = value
            let error = #expect(throws: DatasetError.self) { try set(.float32(pixels)) }
            #expect(error?.reason == .invalidContent)
            #expect(error?.description.contains("image \(place / 12) has a pixel of \(value)") == true)
        }
    }

    @Test func refusesContradictions() throws {
        #expect(throws: DatasetError.self) { try set(.uint8(Array(0..<23))) }
        #expect(throws: DatasetError.self) { try set(.uint8(Array(0..<24)), labels: [1]) }
        #expect(throws: DatasetError.self) { try set(.uint8(Array(0..<24)), labels: [0, -1]) }
        #expect(throws: DatasetError.self) { try set(.uint8([]), count: 0, labels: []) }
    }

    @Test func refusesOtherFiles() throws {
        let error = #expect(throws: DatasetError.self) { try read(Array("PK, but no archive".utf8)) }
        #expect(error?.reason == .malformed)
        #expect(throws: DatasetError.self) { try read([]) }
        let missing = #expect(throws: DatasetError.self) {
            try LabelledImages(archive: URL(fileURLWithPath: "/nowhere/set.npz"))
        }
        #expect(missing?.reason == .missing)
    }

    @Test(arguments: [true, false])
    func damageIsHarmless(compressed: Bool) throws {
        let sound = compressed ? NumPyFixtures.colours : NumPyFixtures.greys
        let folder = try TemporaryFolder()
        let before = peakMemory()
        let outcome = try Mutations(of: sound, at: "set.npz", in: folder) {
            let set = try LabelledImages(archive: folder.url("set.npz"))
            #expect(set.labels.allSatisfy { $0 >= 0 })
        }
        #expect(outcome.silentTruncations == 0)
        #expect(outcome.refused > 500)
        #expect(outcome.slowest < .seconds(5))
        #expect(peakMemory() - before < 1 << 30)
    }

    private func read(_ bytes: [UInt8]) throws -> LabelledImages {
        let folder = try TemporaryFolder()
        return try LabelledImages(archive: folder.write(bytes, to: "set.npz"))
    }

    private func set(
        _ pixels: LabelledImages.Pixels, count: Int = 2, labels: [Int] = [0, 1]
    ) throws -> LabelledImages {
        try LabelledImages(
            name: "made", split: .test, pixels: pixels, count: count, shape: [1, 3, 4], labels: labels, source: "made")
    }
}
