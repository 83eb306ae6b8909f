import SuretyTensors
import Testing

@Suite struct PhiloxTests {
    /// The known answers published with the authors' Random123 library (kat_vectors, philox4x32 10).
    @Test func knownAnswers() {
        #expect(Philox(key: 0).block((0, 0, 0, 0)) == (0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
        let ones = UInt32.max
        #expect(Philox(key: .max).block((ones, ones, ones, ones)) == (0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
        let digitsOfPi = Philox(key: 0x299F_31D0_A409_3822)
        #expect(
            digitsOfPi.block((0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344))
                == (0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }

    @Test func everyWordOfCounterAndKeyMatters() {
        let base = Philox(key: 1).block((2, 3, 4, 5))
        #expect(Philox(key: 1 + 1 << 32).block((2, 3, 4, 5)) != base)
        #expect(Philox(key: 2).block((2, 3, 4, 5)) != base)
        for other in [(3, 3, 4, 5), (2, 4, 4, 5), (2, 3, 5, 5), (2, 3, 4, 6)] as [(UInt32, UInt32, UInt32, UInt32)] {
            #expect(Philox(key: 1).block(other) != base)
        }
    }
}
