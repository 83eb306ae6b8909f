import Foundation
import SuretyDatasets
import SuretyRecords
import Testing
import TestSupport

/// Archives as people really write them: read where the meaning is clear, else refused with the sentence that mends it.
@Suite struct ImageArchiveFormsTests {
    private static let levels: [UInt8] = (0..<24).map { UInt8($0 * 9) }
    private static let images = NumPyArray(shape: [6, 1, 2, 2], .uint8(levels)).encoded()
    private static let classes = [2, 0, 1, 1, 0, 2]
    private static let labels = NumPyArray(shape: [6], .int64(classes.map { Int64($0) })).encoded()

    private func read(_ arrays: [(String, [UInt8])], _ split: Split = .test) throws -> LabelledImages {
        let folder = try TemporaryFolder()
        try ZipArchive.write(arrays.map { ($0.0 + ".npy", $0.1) }, to: folder.url("set.npz"))
        return try LabelledImages(archive: folder.url("set.npz"), split: split)
    }

    /// An array of a type that is not written: its header by hand.
    private static func array(_ type: String, _ shape: [Int], _ bytes: [UInt8]) -> [UInt8] {
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8) + bytes
    }

    @Test(arguments: [
        ("x_test", "y_test"), ("X_test", "y_test"), ("test_images", "test_labels"), ("x", "y"), ("X", "y"), ("data", "targets"), ("arr_0", "arr_1"),
    ])
    func readsOtherNames(_ images: String, _ labels: String) throws {
        let set = try read([(images, Self.images), (labels, Self.labels)])
        #expect(set.labels == Self.classes && set.pixels == .uint8(Self.levels))
        #expect(set.note?.contains("images are \(images), labels \(labels)") == true)
    }

    @Test func takesTheNamesOfTheSplit() throws {
        let other = NumPyArray(shape: [6], .int64([5, 5, 5, 5, 5, 5])).encoded()
        let both = [("x_train", Self.images), ("y_train", other), ("x_test", Self.images), ("y_test", Self.labels)]
        #expect(try read(both).labels == Self.classes)
        #expect(try read(both, .train).labels == [5, 5, 5, 5, 5, 5])
        let error = try #require(throws: DatasetError.self) { try read(Array(both.prefix(2))) }
        #expect(error.description.contains("--split train"))
    }

    /// Whatever they are written as, labels are the same, and so is the set's digest.
    @Test func readsLabelsOfAllTypes() throws {
        let digest = try read([("images", Self.images), ("labels", Self.labels)]).sha256
        let oneHot = Self.classes.flatMap { label in (0..<3).map { $0 == label ? Float(1) : 0 } }
        let forms: [[UInt8]] = [
            NumPyArray(shape: [6, 1], .int64(Self.classes.map { Int64($0) })).encoded(),
            NumPyArray(shape: [6], .float32(Self.classes.map { Float($0) })).encoded(),
            NumPyArray(shape: [6], .float64(Self.classes.map { Double($0) })).encoded(),
            NumPyArray(shape: [6], .text(Self.classes.map { String($0) })).encoded(),
            NumPyArray(shape: [6, 3], .float32(oneHot)).encoded(),
            NumPyArray(shape: [6, 3], .int64(oneHot.map { Int64($0) })).encoded(),
            Self.array(">i4", [6], Self.classes.flatMap { [0, 0, 0, UInt8($0)] as [UInt8] }),
            Self.array("<f2", [6], Self.classes.flatMap { [0, [0, 0x3C, 0x40][$0]] as [UInt8] }),
        ]
        for form in forms {
            let set = try read([("images", Self.images), ("labels", form)])
            #expect(set.labels == Self.classes && set.sha256 == digest && set.classNames == nil)
        }
        let isLarge = try read([("images", Self.images), ("labels", Self.array("|b1", [6], Self.classes.map { $0 > 0 ? 1 : 0 }))])
        #expect(isLarge.labels == Self.classes.map { $0 > 0 ? 1 : 0 })
    }

    @Test func numbersNamesInTheirOrder() throws {
        let names = ["zebra", "cat", "dög", "dög", "cat", "zebra"]
        let set = try read([("images", Self.images), ("labels", NumPyArray(shape: [6], .text(names)).encoded())])
        #expect(set.classNames == ["cat", "dög", "zebra"] && set.labels == Self.classes)
        #expect(set.note?.contains("0 cat, 1 dög, 2 zebra") == true)
    }

    @Test func readsImagesOfAllTypes() throws {
        let expected = try read([("images", Self.images), ("labels", Self.labels)])
        let wide = Self.levels.flatMap { [$0, 0] as [UInt8] }
        for form in [
            Self.array("<u2", [6, 2, 2], wide), Self.array(">u2", [6, 2, 2], Self.levels.flatMap { [0, $0] as [UInt8] }),
            NumPyArray(shape: [6, 2, 2], .int64(Self.levels.map { Int64($0) })).encoded(),
        ] {
            let set = try read([("images", form), ("labels", Self.labels)])
            #expect(set.pixels == expected.pixels && set.sha256 == expected.sha256)
        }
        let bits = try read([("images", Self.array("|b1", [6, 2, 2], Self.levels.map { $0 > 99 ? 1 : 0 })), ("labels", Self.labels)])
        #expect(bits.pixels == .uint8(Self.levels.map { $0 > 99 ? 255 : 0 }))
        // Halves of 0, 1/2, 1 and 2⁻²⁴.
        let halves: [UInt8] = (0..<6).flatMap { _ in [0, 0, 0, 0x38, 0, 0x3C, 1, 0] as [UInt8] }
        let set = try read([("images", Self.array("<f2", [6, 2, 2], halves)), ("labels", Self.labels)])
        #expect(set.image(at: 3) == [0, 0.5, 1, 0x1p-24])
    }

    /// What is wrong, and what to write instead.
    @Test func refusesWithTheRemedy() throws {
        func images(_ shape: [Int], _ values: [Float]) -> [UInt8] { NumPyArray(shape: shape, .float32(values)).encoded() }
        func levels(_ shape: [Int]) -> [UInt8] {
            NumPyArray(shape: shape, .uint8(Array(repeating: 7, count: shape.reduce(1, *)))).encoded()
        }
        let one = NumPyArray(shape: [1], .int64([0])).encoded()
        let cases: [(images: [UInt8], labels: [UInt8], remedy: String)] = [
            (images([1, 1, 2], [84, 0]), one, "divided by 255"), (images([1, 1, 2], [-0.42, 0]), one, "(images + 1) / 2"),
            (images([1, 1, 2], [.nan, 0]), one, "not a number"), (images([1, 1, 2], [1.0000002, 0]), one, "numpy.clip"),
            (images([1, 1, 2], [1e9, 0]), one, "before any normalisation"),
            (levels([1, 784]), one, "images.reshape(-1, 1, 28, 28)"), (levels([1, 3072]), one, "images.reshape(-1, 3, 32, 32)"),
            (levels([1, 32, 32, 4]), one, "images[..., :3]"), (levels([1, 32, 32, 2]), one, "images[..., :1]"),
            (NumPyArray(shape: [1, 1, 2], .int64([256, 0])).encoded(), one, "images / 65535"),
            (levels([1, 2, 2]), NumPyArray(shape: [1], .float64([0.5])).encoded(), "astype(\"int64\")"),
            (levels([1, 2, 2]), NumPyArray(shape: [1, 3], .float32([0.2, 0.5, 0.3])).encoded(), "argmax(1)"),
            (levels([1, 2, 2]), Self.array("|O", [1], [0]), "Python objects"),
            (levels([1, 2, 2]), NumPyArray(shape: [2], .int64([0, 1])).encoded(), "2 labels"),
        ]
        for (images, labels, remedy) in cases {
            let error = try #require(throws: DatasetError.self) { try read([("images", images), ("labels", labels)]) }
            #expect(error.description.contains(remedy), "\(error)")
        }
        let fromOne = try read([("images", Self.images), ("labels", NumPyArray(shape: [6], .int64([3, 1, 2, 2, 1, 3])).encoded())])
        let error = try #require(throws: DatasetError.self) { try fromOne.requireLabels(below: 3) }
        #expect(error.description.contains("Store labels - 1"))
    }
}
