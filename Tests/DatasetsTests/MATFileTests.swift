import Foundation
import SuretyDatasets
import SuretyRecords
import Testing
import TestSupport

/// The files are SciPy's: Fixtures/make_matlab_fixtures.py.
@Suite struct MATFileTests {
    private static func fixture(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: name, withExtension: "mat", subdirectory: "Fixtures/matlab"))
    }

    private func read(_ name: String, _ split: Split = .test) throws -> LabelledImages {
        try DatasetSource(Self.fixture(name).path).load(split, under: DatasetRoot("/nowhere"))
    }

    /// What the script writes, in the order channels, rows, columns.
    private static func levels(_ height: Int, _ width: Int, _ channels: Int, image: Int) -> [Float] {
        var levels: [Float] = []
        for channel in 0..<channels {
            for row in 0..<height {
                for column in 0..<width {
                    let level = 7 * row + 3 * column + 50 * channel + 11 * image
                    levels.append(Float(level % 256) / 255)
                }
            }
        }
        return levels
    }

    @Test func readsSVHN() throws {
        let set = try read("svhn")
        #expect(set.shape == [3, 32, 32] && set.labels == [1, 0, 3] && set.grid == .levels8)
        for image in 0..<3 { #expect(set.image(at: image) == Self.levels(32, 32, 3, image: image)) }
        #expect(set.note?.contains("10 is taken for the digit 0") == true)
    }

    @Test(arguments: [("doubles", 1), ("first-axis", 3)])
    func findsTheAxisOfTheImages(_ name: String, channels: Int) throws {
        let set = try read(name)
        #expect(set.shape == [channels, 4, 5] && set.labels.starts(with: [0, 2, 1]))
        for image in set.labels.indices {
            #expect(zip(set.image(at: image), Self.levels(4, 5, channels, image: image)).allSatisfy { abs($0 - $1) < 1e-7 })
        }
    }

    /// Whole doubles lie in the file as bytes, and mean what they are.
    @Test func readsLevelsOfOtherTypes() throws {
        let set = try read("levels")
        #expect(set.labels == [1, 0] && set.image(at: 1) == Self.levels(4, 5, 3, image: 1))
        let error = try #require(throws: DatasetError.self) { try read("whole") }
        #expect(error.description.contains("divided by 255"), "\(error)")
    }

    @Test func readsASingleImage() throws {
        let set = try read("one")
        #expect(set.shape == [3, 4, 5] && set.labels == [2] && set.image(at: 0) == Self.levels(4, 5, 3, image: 0))
    }

    @Test func saysWhatElseThereIs() throws {
        let error = try #require(throws: DatasetError.self) { try read("others") }
        for words in ["X, a cell array", "y, a structure", "t, text", "z, an array of complex numbers", "\"-v7\""] {
            #expect(error.description.contains(words), "\(error)")
        }
    }

    @Test func refusesOtherVersions() throws {
        let folder = try TemporaryFolder()
        let header = Array("MATLAB 7.3 MAT-file, Platform: GLNXA64".utf8)
        let bytes = header + Array(repeating: 32, count: 124 - header.count) + [0, 2, 0x49, 0x4D, 0x89, 0x48, 0x44, 0x46]
        let error = try #require(throws: DatasetError.self) {
            try DatasetSource(folder.write(bytes, to: "set.mat").path).load(.test, under: DatasetRoot("/nowhere"))
        }
        #expect(error.reason == .unsupported && error.description.contains("-v7"))
    }

    /// A file with the most significant byte first, of variables of bytes: their names, extents, the type in which their numbers are
    /// stored, and these.
    ///
    /// - Parameter kind: MATLAB's number for the class of the arrays, usually uint8.
    private func bigEndian(
        _ variables: [(name: String, extents: [UInt32], type: UInt32, numbers: [UInt8])], kind: UInt32 = 9
    ) throws -> LabelledImages {
        func word(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
        func element(_ type: UInt32, _ bytes: [UInt8]) -> [UInt8] {
            word(type) + word(UInt32(bytes.count)) + bytes + Array(repeating: 0, count: (8 - bytes.count % 8) % 8)
        }
        var bytes: [UInt8] = Array(repeating: 32, count: 124) + [1, 0, 0x4D, 0x49]
        for it in variables {
            var content = element(6, word(kind) + word(0)) + element(5, it.extents.flatMap(word))
            content += element(1, Array(it.name.utf8)) + element(it.type, it.numbers)
            bytes += word(14) + word(UInt32(content.count)) + content
        }
        let folder = try TemporaryFolder()
        return try DatasetSource(folder.write(bytes, to: "set.mat").path).load(.test, under: DatasetRoot("/nowhere"))
    }

    /// Bytes that are stored as numbers of 16 bits.
    @Test func readsTheOtherOrderOfBytes() throws {
        let labels = (name: "y", extents: [3, 1] as [UInt32], type: 2 as UInt32, numbers: [0, 1, 2] as [UInt8])
        let set = try bigEndian([("X", [1, 2, 3], 4, [0, 10, 0, 20, 0, 30, 0, 40, 0, 50, 0, 60]), labels])
        #expect(set.shape == [1, 1, 2] && set.pixels == .uint8([10, 20, 30, 40, 50, 60]) && set.labels == [0, 1, 2])
        let error = try #require(throws: DatasetError.self) {
            try bigEndian([("X", [1, 2, 3], 4, [0, 10, 0, 20, 1, 30, 0, 40, 0, 50, 0, 60]), labels])
        }
        #expect(error.reason == .malformed)
    }

    /// An array of uint16 holds grey levels if they are those of 8 bits.
    @Test func refusesLevelsOf16Bits() throws {
        let labels = (name: "y", extents: [3, 1] as [UInt32], type: 2 as UInt32, numbers: [0, 1, 2] as [UInt8])
        let set = try bigEndian([("X", [1, 2, 3], 4, [0, 10, 0, 20, 0, 30, 0, 40, 0, 50, 0, 255]), labels], kind: 11)
        #expect(set.pixels == .uint8([10, 20, 30, 40, 50, 255]))
        let error = try #require(throws: DatasetError.self) {
            try bigEndian([("X", [1, 2, 3], 4, [0, 10, 0, 20, 1, 0, 0, 40, 0, 50, 0, 60]), labels], kind: 11)
        }
        let message = error.description
        #expect(message.contains("X has the grey level 256") && message.contains("single(X) / 65535"), "\(message)")
    }

    @Test(arguments: ["svhn", "doubles", "first-axis", "others"])
    func damagedFilesDoNoHarm(_ name: String) throws {
        let folder = try TemporaryFolder()
        let sound = try [UInt8](Data(contentsOf: Self.fixture(name)))
        let source = try DatasetSource(folder("set.mat"))
        let mutations = try Mutations(of: sound, at: "set.mat", in: folder) {
            _ = try source.load(.test, under: DatasetRoot("/nowhere"))
        }
        #expect(mutations.silentTruncations == 0)
        #expect(mutations.slowest < .seconds(1))
    }
}
