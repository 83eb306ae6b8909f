import Foundation
import SuretyBounds
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

@Suite struct IntervalPropagationTests {
    /// At random points of a box, and at its corners, every value of the network keeps to its box, computed in double precision;
    /// and the margins to what they are at least.
    @Test(arguments: BoundedNetworks.names) func everyValueKeepsToItsBox(name: String) throws {
        let network = try BoundedNetworks.network(name).withoutFinalSoftmax
        let size = network.imageShape.elementCount
        var generator = SeededGenerator(seed: 5)
        let center = (0..<size).map { _ in Float.random(in: 0.1...0.9, using: &generator) }
        let (low, high) = (center.map { $0 - 0.05 }, center.map { $0 + 0.05 })
        let box = Self.inputs(network, count: 1)
        let bounds = try IntervalPropagation(through: network, of: box)
        let labels = Node.constant(Self.oneHot([2], classes: network.classCount))
        let outputs = try bounds.boxes.flatMap { [$0.low, $0.high] } + [bounds.margins(of: labels)]
        let found = try Program(computing: outputs, from: [box.low, box.high], optimising: false).makeExecutor()
            .run([low, high].map { Tensor(shape: [1] + network.imageShape, values: $0) })

        let count = 20
        let image = Node.input("image", shape: [count] + network.imageShape)
        var values = [image]
        for vertex in network.vertices.dropFirst() {
            values.append(
                try vertex.layer.node(
                    named: vertex.name, of: vertex.inputs.map { values[$0] },
                    parameters: network.parameters.mapValues(Node.constant)))
        }
        let points = (0..<count * size).map { i in
            let (a, b) = (Double(low[i % size]), Double(high[i % size]))
            return i / size < 10 ? Double.random(in: a...b, using: &generator) : Bool.random(using: &generator) ? a : b
        }
        let rows = try ReferenceEvaluator().evaluate(values, inputs: [image: points])
        for (vertex, row) in rows.enumerated() {
            let (least, most) = (found[2 * vertex].values, found[2 * vertex + 1].values)
            let outside = row.indices.filter { i in
                let element = i % least.count
                return row[i] < Double(least[element]) || row[i] > Double(most[element])
            }
            #expect(outside.isEmpty, "\(network.vertices[vertex].name): \(outside.count) values")
        }
        for (i, logit) in rows[rows.count - 1].enumerated() where i % network.classCount != 2 {
            let own = rows[rows.count - 1][i / network.classCount * network.classCount + 2]
            #expect(own - logit >= Double(found[found.count - 1].values[i % network.classCount]))
        }
    }

    /// The derivative of what the margins are at least, by every parameter and the radius, is the limit of differences: all
    /// evaluated in double precision.
    @Test func theMarginsCanBeDifferentiated() throws {
        let graph = try MarginGraph(BoundedNetworks.network("convolution"))
        let variables = graph.parameters.sorted { $0.key < $1.key }.map(\.value) + [graph.radius]
        var point = graph.point
        func sum() throws -> Double {
            try ReferenceEvaluator().evaluate([graph.margins.sum()], inputs: point)[0][0]
        }
        let derivatives = try ReferenceEvaluator()
            .evaluate(gradient(of: graph.margins.sum(), with: variables), inputs: point)
        let step = 1e-6
        for (variable, derivative) in zip(variables, derivatives) {
            // All numbers of a bias, and of weights some.
            for i in stride(from: 0, to: derivative.count, by: derivative.count > 40 ? 7 : 1) {
                let value = point[variable]?[i] ?? 0
                point[variable]?[i] = value + step
                let above = try sum()
                point[variable]?[i] = value - step
                let below = try sum()
                point[variable]?[i] = value
                let difference = (above - below) / (2 * step)
                #expect(abs(derivative[i] - difference) < 1e-6 * max(1, abs(difference)), "\(variable.shape), \(i)")
            }
        }
        // A larger radius proves less, and no weight is without influence.
        #expect((derivatives.last?[0] ?? 0) < -1)
        #expect(derivatives.dropLast().allSatisfy { $0.contains { abs($0) > 1e-3 } })
    }

    /// A step of all parameters along the derivative of the least margin makes what is proven of it larger.
    @Test func aStepOfAscentRaisesTheProvenMargin() throws {
        let network = try BoundedNetworks.network("convolution")
        let graph = try MarginGraph(network)
        let names = graph.parameters.keys.sorted()
        let before = try Self.provenMargin(network, graph)
        let least = try ReferenceEvaluator().evaluate([graph.margins], inputs: graph.point)[0].enumerated()
            .filter { $0.offset != MarginGraph.label }.min { $0.element < $1.element }
        let worst = try #require(least)
        #expect(abs(worst.element - before) < 1e-4)
        let column = Node.constant(Self.oneHot([worst.offset], classes: network.classCount))
        let slopes = try gradient(of: (graph.margins * column).sum(), with: names.compactMap { graph.parameters[$0] })
        let inputs = names.compactMap { graph.parameters[$0] } + [graph.radius]
        let executor = try Program(computing: slopes, from: inputs).makeExecutor()
        let found = try executor.run(
            inputs.map { Tensor(shape: $0.shape, values: (graph.point[$0] ?? []).map(Float.init)) })
        var builder = try NetworkBuilder(imageShape: network.imageShape)
        for (name, slope) in zip(names, found) {
            let values = zip(network.parameters[name]?.values ?? [], slope.values).map { $0 + 0.005 * $1 }
            try builder.add(Tensor(shape: slope.shape, values: values), as: name)
        }
        for vertex in network.vertices.dropFirst() { _ = try builder.append(vertex.layer, to: vertex.inputs) }
        let changed = try builder.network(output: network.vertices.count - 1)
        // What the derivative predicts for a step of this length, apart from the curvature of the path.
        let promised = 0.005 * found.flatMap(\.values).reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(try Self.provenMargin(changed, graph) > before + promised / 2)
        #expect(promised > 0.01)
    }

    /// A box without end, or without a point in it, proves nothing of its image, and takes nothing from the next one in the
    /// batch: whatever layers, here a clip, make of it.
    @Test func whatIsUnboundedProvesNothing() throws {
        var builder = try NetworkBuilder(imageShape: [2])
        try builder.add(Tensor(shape: [2, 2], values: [2e38, 2e38, 0, 0]), as: "weights")
        let product = try builder.append(.dense(weights: "weights", bias: nil), to: [builder.image])
        let clipped = try builder.append(.clip(0...1), to: [product])
        let network = try builder.network(output: clipped)
        let box = Self.inputs(network, count: 4)
        let labels = Node.constant(Self.oneHot([1, 1, 1, 1], classes: 2))
        let bounds = try IntervalPropagation(through: network, of: box)
        let outputs = try [bounds.margins(of: labels), bounds.boxes[1].low, bounds.boxes[1].high]
        let results = try Program(computing: outputs, from: [box.low, box.high], optimising: false).makeExecutor().run([
            Tensor(shape: [4, 2], values: [0, 0, 1, 1, 0.5, 0, .nan, 0]),
            Tensor(shape: [4, 2], values: [1e-6, 0, 1, 1, 0.4, 1, 1, 1]),
        ])
        let found = results[0].values
        #expect(found[0] > -1.001 && found[0] <= -1)
        #expect([found[2], found[4], found[6]] == [-.infinity, -.infinity, -.infinity])
        // What is not a number is infinite, so that all who compare ends see that nothing is known.
        for i in [2, 6] { #expect(results[1].values[i] == -.infinity && results[2].values[i] == .infinity) }
    }

    /// Where a quotient or a function is not defined on all of a box nothing is proven; on a box beside it something is.
    @Test(arguments: [
        (.arithmetic(.divide), -1), (.function(.squareRoot), -1), (.function(.logarithm), 0), (.function(.power(0.5)), -1),
        (.function(.power(3)), -1), (.function(.power(-1)), 0), (.softmax(axis: 0), -1e9), (.logSoftmax(axis: 0), -1e9),
    ] as [(Layer, Float)]) func whatIsNotDefinedProvesNothing(layer: Layer, least: Float) throws {
        var builder = try NetworkBuilder(imageShape: [2])
        let inputs = Array(repeating: builder.image, count: layer.inputCounts.lowerBound)
        // Two copies, which are not one value squared or divided by itself.
        let copies = try inputs.map { try builder.append(.clip(-2e9...2e9), to: [$0]) }
        let logits = try builder.append(.relu, to: [builder.append(layer, to: copies)])
        let network = try builder.network(output: logits)
        let box = Self.inputs(network, count: 2)
        let bounds = try IntervalPropagation(through: network, of: box)
        let margins = try bounds.margins(of: .constant(Self.oneHot([0, 0], classes: 2)))
        let found = try Program(computing: [margins], from: [box.low, box.high], optimising: false).makeExecutor().run([
            Tensor(shape: [2, 2], values: [0.5, 0.5, 0.5, least]), Tensor(shape: [2, 2], values: [0.75, 0.75, 0.75, 1]),
        ])[0].values
        #expect(found[1] > -10 && found[3] == -.infinity, "\(found)")
    }

    /// Logits without an error leave a margin that single precision must not round up: of 1 − 2⁻³⁰ it would make 1.
    @Test(arguments: ProvenBound.Method.allCases) func differencesOfLogitsAreRoundedDown(method: ProvenBound.Method) throws {
        var builder = try NetworkBuilder(imageShape: [1, 1, 2])
        let logits = try builder.append(.reshape(to: [2]), to: [builder.image])
        let network = try builder.network(output: logits)
        let images = try LabelledImages(
            name: "made", split: .test, pixels: .float32([1, 0x1p-30]), count: 1, shape: [1, 1, 2], labels: [0],
            source: "made")
        let margin = try ProvenBound(of: network, norm: .linf, method: method)
            .margins(of: images, at: [0], epsilon: 0, threads: 1)[0]
        #expect(margin <= 1 - 0x1p-30 && margin > 1 - 0x1p-20)
    }

    @Test func refusesWhatDoesNotFit() throws {
        let network = try BoundedNetworks.network("dense")
        let box = Self.inputs(network, count: 2)
        let other = IntervalPropagation.Box(low: box.low, high: .input("high", shape: [1] + network.imageShape))
        let turned = IntervalPropagation.Box(low: .input("low", shape: [2, 6, 6, 2]), high: .input("high", shape: [2, 6, 6, 2]))
        for box in [other, turned] {
            #expect(throws: NetworkError.self) { try IntervalPropagation(through: network, of: box) }
        }
        let name = try #require(network.parameters.keys.min())
        var parameters = network.parameters.mapValues(Node.constant)
        parameters[name] = nil
        do {
            _ = try IntervalPropagation(through: network, of: box, parameters: parameters)
            Issue.record("a parameter is missing, and nobody says so")
        } catch { #expect("\(error)".contains(name)) }
    }

    private static func provenMargin(_ network: Network, _ graph: MarginGraph) throws -> Double {
        let images = try LabelledImages(
            name: "made", split: .test, pixels: .float32(graph.image), count: 1, shape: network.imageShape,
            labels: [MarginGraph.label], source: "made")
        return try ProvenBound(of: network, norm: .linf, method: .ibp)
            .margins(of: images, at: [0], epsilon: MarginGraph.epsilon, threads: 1)[0]
    }

    fileprivate static func inputs(_ network: Network, count: Int) -> IntervalPropagation.Box {
        let shape = [count] + network.imageShape
        return .init(low: .input("low", shape: shape), high: .input("high", shape: shape))
    }

    fileprivate static func oneHot(_ labels: [Int], classes: Int) -> Tensor {
        Tensor(
            shape: [labels.count, classes],
            values: labels.flatMap { label in (0..<classes).map { $0 == label ? 1 : 0 } })
    }
}

/// The margins of one image as a function of the network's parameters and the radius.
private struct MarginGraph {
    static let label = 1
    static let epsilon = 0.03125
    let image: [Float]
    let parameters: [String: Node]
    let radius = Node.input("radius", shape: [1])
    let margins: Node
    /// Values of all of them.
    let point: [Node: [Double]]

    init(_ network: Network) throws {
        var generator = SeededGenerator(seed: 21)
        image = (0..<network.imageShape.elementCount).map { _ in Float.random(in: 0.2...0.8, using: &generator) }
        parameters = Dictionary(
            uniqueKeysWithValues: network.parameters.map { ($0.key, Node.input($0.key, shape: $0.value.shape)) })
        let center = Node.constant(Tensor(shape: [1] + network.imageShape, values: image))
        let box = try IntervalPropagation.Box(low: center - radius, high: center + radius)
        margins = try IntervalPropagation(through: network, of: box, parameters: parameters)
            .margins(of: .constant(IntervalPropagationTests.oneHot([Self.label], classes: network.classCount)))
        var point = [radius: [Self.epsilon]]
        for (name, node) in parameters { point[node] = network.parameters[name]?.values.map(Double.init) }
        self.point = point
    }
}
