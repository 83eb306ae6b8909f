import Foundation
import SuretyRecords
import Testing
import TestSupport

@Suite struct SealedRecordTests {
    private struct Example: Encodable {
        let name = "a/b \"c\""
        let radii = [0.5, 1, 1e-7]
        let nested = Nested()

        struct Nested: Encodable {
            let flag = true
            let empty: [String: Int] = [:]
        }
    }

    /// The digest is hashlib's SHA-256 of what Python's `json.dumps` gives for the record without it.
    @Test func hasTheseBytes() throws {
        #expect(String(decoding: try SealedRecord(Example()).fileContents(), as: UTF8.self) == #"""
            {
              "digest": "6ef85676a8d368fc5632cc8f5bcced21730b2bd93aadb4ebf5f3f8c735ac944c",
              "name": "a/b \"c\"",
              "nested": {
                "empty": {},
                "flag": true
              },
              "radii": [0.5, 1, 1e-07]
            }

            """#)
    }

    @Test func refusesWhatIsNoNumber() {
        #expect(throws: EncodingError.self) { try SealedRecord(["a": Double.nan]) }
        #expect(throws: EncodingError.self) { try SealedRecord(["a": -Double.infinity]) }
    }

    /// Every byte of a run's record, changed in several ways, left out, or written twice.
    @Test func everyAlteredByteIsFound() throws {
        let folder = try TemporaryFolder()
        let record = Tally.record(Tally(radii: [0.5], names: ["a": "é"], limit: 3, key: 5))
        let original = try record.fileContents()
        let file = try folder.write(original, to: "run.json")
        #expect(try RunRecord<Tally>(at: file).digest() == record.digest())
        for (index, byte) in original.enumerated() {
            for replacement in byte.replacements {
                var altered = original
                altered.replaceSubrange(index...index, with: replacement)
                try folder.write(altered, to: "run.json")
                let error = #expect(throws: RunError.self, "byte \(index), \(replacement)") { try RunRecord<Tally>(at: file) }
                #expect(error?.reason == .damagedRecord)
            }
        }
    }
}
