import Foundation
import SuretyAttacks
import SuretyNetworks
import SuretyTensors
import Testing

struct SquareAttackTests {
    private static let (height, width) = (12, 15)

    /// One bright blob against one dark one: something that squares can find.
    private func classifier() throws -> (network: Network, weights: [Float]) {
        let weights = (0..<Self.height * Self.width).map { i in
            func blob(_ row: Int, _ column: Int) -> Float {
                let (down, right) = (i / Self.width - row, i % Self.width - column)
                return exp(-Float(down * down + right * right) / 12)
            }
            return blob(3, 4) - blob(8, 10)
        }
        var builder = try NetworkBuilder(imageShape: [1, Self.height, Self.width])
        try builder.add(Tensor(shape: [2, weights.count], values: weights.map { _ in 0 } + weights), as: "w")
        try builder.add(Tensor(shape: [2], values: [0, -1 - weights.reduce(0) { $0 + $1 * 0.5 }]), as: "b")
        let flat = try builder.append(.reshape(to: [weights.count]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "w", bias: "b"), to: [flat])
        return (try builder.network(output: logits), weights)
    }

    @Test(arguments: SquareAttack.norms, [1, 2])
    func findsWhatSquaresCanReach(_ norm: Norm, _ trial: Int) throws {
        let (network, weights) = try classifier()
        let dual = norm == .l2
            ? weights.reduce(0) { $0 + $1 * $1 }.squareRoot() : weights.reduce(0) { $0 + abs($1) }
        let clean = [Float](repeating: 0.5, count: weights.count)
        let attack = SquareAttack(ball: Ball(norm, radius: 1.25 / dual))
        let found = try attack.run(on: network, images: clean, labels: [0], trial: trial)
        let margin = zip(weights, found).reduce(Float(-1)) { $0 + $1.0 * ($1.1 - 0.5) }
        #expect(margin > 0)
        let out = SquareAttack(ball: Ball(norm, radius: 0.98 / dual)).with(\.steps, 200)
        let short = try out.run(on: network, images: clean, labels: [0], trial: trial)
        #expect(zip(weights, short).reduce(Float(-1)) { $0 + $1.0 * ($1.1 - 0.5) } <= 0)
    }

    /// Appendix: halved after 10, 50, 200, 500, 1000, 2000, 4000, 6000 and 8000 of 10 000 queries.
    @Test func squaresShrinkAsScheduled() {
        let attack = SquareAttack(ball: Ball(.linf, radius: 0.1)).with(\.steps, 5000).with(\.area, 0.8)
        #expect(attack.area(step: 0) == 0.8 && attack.area(step: 5) == 0.8)
        #expect(attack.area(step: 6) == 0.4 && attack.area(step: 4999) == 0.8 / 512)
    }
}
