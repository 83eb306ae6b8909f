import Foundation
import SuretyDatasets
import SuretyRecords
import Testing
import TestSupport

@Suite struct SHA256Tests {
    /// FIPS 180-4 examples (NIST CSRC), and the empty message.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ])
    func matchesPublishedExamples(message: String, digest: String) throws {
        #expect(SHA256.hexadecimal(of: message) == digest)
        #expect(SHA256.hexadecimal(of: Array(message.utf8)) == digest)
        #expect(SHA256.hexadecimal(of: Data(message.utf8)) == digest)
    }

    /// A million letters a (NIST CSRC), and a file longer than the pieces it is read in.
    @Test func readsFilesInPieces() throws {
        let folder = try TemporaryFolder()
        let million = folder.url("million")
        try Data(repeating: UInt8(ascii: "a"), count: 1_000_000).write(to: million)
        #expect(try SHA256.hexadecimal(ofFileAt: million)
            == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")

        let long = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let file = folder.url("long")
        try long.write(to: file)
        #expect(try SHA256.hexadecimal(ofFileAt: file) == SHA256.hexadecimal(of: long))
    }

    @Test func missingFileIsNamed() {
        let error = #expect(throws: DatasetError.self) {
            try SHA256.hexadecimal(ofFileAt: URL(fileURLWithPath: "/nowhere/at-all"))
        }
        #expect(error?.reason == .missing)
        #expect(error?.description.contains("/nowhere/at-all") == true)
    }
}
