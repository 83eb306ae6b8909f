import Foundation
import SuretyRecords
import Testing
import TestSupport

/// What other programs write was computed with Python's `json.dumps(value, sort_keys=True, separators=(",", ":"),
/// ensure_ascii=False)`.
@Suite struct CanonicalJSONTests {
    /// As Python writes them, which adds only `.0` to whole numbers.
    @Test(arguments: [
        (0, "0"), (-0.0, "-0"), (1, "1"), (-1, "-1"), (100, "100"), (0.1, "0.1"),
        (0.30000000000000004, "0.30000000000000004"), (0.3333333333333333, "0.3333333333333333"),
        (0.0001, "0.0001"), (0.00001, "1e-05"), (1e-7, "1e-07"), (1e15, "1000000000000000"),
        (0x1p53, "9007199254740992"), (1e16, "1e+16"), (123_456_789_012_345_680, "1.2345678901234568e+17"), (1e21, "1e+21"),
        (.leastNonzeroMagnitude, "5e-324"), (.leastNormalMagnitude, "2.2250738585072014e-308"),
        (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (-0x1.fffffffffffffp1023, "-1.7976931348623157e+308"),
    ] as [(Double, String)])
    func numbersHaveTheDigitsTheyNeed(number: Double, expected: String) throws {
        #expect(try text(number) == expected)
        #expect(try text([number, number]) == "[\(expected),\(expected)]")
    }

    /// Numbers of every size, as random bits make them, and whole ones that no double holds.
    @Test func numbersComeBackToTheLastBit() throws {
        var generator = SeededGenerator(seed: 1)
        let numbers = (0..<20_000).map { _ in Double(bitPattern: generator.next()) }.filter(\.isFinite) + [-0.0]
        let read = try JSONDecoder().decode([Double].self, from: CanonicalJSON.data(numbers))
        #expect(read.map(\.bitPattern) == numbers.map(\.bitPattern))
        #expect(try text([UInt64.max, UInt64.max - 1]) == "[18446744073709551615,18446744073709551614]")
        #expect(try text([Int.min, Int.max]) == "[-9223372036854775808,9223372036854775807]")
        #expect(try text(Float(0.1)) == "0.1")
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func refusesWhatIsNoNumber(number: Double) {
        #expect(throws: EncodingError.self) { try CanonicalJSON.data(number) }
        #expect(throws: EncodingError.self) { try CanonicalJSON.data(["a": [number]]) }
        #expect(throws: EncodingError.self) { try CanonicalJSON.data(Float(number)) }
    }

    /// Control characters are escaped, and nothing else is, not even a slash or what lies beyond 16 bits.
    @Test func stringsAreEscapedAsLittleAsCanBe() throws {
        let control = (0..<32).map { String(UnicodeScalar(UInt8($0))) }
        #expect(try text(control.joined()) == #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#
            + #"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f""#)
        let other = " /\\\"'<\u{7f}é\u{2028}😀\u{1D11E}"
        #expect(try text(other) == "\" /\\\\\\\"'<\u{7f}é\u{2028}😀\u{1D11E}\"")
        for string in control + [other, ""] {
            #expect(try JSONDecoder().decode([String].self, from: CanonicalJSON.data([string])) == [string])
        }
    }

    /// In the order of their code points, not as people sort, nor by UTF-16, which has 😀 before Ａ.
    @Test func keysAreSorted() throws {
        let value = [
            "b": 1, "a": 2, "A": 3, "B": 4, "a10": 5, "a9": 6, "é": 7, "z": 8, "_": 9, "": 10, "😀": 11, "Ａ": 12, "ab": 13,
            "\n": 14,
        ]
        #expect(try text(value)
            == #"{"":10,"\n":14,"A":3,"B":4,"_":9,"a":2,"a10":5,"a9":6,"ab":13,"b":1,"z":8,"é":7,"Ａ":12,"😀":11}"#)
    }

    private struct Example: Codable, Equatable {
        var name = "a/b"
        var nested: [String: [Double]] = ["y": [1.5, 2], "": []]
        var flag = true
        var nothing: Int?
    }

    @Test func smallExamplesHaveTheseBytes() throws {
        #expect(try text(Example()) == #"{"flag":true,"name":"a/b","nested":{"":[],"y":[1.5,2]}}"#)
        #expect(try text([String: Int]()) == "{}" && text([Int]()) == "[]")
        #expect(try text(["a": Int?.none]) == #"{"a":null}"# && text([false]) == "[false]")
        #expect(try JSONDecoder().decode(Example.self, from: CanonicalJSON.data(Example())) == Example())
    }

    @Test(arguments: [
        ("{}", "{}\n"), ("[]", "[]\n"), ("0.5", "0.5\n"), (#"{"a":1}"#, "{\n  \"a\": 1\n}\n"),
        ("[1,[2,3],[]]", "[1, [2, 3], []]\n"),
        (#"{"a":{"b":{},"c":[1,2]},"d":null}"#, """
            {
              "a": {
                "b": {},
                "c": [1, 2]
              },
              "d": null
            }

            """),
        (#"[{"a":1},{"b":2}]"#, """
            [{
              "a": 1
            }, {
              "b": 2
            }]

            """),
        // What looks like JSON inside a string is left alone, also behind an escaped quote.
        (#"{"{,:[\\":"\"},:\\\"[","b":"\\"}"#, #"""
            {
              "{,:[\\": "\"},:\\\"[",
              "b": "\\"
            }

            """#),
    ])
    func isLaidOutForPeople(canonical: String, expected: String) {
        #expect(String(decoding: CanonicalJSON.indented(Data(canonical.utf8)), as: UTF8.self) == expected)
    }

    /// The layout changes no value.
    @Test func theLayoutReadsBack() throws {
        let example = Example(name: "\"}{,: [\\", nested: ["a,b": [-0.0, 1e-7], "{": []])
        let indented = try CanonicalJSON.indented(CanonicalJSON.data(example))
        #expect(try JSONDecoder().decode(Example.self, from: indented) == example)
    }

    private struct Outer: Decodable {
        struct Inner: Decodable {
            let number: Double
            let names: [String]
        }
        let inner: Inner
    }

    @Test(arguments: [
        ("{}", "inner is missing"), (#"{"inner":{"number":1}}"#, "inner.names is missing"),
        (#"{"inner":{"number":null,"names":[]}}"#, "inner.number is null"),
        (#"{"inner":{"number":"1","names":[]}}"#, "inner.number is not of type Double"),
        (#"{"inner":{"number":1,"names":["a",2]}}"#, "inner.names.1 is not of type String"),
        ("[1]", "the whole is not of type Dictionary<String, Any>"), (#"{"inner":"#, "this is not JSON"),
        ("", "this is not JSON"),
    ])
    func saysWhatCannotBeRead(json: String, expected: String) throws {
        let error = try #require(throws: DecodingError.self) { try JSONDecoder().decode(Outer.self, from: Data(json.utf8)) }
        #expect(CanonicalJSON.explain(error) == expected)
    }

    private func text(_ value: some Encodable) throws -> String {
        String(decoding: try CanonicalJSON.data(value), as: UTF8.self)
    }
}
