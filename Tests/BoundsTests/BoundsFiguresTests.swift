import Foundation
import SuretyBounds
import SuretyDatasets
import SuretyNetworks
import SuretyTensors
import TestSupport
import Testing

/// The figures of a run on a linear model, whose bounds are known: L is the length of the weights, 5, and ω is 0.
@Suite struct BoundsFiguresTests {
    private static func estimated() throws -> EstimatedBounds {
        try EstimatedBounds(
            of: Network.halfSpace(weights: [1, 2, -2, 4], bias: -0.3), norm: .l2, scores: [.logits],
            sampling: BlockSampling(of: 60, blocks: 12, grid: [0.25, 0.5, 4]), from: LabelledImages.random(count: 60), threads: 1)
    }

    /// An image of class 1 with a loss on logits.
    private static func image(
        _ index: Int, loss: Double?, gradient: Double = 4, proven: Double? = nil
    ) throws -> ImageBounds {
        let logits = loss.map { "{\"loss\":\($0),\"gradientNorm\":\(gradient),\"lipschitz\":null,\"modulus\":null}" } ?? "null"
        let radius = proven.map { "{\"method\":\"ibp\",\"radius\":\($0)}" } ?? "null"
        let answer = loss ?? -1 < 0 ? 1 : 0
        let line = "{\"image\":\(index),\"label\":1,\"class\":\(answer),\"logits\":\(logits),"
            + "\"probabilities\":null,\"proven\":\(radius)}"
        return try JSONDecoder().decode(ImageBounds.self, from: Data(line.utf8))
    }

    /// L-bounds −ℓ/5 and ω-bounds −ℓ/‖∇ℓ‖, over the images with a finite loss. Of one, the gradient is steeper than L.
    @Test func meansOfEstimates() throws {
        let figures = BoundsFigures(
            try [
                Self.image(0, loss: -1.5), Self.image(1, loss: -5, gradient: 10), Self.image(2, loss: 2),
                Self.image(3, loss: nil), Self.image(4, loss: -0.5, gradient: 2.5),
            ],
            try Self.estimated())
        #expect(figures.imageCount == 5 && figures.correctCount == 4)
        let loss = try #require(figures.losses.first)
        #expect(figures.losses.count == 1 && loss.estimates.scores == .logits && loss.steeperImages == 1)
        let (lipschitz, modulus) = (try #require(loss.lipschitzBound), try #require(loss.modulusBound))
        #expect(abs(lipschitz.mean - (0.3 + 1 + 0 + 0.1) / 4) < 1e-4)
        #expect(abs(modulus.mean - (0.375 + 0.5 + 0 + 0.2) / 4) < 1e-4)
        // All blocks have the same maxima, and so have resamples of them.
        for bound in [lipschitz, modulus] {
            let spread = try #require(bound.spread)
            #expect(spread.contains(bound.mean) && spread.upperBound - spread.lowerBound < 1e-4)
        }
        #expect(figures.method == nil && figures.meanProvenRadius == nil && figures.robustCount(within: 0.1) == 0)
    }

    @Test func figuresOfProofs() throws {
        let radii = [0.25, 0, 0.5, 0.125]
        let figures = BoundsFigures(
            try radii.enumerated().map { try Self.image($0.offset, loss: nil, proven: $0.element) } + [Self.image(4, loss: nil)],
            try EstimatedBounds(withoutEstimatesOf: Network.halfSpace(weights: [1, 2, -2, 4], bias: 0), norm: .l2))
        #expect(figures.imageCount == 5 && figures.losses.isEmpty && figures.method == .ibp)
        #expect(figures.meanProvenRadius == 0.875 / 4)
        #expect([0.1, 0.25, 0.3, 0.6].map(figures.robustCount) == [3, 2, 1, 0])
    }

    /// Without images the means are 0; what was not estimated has none.
    @Test func edges() throws {
        let empty = try #require(BoundsFigures([], try Self.estimated()).losses.first)
        #expect(empty.lipschitzBound?.mean == 0 && empty.modulusBound?.mean == 0 && empty.steeperImages == 0)
        let constant = try EstimatedBounds(
            of: Network.halfSpace(weights: [0, 0, 0, 0], bias: 1), norm: .l2, scores: [.logits],
            sampling: BlockSampling(of: 60, blocks: 12, grid: [0.5]), from: LabelledImages.random(count: 60), threads: 1)
        let failed = try #require(try BoundsFigures([Self.image(0, loss: -1)], constant).losses.first)
        #expect(failed.lipschitzBound == nil && failed.modulusBound == nil && failed.steeperImages == 0)
    }
}
