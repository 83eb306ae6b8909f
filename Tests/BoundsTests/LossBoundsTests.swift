import Foundation
import SuretyBounds
import SuretyDatasets
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

@Suite struct LossBoundsTests {
    static let norms = BoundsSettings.norms

    /// For a linear model, the bounds are the true distance to the other class: L is the gradient's dual norm, and ω is 0.
    @Test(arguments: norms) func isExactOnALinearModel(norm: Norm) throws {
        let weights: [Float] = [1, -2, 0.5, 1.5]
        let network = try Network.halfSpace(weights: weights, bias: -0.3)
        let images = try LabelledImages.random(count: 60)
        let sampling = try BlockSampling(of: 60, blocks: 12, grid: [0.1, 0.5, 4], directions: 2)
        let estimated = try EstimatedBounds(of: network, norm: norm, scores: [.logits], sampling: sampling, from: images, threads: 2)
        let slope = norm == .l2 ? (1 + 4 + 0.25 + 2.25).squareRoot() : 5.0
        let bounds = try #require(estimated.logits)
        #expect(bounds.failures.isEmpty && estimated.probabilities == nil)
        #expect(abs(try #require(bounds.lipschitz.value) / slope - 1) < 1e-5)
        for it in bounds.modulus { #expect(try #require(it.value) >= 0 && it.value ?? 1 < 1e-5) }
        for it in try estimated.bounds(of: images, at: Array(0..<60), threads: 2) {
            #expect(it.probabilities == nil)
            let logits = try #require(it.logits)
            let (lipschitz, modulus) = (try #require(logits.lipschitz), try #require(logits.modulus))
            let logit = zip(images.image(at: it.image), weights).reduce(-0.3) { $0 + Double($1.0) * Double($1.1) }
            let distance = min(max(logit, 0) / slope, norm == .l2 ? 2 : 1)
            #expect(abs(logits.loss + logit) < 1e-6 && abs(logits.gradientNorm / slope - 1) < 1e-6)
            #expect(abs(lipschitz - distance) < 1e-5 && abs(modulus - distance) < 1e-5)
            #expect(it.answer == (logit > 0 ? 1 : 0) && it.proven == nil)
        }
    }

    /// Logits (0, b − κ‖x‖²), all images of class 1: ℓ(x + v) − ℓ(x) − ⟨v, ∇ℓ⟩ = κ‖v‖₂², which is largest at κε² in ℓ2 and at
    /// a corner, κdε², in ℓ∞; along the gradient, where ⟨v, ∇ℓ⟩ = ‖v‖ ‖∇ℓ‖_*, ω⁺ is as large.
    @Test(arguments: norms) func isExactOnAQuadraticModel(norm: Norm) throws {
        let (κ, b) = (0.25, 2.0)
        let network = try Network.paraboloid(curvature: Float(κ), height: Float(b))
        let images = try LabelledImages.random(count: 100)
        let grid = [0.1, 0.3, 0.6, 0.9, 1.0]
        let sampling = try BlockSampling(of: 100, blocks: 10, grid: grid, directions: 1)
        let estimated = try EstimatedBounds(of: network, norm: norm, scores: [.logits], sampling: sampling, from: images, threads: 2)
        let curvature = norm == .l2 ? κ : 4 * κ
        for it in try #require(estimated.logits).modulus {
            #expect(abs(try #require(it.value) / (curvature * it.epsilon * it.epsilon) - 1) < 1e-4, "\(it.epsilon)")
        }
        var claims = 0
        for it in try estimated.bounds(of: images, at: Array(0..<100), threads: 1) {
            let x = images.image(at: it.image).map(Double.init)
            let loss = κ * x.reduce(0) { $0 + $1 * $1 } - b
            let slope = norm == .l2 ? 2 * κ * x.reduce(0) { $0 + $1 * $1 }.squareRoot() : 2 * κ * x.reduce(0, +)
            let logits = try #require(it.logits)
            let modulus = try #require(logits.modulus)
            #expect(abs(logits.loss - loss) < 1e-5 && abs(logits.gradientNorm - slope) < 1e-5)
            // (−ℓ − curvature ε²)/slope ≥ ε, solved, is an upper limit; the grid's next ω gives what is claimed.
            let root = (-slope + (slope * slope - 4 * curvature * loss).squareRoot()) / (2 * curvature)
            let claimed = grid.map { min($0, (-loss - curvature * $0 * $0) / slope) }.max() ?? 0
            #expect(modulus <= min(root, 2) + 1e-4)
            #expect(abs(modulus - max(0, claimed)) < 1e-3)
            if modulus > 0.5 { claims += 1 }
        }
        #expect(claims > 10)
    }

    @Test func resultsDoNotDependOnThreads() throws {
        let network = try Network.random(seed: 4)
        let images = try LabelledImages.random(count: 40)
        let sampling = try BlockSampling(of: 40, blocks: 10, grid: [0.1, 0.3], seed: 9)
        let all = try [1, 3].map { threads in
            try EstimatedBounds(of: network, norm: .l2, scores: [.logits], sampling: sampling, from: images, threads: threads)
                .bounds(of: images, at: Array(0..<40), threads: threads)
        }
        #expect(all[0] == all[1])
        let other = try BlockSampling(of: 40, blocks: 10, grid: [0.1, 0.3], seed: 10)
        let drawn = try EstimatedBounds(of: network, norm: .l2, scores: [.logits], sampling: other, from: images, threads: 1)
        let same = try EstimatedBounds(of: network, norm: .l2, scores: [.logits], sampling: sampling, from: images, threads: 2)
        let (others, own) = (try #require(drawn.logits), try #require(same.logits))
        #expect(others.lipschitz.maxima != own.lipschitz.maxima)
        #expect(others.lipschitz.maxima.max() == own.lipschitz.maxima.max())
        // Resamples too are keyed by the seed.
        let again = try EstimatedBounds(
            of: network, norm: .l2, scores: [.logits], sampling: sampling, from: images, threads: 3)
        #expect(again.logits?.resampled == own.resampled && own.resampled.count == 100)
        #expect(others.resampled != own.resampled)
    }

    /// A network that ends in softmax has the logits before it, and its output for probabilities.
    @Test func aFinalSoftmaxIsWhatProbabilitiesAre() throws {
        let network = try Network.random(seed: 4)
        let images = try LabelledImages.random(count: 20)
        let sampling = try BlockSampling(of: 20, blocks: 10, grid: [0.1])
        let all = try [network, network.withFinalSoftmax()].map { network in
            try EstimatedBounds(of: network, norm: .linf, scores: [.logits], sampling: sampling, from: images, threads: 1)
                .bounds(of: images, at: [0, 1, 2], threads: 1)
        }
        #expect(all[0] == all[1])
    }

    /// An estimate that cannot be made is one that failed; an image that the network gives no answer to is refused.
    @Test func anInfiniteOutputIsAFailedEstimate() throws {
        let network = try Network.halfSpace(weights: [3e38, 3e38, 3e38, 3e38], bias: 0)
        let images = try LabelledImages.random(count: 20)
        let sampling = try BlockSampling(of: 20, blocks: 10, grid: [0.1])
        let estimated = try EstimatedBounds(
            of: network, norm: .l2, scores: [.logits, .probabilities], sampling: sampling, from: images, threads: 1)
        for it in estimated.all {
            #expect(it.constants == nil && it.failures.count == 1 && it.failures[0].contains("not finite"), "\(it.failures)")
        }
        #expect(throws: BoundsError.self) { try estimated.bounds(of: images, at: [0], threads: 1) }
    }

    /// The gradient of a constant loss is as exactly zero as that of a saturated one: nothing is known then, where "robust
    /// everywhere" would be said of both.
    @Test func aLossWithoutAGradientShowsNothing() throws {
        let images = try LabelledImages.random(count: 200)
        let sampling = try BlockSampling(of: 200, blocks: 10, grid: [0.1, 0.5])
        let constant = try Network.halfSpace(weights: [0, 0, 0, 0], bias: 1)
        // Probabilities of logits so far apart are 0 and 1, except for images next to the boundary.
        let saturated = try Network.halfSpace(weights: [1e5, -2e5, 1e5, 5e4], bias: 1)
        for (network, scores) in [(constant, LossScores.logits), (constant, .probabilities), (saturated, .probabilities)] {
            for norm in Self.norms {
                let estimated = try EstimatedBounds(
                    of: network, norm: norm, scores: [scores], sampling: sampling, from: images, threads: 1)
                let bounds = try #require(estimated.all.first)
                #expect(bounds.lipschitz.value == nil && bounds.constants == nil)
                #expect(bounds.failures.first?.contains("exactly zero") == true)
                for it in try estimated.bounds(of: images, at: Array(0..<20), threads: 1) {
                    let estimates = try #require(scores == .logits ? it.logits : it.probabilities)
                    #expect(estimates.lipschitz == nil && estimates.modulus == nil)
                }
            }
        }
        let logits = try EstimatedBounds(
            of: saturated, norm: .l2, scores: [.logits], sampling: sampling, from: images, threads: 1).logits
        #expect(logits?.failures == [])
    }

    /// ω at random stays below the closed form, at which the ascent arrives; in many dimensions far below it in ℓ∞.
    @Test(arguments: norms) func thePapersModulusIsSampledAtRandom(norm: Norm) throws {
        let network = try Network.paraboloid(curvature: 0.25, height: 2)
        let images = try LabelledImages.random(count: 100)
        let sampling = try BlockSampling(of: 100, blocks: 10, grid: [0.1, 0.3, 0.9], modulus: .paper, directions: 3)
        let bounds = try #require(try EstimatedBounds(
            of: network, norm: norm, scores: [.logits], sampling: sampling, from: images, threads: 2).logits)
        #expect(bounds.kind == .paper)
        for it in bounds.modulus {
            let largest = (norm == .l2 ? 1 : 4) * 0.25 * it.epsilon * it.epsilon
            let seen = it.estimate.maxima.max() ?? 0
            #expect(seen <= largest * (1 + 1e-4) && seen > 0.5 * largest, "\(it.epsilon): \(seen) of \(largest)")
        }
    }

    /// Whatever the estimates: ω does not fall, and exceeds neither what is possible nor falls below what was seen.
    @Test(arguments: norms, ModulusKind.allCases) func theModulusIsPossible(
        norm: Norm, kind: ModulusKind
    ) throws {
        let images = try LabelledImages.random(count: 60)
        // Coarse and fine, far beyond any image.
        let grid = (1...12).map { 0.3 * Double($0) }
        let sampling = try BlockSampling(of: 60, blocks: 10, grid: grid, modulus: kind)
        for seed in 1...6 {
            let estimated = try EstimatedBounds(
                of: try Network.random(seed: seed), norm: norm, scores: [.logits, .probabilities], sampling: sampling,
                from: images, threads: 1)
            for bounds in estimated.all {
                guard let constants = bounds.constants, let lipschitz = bounds.lipschitz.value else {
                    #expect(!bounds.failures.isEmpty)
                    continue
                }
                #expect(constants.modulus == constants.modulus.sorted())
                for it in bounds.modulus {
                    let value = try #require(it.value)
                    let rise = bounds.scores == .probabilities ? min(2, lipschitz * it.epsilon) : lipschitz * it.epsilon
                    let possible = kind == .sharp ? rise : rise + lipschitz * it.epsilon
                    let seen = it.estimate.maxima.max() ?? 0
                    #expect(value >= seen && value <= max(possible, seen) * (1 + 1e-12), "\(bounds.scores) \(it.epsilon)")
                    if bounds.scores == .probabilities, kind == .sharp { #expect(value <= 2) }
                    let spread = try #require(it.spread)
                    #expect(spread.lowerBound <= spread.upperBound && spread.lowerBound >= 0)
                }
            }
        }
    }

    /// A radius at which the estimate happens to be small does not avoid the larger ω before it.
    @Test func theLuckiestRadiusIsNotTaken() {
        func constants(_ modulus: [Double]) -> LossConstants {
            LossConstants(
                lipschitz: 10, grid: [0.25, 0.5, 1], modulus: modulus.map { ($0, 0) }, kind: .sharp, scores: .logits,
                diameter: 28)
        }
        let lucky = constants([0.9, 0.2, 0.3])
        #expect(lucky.modulus == [0.9, 0.9, 0.9])
        // (1 − 0.9)/1, at every radius; the least of the larger ones would claim 0.7.
        #expect(abs(lucky.modulusBound(loss: -1, gradientNorm: 1) - 0.1) < 1e-12)
        let rising = constants([0.1, 0.2, 0.6])
        #expect(rising.modulusBound(loss: -1, gradientNorm: 1) == 0.5)
        // What cannot be: 2 for probabilities, L ε in any case, but not below what was seen.
        let impossible = LossConstants(
            lipschitz: 4, grid: [0.1, 1, 2], modulus: [(7, 0.1), (7, 0.5), (1e60, 2.1)], kind: .sharp,
            scores: .probabilities, diameter: 28)
        #expect(impossible.modulus == [0.4, 2, 2.1])
        // Where nearly all that is possible was seen, that is the estimate, whatever the fit.
        let reached = LossConstants(
            lipschitz: 100, grid: [0.1, 1], modulus: [(1.9985, 1.9985), (1.5, 1.5)], kind: .sharp, scores: .probabilities,
            diameter: 28)
        #expect(reached.modulus == [2, 2])
        let paper = LossConstants(
            lipschitz: 4, grid: [0.1, 1], modulus: [(7, 0.1), (1e60, 0.5)], kind: .paper, scores: .probabilities, diameter: 28)
        #expect(paper.modulus == [0.8, 6])
    }

    /// ω⁺ on logits of the bundled network is at least what PyTorch finds with six steps of ascent from the gradient and from a
    /// random start, and not ten times as much, as along and against the gradient.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip)) func agreesWithPyTorch() throws {
        let all = try DatasetSource.mnist.load(.train, under: DatasetRoot(#require(SharedData.url("data")).path))
        let chosen = Array(stride(from: 0, to: all.count, by: 200))
        let images = try LabelledImages(
            name: "every 200th", split: .train, pixels: .float32(chosen.flatMap { all.image(at: $0) }), count: chosen.count,
            shape: all.shape, labels: chosen.map { all.label(at: $0) }, source: "mnist")
        let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../examples/models/wong-standard.onnx").standardizedFileURL
        let network = try ONNXReader.model(from: Data(contentsOf: model), imageShape: images.shape).network
        let grid = BlockSampling.usualGrid(.l2).filter { $0 <= 1 }
        let sampling = try BlockSampling(of: 300, blocks: 10, grid: grid, resamples: 10)
        let bounds = try #require(try EstimatedBounds(
            of: network, norm: .l2, scores: [.logits], sampling: sampling, from: images, threads: 2).logits)
        #expect(abs((bounds.lipschitz.maxima.max() ?? 0) - 11.308) < 0.001)
        for (epsilon, found) in [(0.25, 0.250), (0.5, 0.639), (1, 2.558)] {
            let modulus = try #require(bounds.modulus.first { $0.epsilon == epsilon })
            let seen = try #require(modulus.estimate.maxima.max())
            #expect(seen > 0.99 * found && seen < 2 * found, "\(epsilon): \(seen), PyTorch \(found)")
        }
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
