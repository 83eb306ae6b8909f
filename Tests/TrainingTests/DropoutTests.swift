import SuretyAttacks
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import SuretyTraining
import Testing

struct DropoutTests {
    private func mask(_ rate: Float, shape: [Int]) throws -> Network.DropoutMask {
        var builder = try NetworkBuilder(imageShape: Array(shape.dropFirst()))
        let top = try builder.append(.dropout(.init(rate: rate)), to: [builder.image])
        let images = Node.input("images", shape: shape)
        return try #require(try builder.network(output: top).trainingPass(of: images, parameters: [:]).masks.first)
    }

    private func drawn(
        _ mask: Network.DropoutMask, _ indices: [Int], number: Int = 7, seed: UInt64 = 3
    ) -> [Float] {
        let row = Images(count: 1, shape: mask.node.shape)[0]
        row.fill(with: -1)
        mask.draw(into: row, for: indices, number: number, seed: seed)
        return Array(row)
    }

    /// Zeros with the rate's frequency, and what keeps the mean elsewhere.
    @Test(arguments: [0.1, 0.5, 0.75] as [Float])
    func dropsAtItsRate(_ rate: Float) throws {
        let values = drawn(try mask(rate, shape: [100, 1000]), Array(0..<100))
        #expect(Set(values) == [0, 1 / (1 - rate)])
        let share = Double(values.count { $0 == 0 }) / 1e5
        #expect(abs(share - Double(rate)) < 4.5 * (Double(rate) * Double(1 - rate) / 1e5).squareRoot())
    }

    /// What an image gets depends on its index, the draw and the seed: neither on its place nor on who is with it.
    @Test func belongsToTheImage() throws {
        let (three, one, twice) = (
            drawn(try mask(0.5, shape: [3, 64]), [5, 9, 2]), drawn(try mask(0.5, shape: [1, 64]), [9]),
            drawn(try mask(0.5, shape: [4, 64]), [9, 2])
        )
        #expect(Array(three[64..<128]) == one)
        #expect(Array(twice[0..<64]) == one && Array(twice[64..<128]) == Array(three[128..<192]))
        // Copies of an image have masks of their own, those of the draws that follow.
        #expect(Array(twice[128..<192]) == drawn(try mask(0.5, shape: [1, 64]), [9], number: 8))
        let others = [one, drawn(try mask(0.5, shape: [1, 64]), [9], seed: 4), Array(twice[128..<192]), Array(three[0..<64])]
        #expect(Set(others).count == 4)
    }

    private func trained(
        _ defense: any Defense, accumulation: Int = 1, rate: Float = 0.5, seed: UInt64 = 7
    ) throws -> Trainer {
        var settings = TinyTraining.settings
        (settings.batchSize, settings.accumulation, settings.seed) = (12, accumulation, seed)
        return try TinyTraining.finished(
            Trainer(TinyTraining.droppingNetwork(rate: rate), defense, on: TinyTraining.images(), settings))
    }

    /// Results depend on the seed, not on the parts that a batch is worked through in, beyond the rounding of sums: also where
    /// noisy copies, replays and derivatives of derivatives pass through the network.
    @Test(arguments: [
        StandardTraining(), SmoothAdversarialTraining(sigma: 0.2, copies: 2, epsilon: 0.5, steps: 2, warmUp: 3),
        GradientRegularisation(norm: .l2, lambda: 0.1, method: .doubleBackpropagation),
    ] as [any Defense])
    func partsOfABatchAddUp(_ defense: any Defense) throws {
        let (whole, parts) = (try trained(defense), try trained(defense, accumulation: 3))
        for (name, tensor) in whole.parameters {
            let other = try #require(parts.parameters[name])
            #expect(zip(tensor.values, other.values).allSatisfy { abs($0 - $1) < 1e-4 }, "\(name)")
        }
        #expect(try trained(defense).bits == whole.bits)
        #expect(try trained(defense, seed: 8).bits != whole.bits)
        let plain = try trained(defense, rate: 0)
        #expect(plain.bits != whole.bits)
    }

    @Test(arguments: TinyTraining.defenses.indices)
    func resumedTrainingEndsWithTheSameBytes(_ index: Int) throws {
        let defense = TinyTraining.defenses[index]
        func trainer(resuming checkpoint: Checkpoint? = nil) throws -> Trainer {
            try Trainer(
                TinyTraining.droppingNetwork(), defense, on: TinyTraining.images(), TinyTraining.settings,
                resuming: checkpoint)
        }
        var killed = try trainer()
        try killed.runEpoch()
        let read = try Checkpoint(killed.checkpoint.data())
        #expect(try TinyTraining.finished(trainer(resuming: read)).bits == TinyTraining.finished(trainer()).bits)
    }

    /// Each use of a batch has masks of its own: with a rate of nothing that moves, two uses see two losses.
    @Test func replaysDrawAnew() throws {
        func loss(uses: Int) throws -> Double {
            var settings = TinyTraining.settings
            (settings.epochs, settings.learningRate, settings.batchSize) = (1, 1e-12, 22)
            settings.optimiser = .sgd(momentum: 0, weightDecay: 0, isNesterov: false)
            let free = FreeAdversarialTraining(ball: Ball(.linf, radius: 0), stepSize: 0, uses: uses)
            let trainer = try Trainer(TinyTraining.droppingNetwork(), free, on: TinyTraining.images(), settings)
            return try TinyTraining.finished(trainer).history[0].loss
        }
        #expect(try abs(loss(uses: 1) - loss(uses: 2)) > 1e-4)
    }

    /// The authors of TRADES pass the clean images through the network twice, before and after the attacked ones.
    @Test func tradesPassesThreeTimes() throws {
        let ball = Ball(.linf, radius: 0.1)
        let defenses: [any Defense] = [
            TRADES(ball: ball, stepSize: 0.05, steps: 2, beta: 2), BinaryTRADES(ball: ball, stepSize: 0.05, steps: 2, lambda: 2),
        ]
        for defense in defenses {
            let images = Node.input("images", shape: [2, 4])
            let adversarial = Node.input("adversarial", shape: [2, 4])
            var passed: [Node] = []
            let graph = ObjectiveGraph(
                images: images, labels: .input("labels", shape: [2, 2]), adversarial: adversarial, noise: nil
            ) { x in
                passed.append(x)
                return try x.sliced(from: [0, 0], to: [2, 2])
            }
            _ = try defense.objective(graph)
            #expect(passed == [images, adversarial, images])
        }
    }
}
