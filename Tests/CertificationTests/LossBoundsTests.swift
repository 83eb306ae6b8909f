import Certification
import Datasets
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite struct LossBoundsTests {
    static let norms = SmoothingSettings.Norm.allCases

    /// Of a linear model the bounds are the true distance to the other class: L is the gradient's dual norm, and ω is 0.
    @Test(arguments: norms) func isExactOnALinearModel(norm: SmoothingSettings.Norm) throws {
        let weights: [Float] = [1, -2, 0.5, 1.5]
        let network = try Network.halfSpace(weights: weights, bias: -0.3)
        let images = try LabelledImages.random(count: 60)
        let sampling = try BlockSampling(of: 60, blocks: 12, grid: [0.1, 0.5, 4], directions: 2)
        let estimated = try EstimatedBounds(of: network, norm: norm, sampling: sampling, from: images, threads: 2)
        let slope = norm == .l2 ? (1 + 4 + 0.25 + 2.25).squareRoot() : 5.0
        #expect(abs(estimated.logits.lipschitz.value / slope - 1) < 1e-5)
        for it in estimated.logits.modulus { #expect(it.value >= 0 && it.value < 1e-5) }
        for it in try estimated.bounds(of: images, at: Array(0..<60), threads: 2) {
            let logit = zip(images.image(at: it.image), weights).reduce(-0.3) { $0 + Double($1.0) * Double($1.1) }
            let distance = min(max(logit, 0) / slope, norm == .l2 ? 2 : 1)
            #expect(abs(it.logits.loss + logit) < 1e-6 && abs(it.logits.gradientNorm / slope - 1) < 1e-6)
            #expect(abs(it.logits.lipschitz - distance) < 1e-5 && abs(it.logits.modulus - distance) < 1e-5)
            #expect(it.answer == (logit > 0 ? 1 : 0) && it.proven == nil)
        }
    }

    /// Logits (0, b − κ‖x‖²), all images of class 1: ℓ(x + v) − ℓ(x) − ⟨v, ∇ℓ⟩ = κ‖v‖², which is largest at κε² in ℓ2 and at
    /// a corner, κdε², in ℓ∞.
    @Test(arguments: norms) func isExactOnAQuadraticModel(norm: SmoothingSettings.Norm) throws {
        let (κ, b) = (0.25, 2.0)
        let network = try Network.paraboloid(curvature: Float(κ), height: Float(b))
        let images = try LabelledImages.random(count: 100)
        let grid = [0.1, 0.3, 0.6, 0.9, 1.0]
        let sampling = try BlockSampling(of: 100, blocks: 10, grid: grid, directions: 1)
        let estimated = try EstimatedBounds(of: network, norm: norm, sampling: sampling, from: images, threads: 2)
        let curvature = norm == .l2 ? κ : 4 * κ
        for it in estimated.logits.modulus {
            #expect(abs(it.value / (curvature * it.epsilon * it.epsilon) - 1) < 1e-4, "\(it.epsilon)")
        }
        var claims = 0
        for it in try estimated.bounds(of: images, at: Array(0..<100), threads: 1) {
            let x = images.image(at: it.image).map(Double.init)
            let loss = κ * x.reduce(0) { $0 + $1 * $1 } - b
            let slope = norm == .l2 ? 2 * κ * x.reduce(0) { $0 + $1 * $1 }.squareRoot() : 2 * κ * x.reduce(0, +)
            #expect(abs(it.logits.loss - loss) < 1e-5 && abs(it.logits.gradientNorm - slope) < 1e-5)
            // (−ℓ − curvature ε²)/slope ≥ ε, solved, is an upper limit; the grid's next ω gives what is claimed.
            let root = (-slope + (slope * slope - 4 * curvature * loss).squareRoot()) / (2 * curvature)
            let claimed = grid.map { min($0, (-loss - curvature * $0 * $0) / slope) }.max() ?? 0
            #expect(it.logits.modulus <= min(root, 2) + 1e-4)
            #expect(abs(it.logits.modulus - max(0, claimed)) < 1e-3)
            if it.logits.modulus > 0.5 { claims += 1 }
        }
        #expect(claims > 10)
    }

    @Test func resultsDoNotDependOnThreads() throws {
        let network = try Network.random(seed: 4)
        let images = try LabelledImages.random(count: 40)
        let sampling = try BlockSampling(of: 40, blocks: 10, grid: [0.1, 0.3], seed: 9)
        let all = try [1, 3].map { threads in
            try EstimatedBounds(of: network, norm: .l2, sampling: sampling, from: images, threads: threads)
                .bounds(of: images, at: Array(0..<40), threads: threads)
        }
        #expect(all[0] == all[1])
        let other = try BlockSampling(of: 40, blocks: 10, grid: [0.1, 0.3], seed: 10)
        let drawn = try EstimatedBounds(of: network, norm: .l2, sampling: other, from: images, threads: 1)
        let same = try EstimatedBounds(of: network, norm: .l2, sampling: sampling, from: images, threads: 2)
        #expect(drawn.logits.lipschitz.maxima != same.logits.lipschitz.maxima)
        #expect(drawn.logits.lipschitz.maxima.max() == same.logits.lipschitz.maxima.max())
    }

    /// A network that ends in softmax has the logits before it, and its output for probabilities.
    @Test func aFinalSoftmaxIsWhatProbabilitiesAre() throws {
        let network = try Network.random(seed: 4)
        let images = try LabelledImages.random(count: 20)
        let sampling = try BlockSampling(of: 20, blocks: 10, grid: [0.1])
        let all = try [network, network.withFinalSoftmax()].map { network in
            try EstimatedBounds(of: network, norm: .linf, sampling: sampling, from: images, threads: 1)
                .bounds(of: images, at: [0, 1, 2], threads: 1)
        }
        #expect(all[0] == all[1])
    }

    @Test func anInfiniteOutputIsRefused() throws {
        let network = try Network.halfSpace(weights: [3e38, 3e38, 3e38, 3e38], bias: 0)
        let images = try LabelledImages.random(count: 20)
        let sampling = try BlockSampling(of: 20, blocks: 10, grid: [0.1])
        #expect(throws: BoundsError.self) {
            try EstimatedBounds(of: network, norm: .l2, sampling: sampling, from: images, threads: 1)
        }
    }

    /// A constant model: the distance to the farthest image is all that can be said.
    @Test func aConstantModelIsRobustEverywhere() throws {
        let network = try Network.halfSpace(weights: [0, 0, 0, 0], bias: 1)
        let images = try LabelledImages.random(count: 20)
        let sampling = try BlockSampling(of: 20, blocks: 10, grid: [0.1])
        let estimated = try EstimatedBounds(of: network, norm: .l2, sampling: sampling, from: images, threads: 1)
        let it = try estimated.bounds(of: images, at: [0], threads: 1)[0]
        #expect(it.logits.lipschitz == 2 && it.logits.modulus == 0.1)
        #expect(estimated.logits.lipschitz.fit == nil && estimated.logits.lipschitz.remark != nil)
    }
}

extension Network {
    /// Logits (0, height − curvature ‖x‖²) of images of 2×2.
    static func paraboloid(curvature: Float, height: Float) throws -> Network {
        var builder = try NetworkBuilder(imageShape: [1, 2, 2])
        try builder.add(Tensor(shape: [2, 4], values: [0, 0, 0, 0] + Array(repeating: -curvature, count: 4)), as: "weights")
        try builder.add(Tensor(shape: [2], values: [0, height]), as: "bias")
        let square = try builder.append(.arithmetic(.multiply), to: [builder.image, builder.image])
        let pixels = try builder.append(.reshape(to: [4]), to: [square])
        let logits = try builder.append(.dense(weights: "weights", bias: "bias"), to: [pixels])
        return try builder.network(output: logits)
    }

    /// A small rectified network on images of 2×2, with three classes.
    static func random(seed: Int) throws -> Network {
        var generator = SeededGenerator(seed: seed)
        var builder = try NetworkBuilder(imageShape: [1, 2, 2])
        try builder.add(Tensor(shape: [8, 4], values: generator.distinctValues(count: 32)), as: "first")
        try builder.add(Tensor(shape: [8], values: generator.distinctValues(count: 8).map { $0 / 4 }), as: "bias")
        try builder.add(Tensor(shape: [3, 8], values: generator.distinctValues(count: 24)), as: "second")
        let pixels = try builder.append(.reshape(to: [4]), to: [builder.image])
        let hidden = try builder.append(.dense(weights: "first", bias: "bias"), to: [pixels])
        let rectified = try builder.append(.relu, to: [hidden])
        let logits = try builder.append(.dense(weights: "second", bias: nil), to: [rectified])
        return try builder.network(output: logits)
    }

    func withFinalSoftmax() throws -> Network {
        var builder = try NetworkBuilder(imageShape: imageShape)
        for (name, tensor) in parameters { try builder.add(tensor, as: name) }
        var places = [builder.image]
        for vertex in vertices.dropFirst() {
            places.append(try builder.append(vertex.layer, to: vertex.inputs.map { places[$0] }))
        }
        let logits = try builder.append(.softmax(axis: 0), to: [places[places.count - 1]])
        return try builder.network(output: logits)
    }
}
