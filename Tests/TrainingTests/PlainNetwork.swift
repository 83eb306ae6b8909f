import Foundation
import SuretyGraphs
import SuretyTensors
import TestSupport

/// A network with one hidden layer of tanh, computed twice: as a graph, and by loops in `Double` with its slope worked out by
/// hand. Smooth, so that every derivative can be compared with differences.
struct PlainNetwork {
    static let (pixels, hidden, classes) = (4, 5, 3)
    static let sizes = [hidden * pixels, hidden, classes * hidden, classes]
    static let shapes = [[hidden, pixels], [hidden], [classes, hidden], [classes]]

    /// Weights and biases of the hidden layer, then of the logits.
    var parameters: [[Double]]

    init() {
        var generator = SeededGenerator(seed: 6)
        parameters = Self.sizes.map { count in generator.distinctValues(count: count).map(Double.init) }
    }

    private func tanhs(_ x: [Double]) -> [Double] {
        (0..<Self.hidden).map { j in
            var sum = parameters[1][j]
            for i in 0..<Self.pixels { sum += parameters[0][j * Self.pixels + i] * x[i] }
            return Foundation.tanh(sum)
        }
    }

    func probabilities(_ x: [Double]) -> [Double] {
        let h = tanhs(x)
        let powers = (0..<Self.classes).map { k in
            var sum = parameters[3][k]
            for j in 0..<Self.hidden { sum += parameters[2][k * Self.hidden + j] * h[j] }
            return exp(sum)
        }
        return powers.map { $0 / powers.reduce(0, +) }
    }

    func loss(_ x: [Double], _ label: Int) -> Double { -log(probabilities(x)[label]) }

    /// ∂loss/∂x = W₁ᵀ ((1 − h²) ⊙ W₂ᵀ (p − e_y)).
    func slope(_ x: [Double], _ label: Int) -> [Double] {
        let (h, p) = (tanhs(x), probabilities(x))
        let back = (0..<Self.hidden).map { j in
            var sum = 0.0
            for k in 0..<Self.classes { sum += parameters[2][k * Self.hidden + j] * (p[k] - (k == label ? 1 : 0)) }
            return (1 - h[j] * h[j]) * sum
        }
        return (0..<Self.pixels).map { i in
            var sum = 0.0
            for j in 0..<Self.hidden { sum += parameters[0][j * Self.pixels + i] * back[j] }
            return sum
        }
    }

    /// The logits of `images` [N, 1, 2, 2] as a graph.
    static func logits(of images: Node, parameters: [Node]) throws -> Node {
        let flat = try images.reshaped(to: [images.shape[0], pixels])
        return try flat.dense(weights: parameters[0], bias: parameters[1]).tanh()
            .dense(weights: parameters[2], bias: parameters[3])
    }
}
