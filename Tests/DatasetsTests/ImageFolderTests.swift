import CSuretyImages
import Foundation
import SuretyDatasets
import SuretyRecords
import TestSupport
import Testing

/// Fixtures made by `make_picture_fixtures.py` with Pillow 11.3: pictures in a zip of their own, and the pixels that Pillow decodes.
@Suite struct ImageFolderTests {
    /// Two rows of three pixels, in all kinds of PNG, JPEG and WebP, and the RGB pixels that Pillow decodes.
    private struct Expected: Decodable {
        let file: String, height: Int, width: Int, rgb: [UInt8]
    }

    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/pictures")

    private static func expected() throws -> [Expected] {
        try JSONDecoder().decode([Expected].self, from: Data(contentsOf: fixtures.appending(path: "expected.json")))
    }

    @Test func picturesHaveTheBitsThatPillowGives() throws {
        let folder = try TemporaryFolder()
        for picture in try Self.expected() {
            let contents = try Data(contentsOf: Self.fixtures.appending(path: picture.file))
            try FileManager.default.createDirectory(at: folder.url("set"), withIntermediateDirectories: true)
            try folder.write(contents, to: "set/class/\(picture.file)")
            let images = try LabelledImages(folder: folder.url("set"))
            #expect(images.count == 1 && Array(images.shape.dropFirst()) == [picture.height, picture.width], "\(picture.file)")
            let area = picture.height * picture.width
            let levels = images.image(at: 0).map { UInt8(($0 * 255).rounded()) }
            let planes = (0..<3).flatMap { channel in (0..<area).map { picture.rgb[3 * $0 + channel] } }
            #expect(levels == (images.shape[0] == 3 ? planes : Array(planes.prefix(area))), "\(picture.file)")
            try FileManager.default.removeItem(at: folder.url("set"))
        }
    }

    @Test func everyFormOfFolderIsRead() throws {
        let folder = try TemporaryFolder()
        let picture = try Data(contentsOf: Self.fixtures.appending(path: "rgb.png"))
        func labels(_ name: String, _ split: Split = .test) throws -> [Int] {
            try LabelledImages(folder: folder.url(name), split: split).labels
        }
        // Class folders, nested ones too, in the order of their names.
        for path in ["b/1.png", "a/deep/2.PNG", "b/0.png", "c/x.png"] { try folder.write(picture, to: "plain/\(path)") }
        let plain = try LabelledImages(folder: folder.url("plain"))
        #expect(plain.labels == [0, 1, 1, 2] && plain.classNames == ["a", "b", "c"])
        // Below the part; a test set without a class has the training set's numbers.
        for path in ["train/a/1.png", "train/b/1.png", "train/c/1.png", "test/c/1.png", "test/b/1.png"] { try folder.write(picture, to: "parts/\(path)") }
        #expect(try labels("parts") == [1, 2])
        #expect(try labels("parts", .train) == [0, 1, 2])
        #expect(try labels("parts/test") == [1, 2])
        // Numbers are the classes' own.
        for path in ["3/1.png", "11/1.png", "0/1.png"] { try folder.write(picture, to: "numbers/\(path)") }
        #expect(try labels("numbers") == [0, 11, 3])
        // A list, with a header or without, of numbers or names.
        for path in ["x.png", "y.png"] { try folder.write(picture, to: "list/\(path)") }
        try folder.write(lines: ["file,label", "y.png,7", "\"x.png\",3"], to: "list/labels.csv")
        #expect(try labels("list") == [7, 3])
        try folder.write(lines: ["y.png,dog", "x.png,cat"], to: "list/labels.csv")
        #expect(try labels("list") == [1, 0])
        // Tiny ImageNet's and ImageNet's.
        for path in ["val/images/v1.png", "val/images/v2.png", "train/n02/images/t.png", "train/n01/images/t.png"] {
            try folder.write(picture, to: "tiny/\(path)")
        }
        try folder.write(lines: ["v1.png\tn02\t0\t0\t1\t1", "v2.png\tn01\t0\t0\t1\t1"], to: "tiny/val/val_annotations.txt")
        #expect(try labels("tiny") == [1, 0])
        for path in ["v1.png", "v2.png", "v3.png"] { try folder.write(picture, to: "imagenet/val/\(path)") }
        try folder.write(lines: ["n09", "n01", "n09"], to: "imagenet/validation_synset_labels.txt")
        #expect(try labels("imagenet/val") == [1, 0, 1])
    }

    @Test func whatIsNoSetIsRefusedInWords() throws {
        let folder = try TemporaryFolder()
        let picture = try Data(contentsOf: Self.fixtures.appending(path: "rgb.png"))
        func refusal(_ name: String) -> String {
            do { return "read: \(try LabelledImages(folder: folder.url(name)).count)" } catch { return error.description }
        }
        try FileManager.default.createDirectory(at: folder.url("empty"), withIntermediateDirectories: true)
        #expect(refusal("empty").contains("no labelled pictures"))
        #expect(refusal("nowhere").contains("cannot list it"))
        try folder.write(picture, to: "two/a/1.png")
        try folder.write(try Data(contentsOf: Self.fixtures.appending(path: "large.png")), to: "two/a/2.png")
        #expect(refusal("two").contains("2.png: it is 9×7") && refusal("two").contains("--resize"))
        try folder.write(picture.dropLast(20), to: "torn/a/1.png")
        #expect(refusal("torn").contains("1.png: it cannot be decoded"))
        try folder.write(Data("GIF89a".utf8), to: "kind/a/1.png")
        #expect(refusal("kind").contains("neither PNG, JPEG nor WebP"))
        try folder.write(picture, to: "list/x.png")
        for (lines, words) in [
            (["x.png"], "is not a file and its label"), (["x.png,1", "y.png,2"], "there is no file"), (["../list/x.png,1"], "leads out"),
            (["x.png,-1"], "label"),
        ] {
            try folder.write(lines: lines, to: "list/labels.csv")
            #expect(refusal("list").contains(words), "\(refusal("list"))")
        }
    }

    @Test func onlyWhatIsAskedForIsKeptAndTheDigestIsThatOfAll() throws {
        let folder = try TemporaryFolder()
        let picture = try Data(contentsOf: Self.fixtures.appending(path: "rgb.png"))
        for image in 0..<150 { try folder.write(picture, to: "set/\(image % 3)/\(1000 + image).png") }
        let all = try LabelledImages(folder: folder.url("set")), some = try LabelledImages(folder: folder.url("set")) { image, _ in image % 50 == 0 }
        #expect(all.sha256 == some.sha256 && some.keptIndices == [0, 50, 100] && some.image(at: 50) == all.image(at: 50))
        // The pixels as an archive give the same digest.
        let archive = folder.url("set.npz")
        try all.write(archive: archive)
        #expect(try LabelledImages(archive: archive).sha256 == all.sha256)
    }

    /// A thousand sizes, both filters, one and three channels: digests of what Pillow 11.3 makes of the same pixels.
    @Test func resizingHasTheBitsOfPillow() throws {
        struct Case: Decodable { let seed, width, height, channels, toWidth, toHeight, filter: Int, sum: UInt64 }
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: Self.fixtures.appending(path: "resized.json")))
        #expect(cases.count == 1000)
        for test in cases {
            var state = UInt64(test.seed)
            var pixels = (0..<test.width * test.height * test.channels).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(state >> 56)
            }
            var result = [UInt8](repeating: 0, count: test.toWidth * test.toHeight * test.channels)
            let status = pixels.withUnsafeMutableBufferPointer { buffer in
                var picture = surety_picture(
                    pixels: buffer.baseAddress, width: Int32(test.width), height: Int32(test.height), channels: Int32(test.channels))
                return surety_picture_resize(
                    &picture, Int32(test.toWidth), Int32(test.toHeight), test.filter == 0 ? SURETY_FILTER_BILINEAR : SURETY_FILTER_BICUBIC,
                    &result)
            }
            let sum = result.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
            #expect(status == 0 && sum == test.sum, "\(test)")
        }
    }

    @Test func sizesAreThoseOfTorchvision() throws {
        let folder = try TemporaryFolder()
        try folder.write(try Data(contentsOf: Self.fixtures.appending(path: "large.png")), to: "set/a/1.png")  // 9 high, 7 wide
        func shape(_ preparation: PicturePreparation) throws -> [Int] { try LabelledImages(folder: folder.url("set"), preparation).shape }
        #expect(try shape(.init(size: .shorterSide(5))) == [3, 6, 5])
        #expect(try shape(.init(size: .shorterSide(5), crop: 4)) == [3, 4, 4])
        #expect(try shape(.init(size: .exactly(height: 3, width: 8), filter: .bicubic)) == [3, 3, 8])
        #expect(try shape(.init(crop: 7)) == [3, 7, 7])
        #expect(throws: DatasetError.self) { try shape(.init(crop: 8)) }
        #expect(try LabelledImages(folder: folder.url("set"), .init(size: .shorterSide(5), crop: 4)).preparation == "shorter side resized to 5 (bilinear), centre of 4×4")
    }

    /// Damage of any kind is refused, or read as what it still is; nothing crashes.
    @Test func damagedPicturesAreRefused() throws {
        var random = SeededGenerator(seed: 3)
        for picture in try Self.expected() {
            let contents = try Data(contentsOf: Self.fixtures.appending(path: picture.file))
            for _ in 0..<200 {
                var damaged = contents.prefix(Int.random(in: 1...contents.count, using: &random))
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                var decoded = surety_picture(), reason = [CChar](repeating: 0, count: 256)
                let status = damaged.withUnsafeBytes {
                    surety_picture_decode($0.bindMemory(to: UInt8.self).baseAddress, $0.count, &decoded, &reason, reason.count)
                }
                #expect(status == 0 ? decoded.pixels != nil : reason[0] != 0)
                surety_picture_free(&decoded)
            }
        }
    }
}
