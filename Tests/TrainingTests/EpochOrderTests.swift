import SuretyTraining
import Testing

struct EpochOrderTests {
    @Test(arguments: [1, 2, 97, 1000])
    func everyImageOnce(_ count: Int) {
        #expect(EpochOrder(count: count, epoch: 3, seed: 5).indices.sorted() == Array(0..<count))
    }

    @Test func dependsOnSeedAndEpochAlone() {
        let order = EpochOrder(count: 500, epoch: 1, seed: 9).indices
        #expect(EpochOrder(count: 500, epoch: 1, seed: 9).indices == order)
        #expect(EpochOrder(count: 500, epoch: 2, seed: 9).indices != order)
        #expect(EpochOrder(count: 500, epoch: 1, seed: 10).indices != order)
        #expect(order != Array(0..<500))
    }

    /// Each image comes to each place about equally often: χ² with 49 degrees of freedom exceeds 100 once in 50,000 times.
    @Test func placesAreUniform() {
        var counts = [Int](repeating: 0, count: 50)
        for epoch in 0..<2000 { counts[EpochOrder(count: 50, epoch: epoch, seed: 1).indices[0]] += 1 }
        let statistic = counts.reduce(0.0) { $0 + Double(($1 - 40) * ($1 - 40)) / 40 }
        #expect(statistic < 100)
    }
}
