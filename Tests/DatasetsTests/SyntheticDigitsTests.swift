import SuretyDatasets
import SuretyRecords
import Testing

@Suite struct SyntheticDigitsTests {
    /// Drawn with exactly rounded operations alone, the images are these on every machine.
    @Test(arguments: [
        (Split.test, 1_000, "d61cc816b8e13e229aa6c4cb84de2b1248ff315b51238f7bb12b939e2d1065f9"),
        (Split.train, 10_000, "9b6022ae79093bc34642f1626f10ae9a5982bbf138d181d617d4dad9e7c01bfd"),
    ])
    func areAlwaysTheSame(split: Split, count: Int, sha256: String) throws {
        let digits = try DatasetSource.synthetic.load(split, under: DatasetRoot())
        #expect(digits.count == count)
        #expect(digits.shape == [1, 28, 28])
        #expect(digits.sha256 == sha256)
        #expect(histogram(digits).allSatisfy { abs($0 - count / 10) < count / 40 })
    }

    /// The nearest class mean of the training images names most test images: classes look alike within and
    /// differ between, yet not so plainly that a certificate on them would mean nothing.
    @Test func areDigitsToTellApart() throws {
        let train = try DatasetSource.synthetic.load(.train, under: DatasetRoot())
        let test = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        var means = [[Float]](repeating: [Float](repeating: 0, count: 784), count: 10)
        let counts = histogram(train)
        for index in 0..<train.count {
            let label = train.label(at: index)
            for (place, value) in train.image(at: index).enumerated() { means[label][place] += value / Float(counts[label]) }
        }
        let right = (0..<test.count).filter { index in
            let image = test.image(at: index)
            let distances = means.map { mean in zip(mean, image).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
            return distances.indices.min { distances[$0] < distances[$1] } == test.label(at: index)
        }.count
        #expect((650..<960).contains(right), "\(right) of \(test.count)")
    }
}
