import Foundation
import SuretyAttacks
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

struct DecoupledDirectionAndNormTests {
    /// Weights ±1, and an image 0.5 away from the boundary, in the middle of the cube.
    private static func classifier() throws -> (LinearClassifier, image: [Float]) {
        let weights = (0..<LinearClassifier.size).map { $0 % 3 == 0 ? 1 : -1 as Float }
        let image = [Float](repeating: 0.5, count: LinearClassifier.size)
        let bias = -weights.reduce(0) { $0 + $1 * 0.5 } - 0.5 * Float(LinearClassifier.size).squareRoot()
        return (try LinearClassifier(weights: weights, bias: bias), image)
    }

    private func distance(_ a: [Float], _ b: [Float]) -> Float {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }

    /// On a linear classifier every perturbation lies along w, and its length follows the rule alone.
    @Test(arguments: [0, 1, 2, 5, 17, 40, 100])
    func lengthsFollowSuccess(_ steps: Int) throws {
        let (classifier, image) = try Self.classifier()
        let attack = DecoupledDirectionAndNorm().with(\.steps, steps).with(\.initialNorm, 1).with(\.gamma, 0.05).with(\.levels, nil)
        let found = try attack.run(on: classifier.network, images: image, labels: [0])
        var (norm, tried, shortest) = (1.0, 0.0, Double.infinity)
        for _ in 0..<steps {
            let isFooled = tried > 0.5
            if isFooled { shortest = min(shortest, tried) }
            norm *= isFooled ? 0.95 : 1.05
            tried = norm
        }
        let length = Double(distance(found, image))
        #expect(abs(length - (shortest.isFinite ? shortest : 0)) < 1e-4, "\(length), not \(shortest)")
        if steps == 100 { #expect(length > 0.5 && length < 0.51 && classifier.margin(found) > 0) }
    }

    @Test func anImageThatFoolsAlreadyStays() throws {
        let (classifier, image) = try Self.classifier()
        #expect(try DecoupledDirectionAndNorm().with(\.steps, 20).run(on: classifier.network, images: image, labels: [1]) == image)
    }

    @Test func greyLevelsAreKept() throws {
        let (classifier, _) = try Self.classifier()
        let image = LinearClassifier.images(1).map { ($0 * 255).rounded() / 255 }
        let label = classifier.margin(image) > 0 ? 1 : 0
        let found = try DecoupledDirectionAndNorm().with(\.steps, 50).run(on: classifier.network, images: image, labels: [label])
        #expect(found != image && (classifier.margin(found) > 0) != (label == 1))
        for value in found { #expect(abs(value * 255 - (value * 255).rounded()) < 1e-4 && (0...1).contains(value)) }
    }

    /// SmoothAdv's form: 0.3 along the way to an image farther away.
    @Test func aLongPerturbationIsShortened() throws {
        let (classifier, image) = try Self.classifier()
        let attack = DecoupledDirectionAndNorm().with(\.steps, 30).with(\.initialNorm, 0.3).with(\.levels, nil).with(\.maximumNorm, 0.3)
        let found = try attack.run(on: classifier.network, images: image, labels: [0])
        #expect(abs(distance(found, image) - 0.3) < 1e-5)
        let step = 0.3 / Float(LinearClassifier.size).squareRoot()
        for i in found.indices { #expect(abs(found[i] - (image[i] + step * classifier.weights[i])) < 1e-5) }
    }

    /// Copies moved across the boundary: with two of three the clean image fools, with one it does not.
    @Test func mostCopiesDecide() throws {
        let (classifier, image) = try Self.classifier()
        let across = classifier.weights.map { 0.2 * $0 }
        let still = [Float](repeating: 0, count: LinearClassifier.size)
        let attack = DecoupledDirectionAndNorm().with(\.steps, 25).with(\.levels, nil)
        let two = try attack.run(on: classifier.network, images: image, labels: [0], noise: across + still + across)
        #expect(two == image)
        let one = try attack.run(on: classifier.network, images: image, labels: [0], noise: still + across + still)
        #expect(distance(one, image) > 0.5)
    }

    /// Against the algorithm in `Double`, on networks whose gradient turns.
    @Test(arguments: [0, 3], [0.2, 0.6] as [Float])
    func followsTheAlgorithm(_ copies: Int, _ initialNorm: Float) throws {
        let network = try Architecture.mlp.network(imageShape: LinearClassifier.shape, classCount: 3, seed: 5)
        let clean = LinearClassifier.images(1, in: 0.3...0.7)
        let noise = Array(LinearClassifier.images(3, in: -0.3...0.3, seed: 4).prefix(copies * LinearClassifier.size))
        let reference = try Reference(network, clean, noise, copies)
        let label = try reference.evaluate(clean.map(Double.init)).leading
        let attack = DecoupledDirectionAndNorm().with(\.steps, 12).with(\.initialNorm, initialNorm).with(\.gamma, 0.2).with(\.levels, nil)
        let found = try attack.run(on: network, images: clean, labels: [label], noise: noise)
        let expected = try reference.attacked(label: label, steps: 12, initialNorm: Double(initialNorm), gamma: 0.2)
        #expect(expected != clean.map(Double.init))
        for i in found.indices { #expect(abs(Double(found[i]) - expected[i]) < 1e-4, "pixel \(i)") }
    }

    /// Without a gradient there is nothing to follow, and no NaN comes of it.
    @Test func aConstantNetworkIsNotFooled() throws {
        let classifier = try LinearClassifier(weights: Array(repeating: 0, count: LinearClassifier.size), bias: -1)
        let image = LinearClassifier.images(1)
        #expect(try DecoupledDirectionAndNorm().with(\.steps, 9).run(on: classifier.network, images: image, labels: [0]) == image)
    }

    /// Where the probability is 1 to the last bit, the direction is there still.
    @Test func aCertainNetworkIsAttackedAlongItsGradient() throws {
        let classifier = try classifier(scale: 2000)
        let attack = DecoupledDirectionAndNorm().with(\.steps, 200).with(\.levels, nil)
        let found = try attack.run(on: classifier.network, images: image, labels: [0])
        #expect(classifier.margin(found) > 0)
        #expect(zip(found, image).dropFirst().allSatisfy { $0 == $1 })
    }

    /// Where there is no gradient at all, random directions lead on, drawn anew in each trial.
    @Test func aVanishedGradientDoesNotEndTheSearch() throws {
        let slope = try classifier(scale: 2000)
        var builder = try NetworkBuilder(imageShape: LinearClassifier.shape)
        for (name, tensor) in slope.network.parameters { try builder.add(tensor, as: name) }
        let logits = try builder.append(slope.network, on: builder.image)
        // Both logits are 0 up to the boundary.
        let rectified = try builder.append(.relu, to: [logits])
        let plateau = try builder.network(output: rectified)
        let found = try (0..<4).map {
            try DecoupledDirectionAndNorm().with(\.steps, 200).with(\.levels, nil).run(on: plateau, images: image, labels: [0], trial: $0)
        }
        #expect(found.allSatisfy { slope.margin($0) > 0 })
        #expect(Set(found).count == 4)
    }

    private let image = [Float](repeating: 0.5, count: LinearClassifier.size)

    /// It is wrong where the first pixel is above 0.6.
    private func classifier(scale: Float) throws -> LinearClassifier {
        try LinearClassifier(
            weights: [scale] + Array(repeating: 0, count: LinearClassifier.size - 1), bias: -0.6 * scale)
    }

    @Test func anImageIsAttackedAlikeInEveryBatch() throws {
        let network = try Architecture.mlp.network(imageShape: LinearClassifier.shape, classCount: 2, seed: 3)
        let clean = LinearClassifier.images(3)
        let attack = DecoupledDirectionAndNorm().with(\.steps, 15).with(\.levels, nil)
        let together = try attack.run(on: network, images: clean, labels: [0, 1, 0])
        for image in 0..<3 {
            let range = image * LinearClassifier.size..<(image + 1) * LinearClassifier.size
            let alone = try attack.run(on: network, images: Array(clean[range]), labels: [image % 2], firstIndex: image)
            #expect(zip(alone, together[range]).allSatisfy { abs($0 - $1) < 1e-4 }, "image \(image)")
        }
    }

    @Test func senselessParametersAreErrors() throws {
        let (classifier, image) = try Self.classifier()
        let attacks = [
            DecoupledDirectionAndNorm().with(\.steps, -1), .init().with(\.initialNorm, -1), .init().with(\.initialNorm, .nan),
            .init().with(\.gamma, 1), .init().with(\.levels, 1), .init().with(\.maximumNorm, -0.1),
        ]
        for attack in attacks {
            #expect(throws: AttackError.self) { try attack.run(on: classifier.network, images: image, labels: [0]) }
        }
    }
}

/// Algorithm 1 of Rony et al. with a network's derivatives in `Double`.
private struct Reference {
    private let x: Node
    private let logits: Node
    private let clean: [Double]
    private let copies: Int
    private let classCount: Int

    init(_ network: Network, _ clean: [Float], _ noise: [Float], _ copies: Int) throws {
        x = Node.input("x", shape: [1] + LinearClassifier.shape)
        let moved = copies > 0
            ? try x.repeated(copies) + .constant(Tensor(shape: [copies] + LinearClassifier.shape, values: noise)) : x
        logits = try network.logits(of: moved)
        self.clean = clean.map(Double.init)
        self.copies = max(1, copies)
        classCount = network.classCount
    }

    /// The class most copies get at this image.
    func evaluate(_ image: [Double]) throws -> (leading: Int, logits: [Double]) {
        let values = try ReferenceEvaluator().evaluate([logits], inputs: [x: image])[0]
        var votes = [Int](repeating: 0, count: classCount)
        for copy in 0..<copies {
            let row = values[copy * classCount..<(copy + 1) * classCount]
            votes[row.indices.max { row[$0] < row[$1] }! - row.startIndex] += 1
        }
        return (votes.firstIndex(of: votes.max()!)!, values)
    }

    func attacked(label: Int, steps: Int, initialNorm: Double, gamma: Double) throws -> [Double] {
        let p = try logits.softmax(axis: 1).sliced(from: [0, label], to: [copies, label + 1]).mean(over: [0, 1])
        let slope = try gradient(of: p.log() * .constant(-1), with: [x])[0]
        var (delta, norm) = (clean.map { _ in 0.0 }, initialNorm)
        var (best, shortest) = (clean, Double.infinity)
        func length(_ v: [Double]) -> Double { v.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        for k in 0..<steps {
            let image = zip(clean, delta).map { $0 + $1 }
            let isFooled = try evaluate(image).leading != label
            if isFooled, length(delta) < shortest { (best, shortest) = (image, length(delta)) }
            let g = try ReferenceEvaluator().evaluate([slope], inputs: [x: image])[0]
            let rate = 0.01 + 0.99 * (1 + cos(Double.pi * Double(k) / Double(steps))) / 2
            delta = zip(delta, g).map { $0 + rate * $1 / length(g) }
            norm *= isFooled ? 1 - gamma : 1 + gamma
            let scale = norm / length(delta)
            delta = zip(clean, delta).map { min(max($0 + $1 * scale, 0), 1) - $0 }
        }
        return best
    }
}
