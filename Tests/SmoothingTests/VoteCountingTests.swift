import SuretyDatasets
import SuretyNetworks
import SuretySmoothing
import SuretyTensors
import Synchronization
import Testing

@Suite struct VoteCountingTests {
    private func classifier(bias: Float = 0) throws -> SmoothedClassifier {
        try SmoothedClassifier(
            .halfSpace(weights: [1, 1, 1, 1], bias: bias), .gaussian(sigma: 0.5), key: 0, batchSize: 16)
    }

    @Test func deliversInOrderEachImageOnce() throws {
        let images = try LabelledImages.random(count: 50)
        let order = (0..<50).map { ($0 * 17) % 50 }
        let votes = try classifier().votes(on: order, of: images, selection: 10, estimation: 1000, threads: 3)
        #expect(votes.map(\.image) == order)
        #expect(votes.allSatisfy { $0.selection.reduce(0, +) == 10 && $0.estimation.reduce(0, +) == 1000 })
        #expect(votes.allSatisfy { $0.seconds >= 0 })
    }

    @Test func stopsInGoodOrderWhenAsked() throws {
        let images = try LabelledImages.random(count: 200)
        let delivered = Mutex<[Int]>([])
        try classifier().countVotes(
            on: Array(0..<200), of: images, selection: 10, estimation: 1000, threads: 2, shouldStop: { delivered.withLock { $0.count >= 5 } }
        ) { votes in delivered.withLock { $0.append(votes.image) } }
        let images5 = delivered.withLock { $0 }
        #expect(images5.count >= 5 && images5.count < 200)
        #expect(images5 == Array(0..<images5.count))
    }

    @Test func anErrorOfTheReceiverEndsTheCount() throws {
        struct Full: Error {}
        let images = try LabelledImages.random(count: 200)
        let delivered = Mutex(0)
        #expect(throws: Full.self) {
            try classifier().countVotes(on: Array(0..<200), of: images, selection: 10, estimation: 1000, threads: 2) { _ in
                try delivered.withLock { count in
                    count += 1
                    if count == 3 { throw Full() }
                }
            }
        }
        #expect(delivered.withLock { $0 } == 3)
    }

    /// Weights so large that for a bright image a logit overflows to ∞ and the difference of two to NaN.
    private func overflowingClassifier(sigma: Double) throws -> SmoothedClassifier {
        var builder = try NetworkBuilder(imageShape: [1, 2, 2])
        try builder.add(Tensor(shape: [2, 4], repeating: 3e38), as: "large")
        try builder.add(Tensor(shape: [2, 2], values: [1, -1, 1, -1]), as: "difference")
        let pixels = try builder.append(.reshape(to: [4]), to: [builder.image])
        let hidden = try builder.append(.dense(weights: "large", bias: nil), to: [pixels])
        let logits = try builder.append(.dense(weights: "difference", bias: nil), to: [hidden])
        let network = try builder.network(output: logits)
        return try SmoothedClassifier(network, .gaussian(sigma: sigma), key: 0, batchSize: 256)
    }

    @Test func anOutputThatIsNotANumberIsAnError() throws {
        let error = #expect(throws: VotingError.self) {
            _ = try overflowingClassifier(sigma: 0.1).votes(on: [1], of: .random(count: 2), selection: 0, estimation: 100, threads: 2)
        }
        #expect(error?.description.contains("image 1") == true)
    }

    /// Two dark images and a bright one share the first batch.
    @Test func whatIsCompleteBeforeAnErrorIsDelivered() throws {
        let images = try LabelledImages(
            name: "x", split: .test, pixels: .uint8(Array(repeating: 0, count: 8) + [255, 255, 255, 255]), count: 3,
            shape: [1, 2, 2], labels: [0, 0, 0], source: "x")
        let delivered = Mutex<[Int]>([])
        let error = #expect(throws: VotingError.self) {
            try overflowingClassifier(sigma: 0.01).countVotes(on: [0, 1, 2], of: images, selection: 0, estimation: 100, threads: 1) { votes in
                delivered.withLock { $0.append(votes.image) }
            }
        }
        #expect(error?.description.contains("image 2") == true)
        #expect(delivered.withLock { $0 } == [0, 1])
    }

    @Test func noImagesGiveNoVotes() throws {
        #expect(try classifier().votes(
            on: [], of: .random(count: 1), selection: 10, estimation: 1000, threads: 2).isEmpty)
    }
}
