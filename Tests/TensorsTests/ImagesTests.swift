import SuretyTensors
import Testing
import TestSupport

struct ImagesTests {
    private func numbers(_ count: Int, seed: Int = 1) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in .random(in: -2...2, using: &generator) }
    }

    @Test func rowsAreSeenWhereTheyLie() {
        let values = numbers(24)
        let images = Images(Tensor(shape: [2, 3, 4], values: values))
        #expect(images.count == 2 && images.shape == [3, 4] && images.size == 12)
        #expect(Array(images[1]) == Array(values[12...]) && Array(images.elements) == values)
        let row = images[1]
        row[3] = 7
        #expect(images[1][3] == 7 && images.elements[15] == 7)
        // The same memory under another name, and memory of its own.
        let (same, other) = (images, Images(copying: images))
        images[1][3] = 8
        #expect(same[1][3] == 8 && other[1][3] == 7)
    }

    @Test func assigningARowCopiesItsElements() {
        let (a, b) = (Images([numbers(5), numbers(5, seed: 2)], shape: [5]), Images(count: 2, shape: [5]))
        b[0] = a[1]
        #expect(Array(b[0]) == numbers(5, seed: 2) && b[1].allSatisfy { $0 == 0 })
        a[1].fill(with: 3)
        #expect(Array(b[0]) == numbers(5, seed: 2))
        b.set(a)
        #expect(Array(b.elements) == Array(a.elements))
    }

    /// A row outlives the batch that it was taken from.
    @Test func aRowKeepsItsMemory() {
        let row = Images([numbers(1000)], shape: [1000])[0]
        let others = (0..<50).map { Images([numbers(1000, seed: $0)], shape: [1000]) }
        #expect(Array(row) == numbers(1000) && others.count == 50)
    }

    /// Each helper does to a row what a loop does to an array, and nothing to its neighbours.
    @Test(arguments: [1, 7, 8, 33, 784])
    func helpersAreLoops(_ size: Int) {
        let (x, y, z) = (numbers(size), numbers(size, seed: 2), numbers(size, seed: 3))
        let rows = Images([x, y, z], shape: [size])
        let (a, b) = (rows[0], rows[1])
        let square = zip(x, y).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
        #expect(abs(a.squareDistance(to: b) - square) <= 1e-12 * square)
        #expect(abs(a.squareSum - x.reduce(0.0) { $0 + Double($1) * Double($1) }) <= 1e-12 * a.squareSum)
        #expect(Norm.linf.distance(a, b) == zip(x, y).map { abs($0 - $1) }.max())
        #expect(abs(Norm.linf.dual(a) - x.reduce(0.0) { $0 + Double(abs($1)) }) <= 1e-12 * Double(size))
        a.add(b, times: 0.3)
        #expect(Array(a) == zip(x, y).map { $0 + Float(0.3 * Double($1)) })
        a.clip()
        #expect(a.allSatisfy { 0...1 ~= $0 })
        a.set(x)
        a.fill { a[$0] * 2 - b[$0] }
        #expect(Array(a) == zip(x, y).map { $0 * 2 - $1 })
        a.set(x.lazy.map { -$0 })
        #expect(Array(a) == x.map { -$0 } && Array(b) == y && Array(rows[2]) == z)
    }

    /// A row that is added to an array, and the least product of a row with a box: with either end of an interval where the
    /// coefficient's sign asks for it.
    @Test(arguments: [1, 7, 16, 33, 784])
    func rowsAndArraysAreLoops(_ size: Int) {
        let (x, y) = (numbers(size), numbers(size, seed: 2))
        let row = Images([numbers(size, seed: 3), x, y], shape: [size])[1]
        var sum = y
        row.add(times: 0.3, to: &sum)
        #expect(sum == zip(x, y).map { $1 + 0.3 * $0 } && Array(row) == x)

        let width = numbers(size, seed: 4).map(abs)
        // The limits lie in the midst of longer arrays.
        let (low, high) = ([9] + y + [9], [-9] + zip(y, width).map { $0 + $1 } + [-9])
        let least = row.leastSum(low: low[1...size], high: high[1...size])
        let terms = (0..<size).map { min(Double(x[$0]) * Double(low[$0 + 1]), Double(x[$0]) * Double(high[$0 + 1])) }
        let length = terms.reduce(0) { $0 + abs($1) }
        #expect(abs(least.sum - terms.reduce(0, +)) <= Double(size) * 0x1p-52 * length)
        #expect(abs(least.size - length) <= Double(size) * 0x1p-52 * length)
    }

    @Test func whatIsNotThereIsRefused() async {
        await #expect(processExitsWith: .failure) { _ = Images(count: 2, shape: [3])[2] }
        await #expect(processExitsWith: .failure) { _ = Images(count: 2, shape: [3])[1][3] }
        await #expect(processExitsWith: .failure) { Images(count: 2, shape: [3])[0].set([1, 2]) }
    }

    /// The noise of a row is that of its image and sample, wherever the row lies.
    @Test func noiseOfRows() {
        let noise = GaussianNoise(key: 5, sigma: 0.5)
        let rows = Images(count: 6, shape: [20])
        noise.draw(rows, for: [7, 3, 9], firstSample: 4, stream: .training)
        for (place, (image, sample)) in [(7, 4), (3, 4), (9, 4), (7, 5), (3, 5), (9, 5)].enumerated() {
            let one = Images(count: 1, shape: [20])[0]
            one.fill(with: 9)
            noise.draw(one, sample: UInt32(sample), image: UInt32(image), stream: .training)
            #expect(Array(rows[place]) == Array(one))
        }
        #expect(Set(rows.elements).count > 100)
    }
}
