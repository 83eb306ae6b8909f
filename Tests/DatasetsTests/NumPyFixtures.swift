import Foundation

/// Files written by NumPy 2.4.6, base64. Each comment is the expression that made the one below it.
enum NumPyFixtures {
    /// `np.savez_compressed(f, images=(np.arange(36) * 7).astype("uint8").reshape(3, 2, 2, 3), labels=np.array([0, 2, 1]))`
    static let colours = bytes("""
        UEsDBC0AAAAIAAAAIQBHpWI0//////////8KABQAaW1hZ2VzLm5weQEAEACkAAAAAAAAAG8AAAAAAAAAm+wX6hsQychQxlCtnpJa\
        nFykbqWgXlNqqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjoKRmBkrKmjUKtABuBiYOcTlVHWMrSwd/MNiU7KLCiv\
        a+2ZPGvhivXb9h45fenmg+fvvgIAUEsDBC0AAAAIAAAAIQDm81VN//////////8KABQAbGFiZWxzLm5weQEAEACYAAAAAAAAAEwA\
        AAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjqaOgq1ChQALgYo\
        YILSjFAaAFBLAQItAy0AAAAIAAAAIQBHpWI0bwAAAKQAAAAKAAAAAAAAAAAAAACAAQAAAABpbWFnZXMubnB5UEsBAi0DLQAAAAgA\
        AAAhAObzVU1MAAAAmAAAAAoAAAAAAAAAAAAAAIABqwAAAGxhYmVscy5ucHlQSwUGAAAAAAIAAgBwAAAAMwEAAAAA
        """)

    /// `np.savez(f, images=(np.arange(24) / 23).astype("float32").reshape(2, 3, 4), labels=np.array([7, 3], "uint8"))`
    static let greys = bytes("""
        UEsDBC0AAAAAAAAAIQCllsT3//////////8KABQAaW1hZ2VzLm5weQEAEADgAAAAAAAAAOAAAAAAAAAAk05VTVBZAQB2AHsnZGVz\
        Y3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMsIDQpLCB9ICAgICAgICAgICAgICAgICAg\
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAQxYyPUMWsj2ykAU+QxYyPtObXj6ykIU+etObPkMWsj4L\
        Wcg+05vePpze9D6ykAU/FrIQP3rTGz/f9CY/QxYyP6c3PT8LWUg/b3pTP9ObXj84vWk/nN50PwAAgD9QSwMELQAAAAAAAAAhAHKV\
        OH7//////////woAFABsYWJlbHMubnB5AQAQAIIAAAAAAAAAggAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICd8dTEnLCAnZm9y\
        dHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg\
        ICAgICAgICAgICAgICAgICAgICAgCgcDUEsBAi0DLQAAAAAAAAAhAKWWxPfgAAAA4AAAAAoAAAAAAAAAAAAAAIABAAAAAGltYWdl\
        cy5ucHlQSwECLQMtAAAAAAAAACEAcpU4foIAAACCAAAACgAAAAAAAAAAAAAAgAEcAQAAbGFiZWxzLm5weVBLBQYAAAAAAgACAHAA\
        AADaAQAAAAA=
        """)

    /// `np.savez_compressed(f, images=np.linspace(0, 1, 8).reshape(2, 1, 2, 2), labels=np.array([1, 0], "int16"))`
    static let doubles = bytes("""
        UEsDBC0AAAAIAAAAIQADh9e1//////////8KABQAaW1hZ2VzLm5weQEAEADAAAAAAAAAAGsAAAAAAAAAm+wX6hsQychQxlCtnpJa\
        nFykbqWgbpNmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKhjoKQNJIU0ehVoEMwMUABZNUPIHokD2EvmR/e1su\
        CEH5j+wh3GdQ8df2EF0f7AFQSwMELQAAAAgAAAAhAB9Qswj//////////woAFABsYWJlbHMubnB5AQAQAIQAAAAAAAAASAAAAAAA\
        AACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mkrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuRgYGBgBQ\
        SwECLQMtAAAACAAAACEAA4fXtWsAAADAAAAACgAAAAAAAAAAAAAAgAEAAAAAaW1hZ2VzLm5weVBLAQItAy0AAAAIAAAAIQAfULMI\
        SAAAAIQAAAAKAAAAAAAAAAAAAACAAacAAABsYWJlbHMubnB5UEsFBgAAAAACAAIAcAAAACsBAAAAAA==
        """)

    /// `np.savez_compressed(f, images=(np.arange(8) * 9).astype("uint8").reshape(2, 2, 2))`
    static let unlabelled = bytes("""
        UEsDBC0AAAAIAAAAIQDVxny0//////////8KABQAaW1hZ2VzLm5weQEAEACIAAAAAAAAAE8AAAAAAAAAm+wX6hsQychQxlCtnpJa\
        nFykbqWgXlNqqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKIKSpo1CrQB7gYuAUklbRNbMHAFBLAQItAy0AAAAI\
        AAAAIQDVxny0TwAAAIgAAAAKAAAAAAAAAAAAAACAAQAAAABpbWFnZXMubnB5UEsFBgAAAAABAAEAOAAAAIsAAAAAAA==
        """)

    /// `np.savez_compressed(f, images=np.zeros((0, 2, 2), "uint8"))`
    static let empty = bytes("""
        UEsDBC0AAAAIAAAAIQCu6kMG//////////8KABQAaW1hZ2VzLm5weQEAEACAAAAAAAAAAEgAAAAAAAAAm+wX6hsQychQxlCtnpJa\
        nFykbqWgXlNqqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaBjoKRkCkqaNQq0Ae4AIAUEsBAi0DLQAAAAgAAAAhAK7q\
        QwZIAAAAgAAAAAoAAAAAAAAAAAAAAIABAAAAAGltYWdlcy5ucHlQSwUGAAAAAAEAAQA4AAAAhAAAAAAA
        """)

    /// `np.savez_compressed(f, images=np.zeros((1 << 50, 0, 2), "uint8"))`
    static let vast = bytes("""
        UEsDBC0AAAAIAAAAIQAvKovB//////////8KABQAaW1hZ2VzLm5weQEAEACAAAAAAAAAAFgAAAAAAAAAm+wX6hsQychQxlCtnpJa\
        nFykbqWgXlNqqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkahoZGphaWlpYGZhYmRmZGJjoKBjoKRpo6CrUKRAIuAFBL\
        AQItAy0AAAAIAAAAIQAvKovBWAAAAIAAAAAKAAAAAAAAAAAAAACAAQAAAABpbWFnZXMubnB5UEsFBgAAAAABAAEAOAAAAJQAAAAA\
        AA==
        """)

    /// `np.save(f, np.array([[1, 2, 3], [4, 5, 100]], dtype=KEY))`
    static let types: [String: [UInt8]] = [
        "<i2": bytes("""
            k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAIAAwAEAAUAZAA=
            """),
        "<u4": bytes("""
            k05VTVBZAQB2AHsnZGVzY3InOiAnPHU0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAgAAAAMAAAAEAAAABQAAAGQA\
            AAA=
            """),
        "<i4": bytes("""
            k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAgAAAAMAAAAEAAAABQAAAGQA\
            AAA=
            """),
        "<u8": bytes("""
            k05VTVBZAQB2AHsnZGVzY3InOiAnPHU4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAAAIAAAAAAAAAAwAAAAAA\
            AAAEAAAAAAAAAAUAAAAAAAAAZAAAAAAAAAA=
            """),
        "|i1": bytes("""
            k05VTVBZAQB2AHsnZGVzY3InOiAnfGkxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAgMEBWQ=
            """),
        "<f8": bytes("""
            k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADwPwAAAAAAAABAAAAAAAAA\
            CEAAAAAAAAAQQAAAAAAAABRAAAAAAAAAWUA=
            """),
        ">i4": bytes("""
            k05VTVBZAQB2AHsnZGVzY3InOiAnPmk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAABAAAAAgAAAAMAAAAEAAAABQAA\
            AGQ=
            """),
        "<f2": bytes("""
            k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAPABAAEIARABFQFY=
            """),
    ]

    /// `np.save(f, np.asfortranarray(np.arange(6, dtype="float32").reshape(2, 3)))`
    static let fortran = bytes("""
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAg\
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAABAQAAAgD8AAIBAAAAAQAAA\
        oEA=
        """)

    /// `np.save(f, np.array([[1.5, -2.25], [3e-10, 65504]], dtype="float32"))`
    static let singles = bytes("""
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAg\
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAQwD/tpC8A4H9H
        """)

    private static func bytes(_ base64: String) -> [UInt8] {
        Array(Data(base64Encoded: base64) ?? Data())
    }
}
