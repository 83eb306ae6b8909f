import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

struct ClassifierTests {
    private static let shape = [1, 2, 3]

    /// Three classes behind a layer of rectifiers.
    private static func network() throws -> Network {
        var generator = SeededGenerator(seed: 4)
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in .random(in: -1...1, using: &generator) } }
        var builder = try NetworkBuilder(imageShape: shape)
        try builder.add(Tensor(shape: [8, 6], values: numbers(48)), as: "w1")
        try builder.add(Tensor(shape: [8], values: numbers(8)), as: "b1")
        try builder.add(Tensor(shape: [3, 8], values: numbers(24)), as: "w2")
        let flat = try builder.append(.reshape(to: [6]), to: [builder.image])
        let rectified = try builder.append(.relu, to: [builder.append(.dense(weights: "w1", bias: "b1"), to: [flat])])
        let logits = try builder.append(.dense(weights: "w2", bias: nil), to: [rectified])
        return try builder.network(output: logits)
    }

    /// A network whose logits are the pixels.
    private static func transparent(classes: Int) throws -> Network {
        var builder = try NetworkBuilder(imageShape: [1, 1, classes])
        let logits = try builder.append(.reshape(to: [classes]), to: [builder.image])
        return try builder.network(output: logits)
    }

    private static func images(_ count: Int, seed: Int = 8) -> Images {
        var generator = SeededGenerator(seed: seed)
        return Images((0..<count).map { _ in (0..<6).map { _ in .random(in: 0...1, using: &generator) } }, shape: shape)
    }

    @Test(arguments: Fixture.all)
    func logitsAreThoseOfONNXRuntime(_ fixture: Fixture) throws {
        let probe = try ONNXReader.model(from: fixture.data)
        let shape = probe.imageShape
        let model = try ONNXReader.model(from: fixture.data, imageShape: shape)
        let classifier = try Classifier(model.network, batchSize: model.images.shape[0])
        classifier.images.elements.set(model.images.values)
        classifier.run()
        #expect(relativeError(Array(classifier.logits.elements), model.expected) < 1e-5)
        let expected = Images(Tensor(shape: [classifier.batchSize, classifier.classCount], values: model.expected))
        for (found, row) in zip(classifier.classes, expected) {
            // The class of a tie is rounding's to choose.
            let order = row.sorted(by: >)
            if order.count < 2 || order[0] - order[1] > 1e-3 { #expect(found == row.firstIndex(of: order[0])) }
        }
    }

    private static let losses: [Loss] = [
        .crossEntropy, .logOdds, .divergence, .smoothedCrossEntropy, .margin, .differenceOfLogitsRatio, .weightedLogits,
    ]

    /// Against central differences of the loss in double precision, plain and over noisy copies.
    @Test(arguments: losses, [0, 3])
    func gradientsAreDerivatives(_ loss: Loss, copies: Int) throws {
        let (network, clean, labels) = (try Self.network(), Self.images(4), [2, 0, 1, 1])
        let classifier = try Classifier(network, batchSize: 4, copies: copies, answering: .gradient(of: loss))
        let noise = Self.images(max(1, copies) * 4, seed: 3)
        if copies > 0 { classifier.noise.set(noise) }
        classifier.setLabels(labels)
        let moved = Self.images(4, seed: 9)
        try classifier.setReference(clean)
        classifier.images.set(moved)
        classifier.run()

        let x = Node.input("x", shape: [4] + Self.shape)
        let n = Node.input("n", shape: [max(1, copies) * 4] + Self.shape)
        let y = Node.input("y", shape: [4, 3])
        let p = Node.input("p", shape: [4, 3])
        let seen = copies > 0 ? try x.repeated(copies) + n : x
        let value = try loss.node(logits: network.logits(of: seen), labels: y, reference: p, copies: max(1, copies))
        let reference = try network.logits(of: Tensor(shape: [4] + Self.shape, values: Array(clean.elements)))
        let probabilities = stride(from: 0, to: 12, by: 3).flatMap { row in
            let powers = reference.values[row..<row + 3].map { exp(Double($0)) }
            return powers.map { $0 / powers.reduce(0, +) }
        }
        func evaluated(at pixels: [Double]) throws -> Double {
            try ReferenceEvaluator().evaluate(
                [value],
                inputs: [
                    x: pixels, n: noise.elements.map(Double.init), p: probabilities,
                    y: labels.flatMap { label in (0..<3).map { $0 == label ? 1.0 : 0 } },
                ])[0][0]
        }
        let pixels = moved.elements.map(Double.init)
        for i in pixels.indices {
            var (above, below) = (pixels, pixels)
            above[i] += 1e-6
            below[i] -= 1e-6
            let slope = try (evaluated(at: above) - evaluated(at: below)) / 2e-6
            #expect(abs(Double(classifier.gradients.elements[i]) - slope) < 2e-4 * max(1, abs(slope)), "pixel \(i)")
        }
    }

    @Test func probabilitiesAreOfScaledLogits() throws {
        let classifier = try Classifier(Self.transparent(classes: 3), batchSize: 2, answering: .probabilities)
        classifier.images.elements.set([0, 1, 2, 3, 1, 0])
        classifier.setScales([1, 2])
        classifier.run()
        let scaled: [[Double]] = [[0, 1, 2], [6, 2, 0]]
        for (row, logits) in zip(classifier.probabilities, scaled) {
            let powers = logits.map { exp($0) }
            let sum = powers.reduce(0, +)
            for (found, power) in zip(row, powers) { #expect(abs(Double(found) - power / sum) < 1e-6) }
        }
    }

    // What is misclassified

    private func classifier(_ logits: [Float], classes: Int, copies: Int = 0) throws -> Classifier {
        let rows = logits.count / classes
        let classifier = try Classifier(
            Self.transparent(classes: classes), batchSize: rows / max(1, copies), copies: copies)
        if copies > 0 { classifier.noise.elements.set(logits) } else { classifier.images.elements.set(logits) }
        classifier.run()
        return classifier
    }

    @Test func theClassHasTheLargestLogit() throws {
        #expect(try classifier([1, 3, 2, 5, 5, 0, 0, .nan, 9], classes: 3).classes == [1, 0, nil])
    }

    /// Under noise, the class with most votes wins, the first if there is a tie; a copy with NaN logits has no vote.
    @Test func copiesVote() throws {
        // Copy after copy of two images: 1, 2, 2 and 2, 0, 1; then 1, nothing, nothing and nothing at all.
        let votes: [Float] = [0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0]
        #expect(try classifier(votes, classes: 3, copies: 3).classes == [2, 0])
        let broken: [Float] = [0, 1, 0, .nan, 0, 1, .nan, 0, 1, .nan, 0, 0, .nan, 0, 1, .nan, 1, 0]
        #expect(try classifier(broken, classes: 3, copies: 3).classes == [1, nil])
    }

    @Test func theMarginIsTheHighestOfTheOthersAboveTheLabel() throws {
        #expect(try classifier([1, 3, 2, 5, -1, 0], classes: 3).margins(labels: [0, 0]) == [2, -5])
    }

    /// Two copies: the mean of the probabilities decides, not that of the logits.
    @Test func marginsOfCopiesAreOfMeanProbabilities() throws {
        // Copy 1 is certain of class 1; copy 2 leans to class 0 a little less than completely.
        let found = try classifier([0, 30, 2, 0], classes: 2, copies: 2).margins(labels: [0])
        let p = 1 / (1 + exp(Float(-2)))
        #expect(abs(found[0] - ((1 + (1 - p)) / 2 - p / 2)) < 1e-6)
    }

    @Test(arguments: [Float.nan, .infinity])
    func whatIsNoNumberHasNoMargin(_ value: Float) throws {
        #expect(try classifier([1, value, 2, 3], classes: 2).margins(labels: [0, 0]) == [-.infinity, 1])
        #expect(try classifier([1, 2], classes: 2).margins(labels: [nil]) == [-.infinity])
    }

    // Parameters and threads

    @Test func takesOtherParameters() throws {
        let network = try Self.network()
        let other = network.parameters.mapValues { Tensor(shape: $0.shape, values: $0.values.map { $0 * 0.5 + 0.1 }) }
        let (clean, changed) = (Self.images(3), try network.withParameters(other))
        func logits(_ network: Network, setting parameters: [String: Tensor]?) throws -> [Float] {
            let classifier = try Classifier(network, batchSize: 3, takesParameters: parameters != nil)
            if let parameters { try classifier.set(parameters) }
            classifier.images.set(clean)
            classifier.run()
            return Array(classifier.logits.elements)
        }
        let expected = try logits(changed, setting: nil)
        #expect(relativeError(try logits(network, setting: other), expected) < 1e-6)
        #expect(relativeError(try logits(changed, setting: [:]), expected) < 1e-6)
        #expect(try relativeError(logits(network, setting: nil), expected) > 1e-2)
    }

    /// A misspelt parameter is named, with those that there are.
    @Test func misspeltParametersAreRefused() throws {
        let classifier = try Classifier(Self.network(), batchSize: 1, takesParameters: true)
        #expect { try classifier.set(["w3": Tensor(shape: [3, 8], repeating: 0)]) } throws: {
            "\($0)".contains("'w3'") && ["b1", "w1", "w2"].allSatisfy("\($0)".contains)
        }
    }

    @Test func oneProgramForManyThreads() throws {
        let compiled = try Classifier.Compiled(Self.network(), batchSize: 2, answering: .gradient(of: .margin))
        let (first, second) = (try Classifier(compiled), try Classifier(compiled))
        first.images.set(Self.images(2))
        second.images.set(Self.images(2, seed: 9))
        for classifier in [first, second] {
            classifier.setLabels([0, 1])
            classifier.run()
        }
        let before = Array(first.gradients.elements)
        second.run()
        #expect(Array(first.gradients.elements) == before && Array(second.gradients.elements) != before)
        #expect(compiled.byteCount > 0 && compiled.batchSize == 2)
    }
}
