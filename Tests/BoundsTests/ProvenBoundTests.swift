import Foundation
import SuretyBounds
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

@Suite struct ProvenBoundTests {
    static let norms = BoundsSettings.norms

    /// No point of the ball, sampled or found by descent, has a margin below the bound, computed in double precision; linear
    /// bounds are no worse than intervals; and near the image neither is far from the truth.
    @Test(arguments: BoundedNetworks.names, norms)
    func holdsOnEveryLayer(name: String, norm: Norm) throws {
        let network = try BoundedNetworks.network(name)
        let images = try Self.labelled(network, count: 3)
        let bounds = try [ProvenBound.Method.ibp, .crown].map { try ProvenBound(of: network, norm: norm, method: $0) }
        for epsilon in norm == .l2 ? [1e-4, 0.1, 0.6] : [1e-5, 0.02, 0.2] {
            let found = try bounds.map {
                try $0.margins(of: images, at: Array(0..<images.count), epsilon: epsilon, threads: 1)
            }
            let opponent = try Opponent(network, norm: norm, epsilon: epsilon)
            for image in 0..<images.count {
                let least = try opponent.leastMargin(of: images, at: image)
                #expect(found[1][image] <= least, "ε \(epsilon): CROWN says \(found[1][image]), and there is \(least)")
                // Tighter boxes give tighter ones, apart from rounding.
                #expect(found[0][image] <= found[1][image] + 1e-6, "ε \(epsilon): IBP is above CROWN")
                if epsilon < 1e-3 {
                    // Within a neighbourhood so small that hardly anything bends.
                    let slack = norm == .l2 ? 0.03 : 0.01
                    #expect(found[1][image] > least - slack, "CROWN says \(found[1][image]), and there is \(least)")
                }
            }
        }
    }

    /// For a linear model, the bound is the least margin itself: at a corner of the ball within [0, 1] for ℓ∞, and
    /// w·x + b − ε‖w‖₂ in ℓ2 while all of the ball is within [0, 1]. And it is below it, by every digit.
    @Test(arguments: ProvenBound.Method.allCases) func isExactOnALinearModel(method: ProvenBound.Method) throws {
        let weights: [Float] = [1, -2, 0.5, 1.5]
        let network = try Network.halfSpace(weights: weights, bias: -0.3)
        let images = try LabelledImages.random(count: 50)
        func least(_ image: Int, _ epsilon: Double) -> Double {
            zip(images.image(at: image), weights).reduce(Double(Float(-0.3))) { sum, pair in
                let (x, w) = (Double(pair.0), Double(pair.1))
                return sum + w * (w > 0 ? max(0, x - epsilon) : min(1, x + epsilon))
            }
        }
        for epsilon in [0, 0.05, 0.3, 1] {
            let found = try ProvenBound(of: network, norm: .linf, method: method)
                .margins(of: images, at: Array(0..<50), epsilon: epsilon, threads: 2)
            for image in 0..<50 {
                #expect(found[image] <= least(image, epsilon) && found[image] > least(image, epsilon) - 5e-5)
            }
        }
        guard method == .crown else { return }
        let slope = (1 + 4 + 0.25 + 2.25).squareRoot()
        let found = try ProvenBound(of: network, norm: .l2)
            .margins(of: images, at: Array(0..<50), epsilon: 0.2, threads: 1)
        for image in 0..<50 {
            let ball = least(image, 0) - 0.2 * slope
            #expect(found[image] > ball - 1e-5)
            if images.image(at: image).allSatisfy({ (0.2...0.8).contains($0) }) {
                #expect(found[image] <= max(ball, least(image, 0.2)))
            }
        }
    }

    /// Radii of a linear model: the distance to the other class, less than a hundredth below it, 0 where misclassified.
    @Test func radiiComeNearTheDistance() throws {
        let network = try Network.halfSpace(weights: [1, -1, 1, 1], bias: -0.6)
        let images = try LabelledImages.random(count: 40)
        let radii = try ProvenBound(of: network, norm: .l2).radii(of: images, at: Array(0..<40), threads: 2)
        var (right, wrong) = (0, 0)
        for (index, radius) in radii.enumerated() {
            let x = images.image(at: index).map(Double.init)
            let distance = (x[0] - x[1] + x[2] + x[3] - Double(Float(0.6))) / 2
            if distance <= 0 {
                #expect(radius == 0)
                wrong += 1
            } else if x.allSatisfy({ $0 - distance > 0 && $0 + distance < 1 }) {
                #expect(radius <= distance && radius > distance * 0.985 - 1e-5)
                right += 1
            }
        }
        #expect(right > 3 && wrong > 3)
    }

    /// Large numbers that almost cancel: what rounding leaves is not to be trusted, and is not.
    @Test(arguments: norms) func roundingNeverMakesAMarginLarger(norm: Norm) throws {
        var generator = SeededGenerator(seed: 8)
        for trial in 0..<30 {
            let scale: Float = [1e-30, 1e-12, 1e6][trial % 3]
            var builder = try NetworkBuilder(imageShape: [1, 2, 2])
            let first = (0..<256).map { _ in scale * Float.random(in: -1...1, using: &generator) }
            let second = (0..<128).map { _ in Float.random(in: -1...1, using: &generator) / scale }
            try builder.add(Tensor(shape: [64, 4], values: first), as: "first")
            try builder.add(Tensor(shape: [2, 64], values: second), as: "second")
            let flat = try builder.append(.reshape(to: [4]), to: [builder.image])
            let hidden = try builder.append(.dense(weights: "first", bias: nil), to: [flat])
            let logits = try builder.append(.dense(weights: "second", bias: nil), to: [hidden])
            let network = try builder.network(output: logits)
            let images = try LabelledImages.random(count: 8, seed: trial)
            // The radius 0 leaves only the image itself, whose margin is known to all digits.
            let bounds = try [ProvenBound.Method.ibp, .crown].map {
                try ProvenBound(of: network, norm: norm, method: $0).margins(
                    of: images, at: Array(0..<8), epsilon: 0, threads: 1)
            }
            for image in 0..<8 {
                let x = images.image(at: image).map(Double.init)
                let values = (0..<64).map { unit in (0..<4).reduce(0) { $0 + Double(first[unit * 4 + $1]) * x[$1] } }
                let margin = (0..<64).reduce(0) { $0 + (Double(second[64 + $1]) - Double(second[$1])) * values[$1] }
                #expect(bounds[0][image] <= margin + 1e-12 && bounds[1][image] <= margin + 1e-12)
                // What is too small for full precision is taken off as a whole.
                #expect(bounds[1][image] > margin - 1e-2 || scale == 1e-30)
            }
        }
    }

    /// An image's bound is the same, whatever shares its batch.
    @Test func imagesAreBoundedEachForItself() throws {
        let network = try BoundedNetworks.network("maximum pool")
        let images = try Self.labelled(network, count: 21)
        let bound = try ProvenBound(of: network, norm: .linf)
        let together = try bound.margins(of: images, at: Array(0..<21), epsilon: 0.05, threads: 3)
        for image in [0, 7, 20] {
            let alone = try bound.margins(of: images, at: [image], epsilon: 0.05, threads: 1)[0]
            #expect(abs(alone - together[image]) <= 1e-6 * (1 + abs(alone)))
        }
        #expect(try bound.margins(of: images, at: [], epsilon: 0.05, threads: 2).isEmpty)
    }

    /// Numbers beyond single precision prove nothing.
    @Test(arguments: ProvenBound.Method.allCases) func overflowProvesNothing(method: ProvenBound.Method) throws {
        let network = try Network.halfSpace(weights: [3e38, 3e38, 3e38, 3e38], bias: 0)
        let bound = try ProvenBound(of: network, norm: .linf, method: method)
        let images = try LabelledImages.random(count: 4)
        #expect(try bound.margins(of: images, at: [0, 1], epsilon: 0.1, threads: 1).allSatisfy { !($0 > 0) })
        #expect(try bound.radii(of: images, at: [0, 1], threads: 1) == [0, 0])
    }

    @Test func refusesWhatHasNoBound() throws {
        func refused(_ words: String, _ layer: Layer) throws {
            var builder = try NetworkBuilder(imageShape: [1, 2, 2])
            try builder.add(Tensor(shape: [4], values: [1, 2, 3, 4]), as: "parameter")
            let flat = try builder.append(.reshape(to: [4]), to: [builder.image])
            let inputs = layer.inputCounts.lowerBound == 2 ? [flat, flat] : [flat]
            let middle = try builder.append(layer, to: inputs, name: "the culprit")
            let logits = try builder.append(.relu, to: [middle])
            let network = try builder.network(output: logits)
            do {
                _ = try ProvenBound(of: network, norm: .linf)
                Issue.record("\(layer) was taken")
            } catch {
                #expect("\(error)".contains(words) && "\(error)".contains("the culprit"), "\(error)")
            }
        }
        try refused("elu", .function(.exponentialLinearUnit(scale: -1)))
        try refused("power", .function(.power(.infinity)))
        try refused("slope inf", .leakyRelu(slope: .infinity))
        let bound = try ProvenBound(of: .random(seed: 1), norm: .l2)
        for epsilon in [-1, .nan, .infinity] {
            #expect(throws: BoundsError.self) {
                try bound.margins(of: .random(count: 1), at: [0], epsilon: epsilon, threads: 1)
            }
        }
    }

    /// The network of Wong and Kolter, trained to be provable at 0.1: at least the share they report.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip)) func provesWhatWasTrainedToBeProvable() throws {
        let file = try #require(SharedData.url("models/wong_mnist.onnx"))
        let root = try #require(SharedData.url("data"))
        let images = try DatasetSource.mnist.load(.test, under: DatasetRoot(root.path))
        let network = try ONNXReader.model(from: Data(contentsOf: file), imageShape: images.shape).network
        let found = try ProvenBound(of: network, norm: .linf)
            .margins(of: images, at: Array(0..<100), epsilon: 0.1, threads: 2)
        #expect(found.count { $0 > 0 } >= 94)
    }

    /// Random images, labelled as the network answers.
    static func labelled(_ network: Network, count: Int) throws -> LabelledImages {
        var generator = SeededGenerator(seed: 11)
        let pixels = (0..<count * network.imageShape.elementCount).map { _ in Float.random(in: 0...1, using: &generator) }
        func images(_ labels: [Int]) throws -> LabelledImages {
            try LabelledImages(
                name: "random", split: .test, pixels: .float32(pixels), count: count, shape: network.imageShape,
                labels: labels, source: "random")
        }
        let unlabelled = try images(Array(repeating: 0, count: count))
        let logits = try Evaluation(of: network, on: unlabelled, count: count, threads: 1).logits
        let classes = network.classCount
        return try images((0..<count).map { image in
            let row = logits.values[image * classes..<(image + 1) * classes]
            return (row.firstIndex(of: row.max() ?? 0) ?? 0) - image * classes
        })
    }
}

/// Looks for the least margin in a ball: random points, corners, and projected descent.
private struct Opponent {
    private static let count = 24
    private let network: Network
    private let norm: Norm
    private let epsilon: Double
    private let input: Node
    private let logits: Node
    private let slope: Executor

    init(_ network: Network, norm: Norm, epsilon: Double) throws {
        (self.network, self.norm, self.epsilon) = (network, norm, epsilon)
        input = .input("images", shape: [Self.count] + network.imageShape)
        logits = try network.withoutFinalSoftmax.logits(of: input)
        let weights = Node.input("weights", shape: logits.shape)
        let derivative = try gradient(of: (logits * weights).sum(), with: [input])
        slope = try Program(computing: derivative + [logits], from: [input, weights]).makeExecutor()
    }

    /// The least margin found, computed in double precision.
    func leastMargin(of images: LabelledImages, at image: Int) throws -> Double {
        let (x, label) = (images.image(at: image).map(Double.init), images.label(at: image))
        let (size, classes) = (x.count, network.classCount)
        var generator = SeededGenerator(seed: image)
        var points = (0..<Self.count).flatMap { trial in
            project((0..<size).map { x[$0] + epsilon * startingDirection(trial, size, &generator) }, around: x)
        }
        var least = Double.infinity
        for _ in 0..<6 {
            let rows = try ReferenceEvaluator().evaluate([logits], inputs: [input: points])[0]
            slope.input(0).elements.set(points.map(Float.init))
            for trial in 0..<Self.count {
                let row = Array(rows[trial * classes..<(trial + 1) * classes])
                let others = (0..<classes).filter { $0 != label }
                least = min(least, others.map { row[label] - row[$0] }.min() ?? .infinity)
                // Each trial pursues another class, so that all are tried.
                let weights = slope.input(1)[trial]
                weights.fill(with: 0)
                weights[label] = 1
                weights[others[trial % others.count]] = -1
            }
            slope.run()
            for trial in 0..<Self.count {
                let range = trial * size..<(trial + 1) * size
                let direction = slope.output(0)[trial].map(Double.init)
                let length = max(1e-30, direction.reduce(0) { $0 + $1 * $1 }.squareRoot())
                let moved = zip(points[range], direction).map { point, d in
                    point - epsilon * (norm == .l2 ? d / length : d > 0 ? 1 : -1)
                }
                points.replaceSubrange(range, with: project(moved, around: x))
            }
        }
        return least
    }

    private func startingDirection(_ trial: Int, _ size: Int, _ generator: inout SeededGenerator) -> Double {
        let u = Double.random(in: -1...1, using: &generator)
        switch norm {
        case .linf: return trial % 2 == 0 ? u : u > 0 ? 1 : -1
        case .l2: return u * (3 / Double(size)).squareRoot()
        }
    }

    /// The nearest point of the ball, then of [0, 1].
    private func project(_ point: [Double], around x: [Double]) -> [Double] {
        let change = zip(point, x).map { $0 - $1 }
        let length = change.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let factor = norm == .l2 ? min(1, epsilon / max(length, 1e-300)) : 1
        return zip(x, change).map { x, change in
            let limited = norm == .linf ? min(max(change, -epsilon), epsilon) : change * factor
            return min(max(x + limited, 0), 1)
        }
    }
}
