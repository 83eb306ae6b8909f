import SuretyTensors
import Testing

struct PhiloxGeneratorTests {
    @Test func givesTheBlocksInOrder() {
        var generator = PhiloxGenerator(key: 7, 1, 2, 3)
        for block in 0..<3 as Range<UInt32> {
            let words = Philox(key: 7).block((block, 1, 2, 3))
            #expect(generator.next() == UInt64(words.1) << 32 | UInt64(words.0))
            #expect(generator.next() == UInt64(words.3) << 32 | UInt64(words.2))
        }
    }

    @Test func isKeyedByItsPlace() {
        func first(_ key: UInt64, _ a: UInt32, _ b: UInt32, _ c: UInt32) -> UInt64 {
            var generator = PhiloxGenerator(key: key, a, b, c)
            return generator.next()
        }
        let values = [first(7, 1, 2, 3), first(8, 1, 2, 3), first(7, 0, 2, 3), first(7, 1, 0, 3), first(7, 1, 2, 0)]
        #expect(Set(values).count == values.count)
    }
}
