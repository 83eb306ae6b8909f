import Foundation
import SuretyDatasets
import Testing
import TestSupport

@Suite struct NumPyArrayTests {
    @Test(arguments: ["<i2", "<u4", "<i4", "<u8", "|i1"])
    func readsIntegersOfNumPy(type: String) throws {
        let array = try read(#require(NumPyFixtures.types[type]))
        #expect(array == NumPyArray(shape: [2, 3], .int64([1, 2, 3, 4, 5, 100])))
    }

    @Test func readsFloatsOfNumPy() throws {
        #expect(try read(#require(NumPyFixtures.types["<f8"])) == NumPyArray(shape: [2, 3], .float64([1, 2, 3, 4, 5, 100])))
        #expect(try read(NumPyFixtures.singles) == NumPyArray(shape: [2, 2], .float32([1.5, -2.25, 3e-10, 65504])))
    }

    /// The other order of bytes, and halves.
    @Test func readsWhatOtherMachinesWrite() throws {
        #expect(try read(#require(NumPyFixtures.types[">i4"])) == NumPyArray(shape: [2, 3], .int64([1, 2, 3, 4, 5, 100])))
        #expect(try read(#require(NumPyFixtures.types["<f2"])) == NumPyArray(shape: [2, 3], .float32([1, 2, 3, 4, 5, 100])))
    }

    /// NumPy's own headers, altered: complex numbers, objects, records and absurd text.
    @Test(arguments: ["<c8", "|O8", "<U0", "<V4", "i4<", "<f16"])
    func refusesOtherTypes(type: String) throws {
        var bytes = try #require(NumPyFixtures.types[">i4"])
        let place = try #require(bytes.firstRange(of: Array(">i4'".utf8)))
        // As long as it was: the blanks that fill the header up give way.
        bytes.replaceSubrange(place, with: Array((type + "'").utf8))
        if type.utf8.count > 3 { bytes.remove(at: try #require(bytes.lastIndex(of: 0x0A)) - 1) }
        let error = #expect(throws: DatasetError.self) { try read(bytes) }
        #expect(error?.reason == .unsupported)
        #expect(error?.description.contains(type) == true)
    }

    @Test func refusesFortranOrder() {
        let error = #expect(throws: DatasetError.self) { try read(NumPyFixtures.fortran) }
        #expect(error?.description.contains("ascontiguousarray") == true)
    }

    /// What is written equals NumPy's own file byte for byte.
    @Test func writesWhatNumPyWrites() throws {
        let array = NumPyArray(shape: [2, 2], .float32([1.5, -2.25, 3e-10, 65504]))
        #expect(array.encoded() == NumPyFixtures.singles)
        let doubles = NumPyArray(shape: [2, 3], .float64([1, 2, 3, 4, 5, 100]))
        #expect(doubles.encoded() == NumPyFixtures.types["<f8"])
    }

    @Test(arguments: [
        NumPyArray(shape: [], .float32([.pi])), NumPyArray(shape: [0, 4], .uint8([])),
        NumPyArray(shape: [3], .int64([.min, -1, .max])), NumPyArray(shape: [2, 1, 2], .uint8([0, 127, 128, 255])),
        NumPyArray(shape: [2], .float64([-.infinity, .leastNonzeroMagnitude])),
    ])
    func readsWhatItWrites(array: NumPyArray) throws {
        let folder = try TemporaryFolder()
        try array.write(to: folder.url("array.npy"))
        #expect(try NumPyArray(contentsOf: folder.url("array.npy")) == array)
    }

    /// More than is read at a time.
    @Test func readsInPieces() throws {
        let folder = try TemporaryFolder()
        let numbers = (0..<1_300_000).map { Double($0) / 7 }
        let array = NumPyArray(shape: [1300, 1000], .float64(numbers))
        #expect(try NumPyArray(contentsOf: folder.write(array.encoded(), to: "array.npy")) == array)
        let cut = #expect(throws: DatasetError.self) { try read(array.encoded().dropLast(1_000_000)) }
        #expect(cut?.description.contains("10400000 bytes of array elements are promised but the file ends after 9400000") == true)
    }

    @Test(arguments: [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 8), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1073741824, 4096), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 4}", "{'descr': '<f4'}", "{}", "{", "",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (4,)}",
        "__import__('os').system('true')",
    ])
    func refusesHeaders(header: String) {
        let start: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
        #expect(throws: DatasetError.self) { try read(start + Array(header.utf8) + [0, 0, 0, 0]) }
    }

    @Test func namesTheFileItCannotWrite() {
        let array = NumPyArray(shape: [1], .uint8([1]))
        let error = #expect(throws: DatasetError.self) {
            try array.write(to: URL(fileURLWithPath: "/nowhere/logits.npy"))
        }
        #expect(error?.description.contains("/nowhere/logits.npy") == true)
    }

    @Test func damageIsHarmless() throws {
        let folder = try TemporaryFolder()
        let outcome = try Mutations(of: NumPyFixtures.singles, at: "array.npy", in: folder) {
            let array = try NumPyArray(contentsOf: folder.url("array.npy"))
            #expect(array.elements.count == array.shape.reduce(1, *))
        }
        #expect(outcome.silentTruncations == 0)
        #expect(outcome.refused > 500)
        #expect(outcome.slowest < .seconds(5))
    }

    private func read(_ bytes: [UInt8]) throws -> NumPyArray {
        let folder = try TemporaryFolder()
        return try NumPyArray(contentsOf: folder.write(bytes, to: "array.npy"))
    }
}
