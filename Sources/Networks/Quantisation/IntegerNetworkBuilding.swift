internal import Foundation
import SuretyGraphs
import SuretyTensors

/// An integer network under construction, and its results on the calibration images so far.
struct IntegerNetworkBuilding {
    private(set) var reports: [PostTrainingQuantisation.LayerReport] = []

    private let plan: QuantisationPlan
    private let calibration: Calibration
    private let classes: ScaleClasses
    private let largest: Double
    private var quantisations: [Int: Quantisation] = [:]
    private var builder: NetworkBuilder
    /// For each step, its vertex in the new network; and for each vertex, its value as long as some step still reads it.
    private var vertices: [Int: Int] = [:]
    private var values: [Int: StoredValue]
    private var unread: [Int]
    /// The image in whole numbers, minus what padding stands for, by step and padding.
    private var wholeImages: [[Double]: Int] = [:]

    private var steps: [FoldedNetwork.Step] { plan.network.steps }

    init(_ plan: QuantisationPlan, _ calibration: Calibration, _ images: Images, largestPixel: Double) throws {
        (self.plan, self.calibration, largest) = (plan, calibration, largestPixel)
        classes = ScaleClasses(plan)
        builder = try NetworkBuilder(imageShape: images.shape)
        values = [builder.image: .images(images)]
        unread = plan.network.readers
        var samples: [Int: [Float]] = [:]
        for step in plan.stored {
            if case .move = steps[step].operation { continue }
            samples[classes.root(step), default: []] += calibration.samples[steps[step].origin] ?? []
        }
        for (root, numbers) in samples { quantisations[root] = classes.quantisation(of: root, samples: numbers) }
        keepClearOfTies()
    }

    /// Makes a scale slightly smaller if a real function's value lies so near a tie between codes that ONNX Runtime, which
    /// computes it in single precision, might choose the other code. Powers of two are kept.
    private mutating func keepClearOfTies() {
        let functions = plan.stored.filter { if case .function(.real) = steps[$0].operation { true } else { false } }
        for step in functions {
            for root in [step, steps[step].inputs[0]].map(classes.root) where !classes.needsPowerOfTwo(root) && !isClearOfTies(step) {
                guard let scale = quantisations[root]?.scale else { continue }
                let concerned = functions.filter { [$0, steps[$0].inputs[0]].map(classes.root).contains(root) }
                let isFound = (1..<64).contains { change in
                    quantisations[root]?.scale = scale * (1 - Float(change) / 1024)
                    return concerned.allSatisfy(isClearOfTies)
                }
                if !isFound { quantisations[root]?.scale = scale }
            }
        }
    }

    private func isClearOfTies(_ step: Int) -> Bool {
        guard case .function(let function) = steps[step].operation, let result = quantisations[classes.root(step)],
            let argument = quantisations[classes.root(steps[step].inputs[0])]
        else { return true }
        // Far more than the error of functions in single precision and of their parts.
        return function.isClearOfTies(of: argument, as: result, error: 0x1p-20)
    }

    private func quantisation(_ step: Int) throws(NetworkError) -> Quantisation {
        guard let known = quantisations[classes.root(step)] else {
            throw .layer(name: steps[step].name, problem: "it moves numbers that are not codes")
        }
        return known
    }

    mutating func finished() throws(NetworkError) -> Network {
        guard let output = vertices[steps.count - 1] else { throw .missing(name: "logits", layer: "output") }
        let network = try builder.network(output: output)
        try network.checkExactness()
        return network
    }

    // MARK: steps

    mutating func build(_ index: Int) throws {
        let step = steps[index]
        // A product or sum with a rectifier is built at the rectifier's place.
        if plan.place[index] != index || plan.network.pixels[index] != nil { return }
        let computed = plan.isAbsorbed(index) ? step.inputs[0] : index
        let inputs = steps[computed].inputs
        let name = steps[computed].name
        switch steps[computed].operation {
        case .product(let map): try build(map, computed, at: index)
        case .sum:
            let operands = (try quantisation(inputs[0]), try quantisation(inputs[1]))
            let layer = IntegerLayer.sum(operands.0, operands.1, result: try quantisation(index))
            vertices[index] = try append([.integer(layer)], to: vertices(of: inputs), name)
        case .function(let function):
            let layer = IntegerLayer.function(function, of: try quantisation(inputs[0]), result: try quantisation(index))
            vertices[index] = try append([.integer(layer)], to: vertices(of: inputs), name)
        case .move(let layer): vertices[index] = try append([layer], to: vertices(of: inputs), name)
        }
        try report(index, name)
        for input in inputs {
            unread[input] -= 1
            if unread[input] == 0, let vertex = vertices[input] { values[vertex] = nil }
        }
    }

    private func vertices(of steps: [Int]) -> [Int] { steps.compactMap { vertices[$0] } }

    private mutating func build(_ map: LinearMap, _ computed: Int, at index: Int) throws {
        let step = steps[computed]
        let isLast = index == plan.network.logits
        let output = isLast ? nil : try quantisation(index)
        let target = calibration.means[step.origin] ?? map.bias
        if map.readsImage {
            let x = try wholeImage(step.inputs[0], padding: map.padding, step.name)
            let bound = largest + (map.padding.map(\.magnitude).max() ?? 0)
            var integers = IntegerMap(ofImage: map, largest: bound)
            let layer = { (weights: String, bias: String) -> Layer in
                map.geometry.map { .convolution($0, weights: weights, bias: bias) } ?? .dense(weights: weights, bias: bias)
            }
            let weights = Tensor(shape: map.shape, values: integers.weights.indices.map {
                integers.weights[$0] * integers.scales[$0 / map.width]
            })
            let none = Tensor(shape: [map.outputs], repeating: 0)
            let sums = try means(of: layer("weights", "bias"), on: x, ["weights": weights, "bias": none])
            integers.correct(to: target, sums: sums, steps: integers.scales.map(Double.init), sumsAreInSteps: false)
            let bias = Tensor(shape: [map.outputs], values: zip(integers.bias, integers.scales).map { $0 * $1 })
            let names = try add(weights, bias, step.name)
            vertices[index] = try append(
                [layer(names.weights, names.bias)] + (output.map { [.integer(.quantisation($0))] } ?? []), to: [x], step.name)
        } else {
            let input = try quantisation(step.inputs[0])
            var integers = IntegerMap(
                map, inputScale: input.scale, largest: max(input.zeroPoint, 255 - input.zeroPoint), sharesScale: isLast)
            let weights = Tensor(shape: map.shape, values: integers.weights)
            let counting = IntegerLayer.Product(
                weights: "weights", bias: "bias", weightScales: integers.scales.map { _ in 1 },
                input: Quantisation(scale: 1, zeroPoint: input.zeroPoint), output: nil)
            var x = vertices(of: step.inputs)[0]
            if map.geometry == nil, builder.shape(of: x).count != 1 {
                x = try append([.reshape(to: [map.width])], to: [x], "\(step.name) flatten")
            }
            let sums = try means(
                of: layer(map, counting), on: x, ["weights": weights, "bias": Tensor(shape: [map.outputs], repeating: 0)])
            integers.correct(
                to: target, sums: sums, steps: integers.scales.map { Double(input.scale) * Double($0) }, sumsAreInSteps: true)
            let names = try add(weights, Tensor(shape: [map.outputs], values: integers.bias), step.name)
            let product = IntegerLayer.Product(
                weights: names.weights, bias: names.bias, weightScales: integers.scales, input: input, output: output)
            vertices[index] = try append([layer(map, product)], to: [x], step.name)
        }
    }

    private func layer(_ map: LinearMap, _ product: IntegerLayer.Product) -> Layer {
        .integer(map.geometry.map { .convolution($0, product) } ?? .dense(product))
    }

    /// The vertex of the image in whole numbers, arranged as in `step`, minus `padding` in each channel.
    private mutating func wholeImage(_ step: Int, padding: [Double], _ name: String) throws -> Int {
        let isMoved = padding.contains { $0 != 0 }
        let key = [Double(step)] + (isMoved ? padding : [])
        if let known = wholeImages[key] { return known }
        if isMoved {
            let plain = try wholeImage(step, padding: [], name)
            let parameter = builder.unusedName("padding")
            try builder.add(Tensor(shape: [padding.count, 1, 1], values: padding.map { Float($0) }), as: parameter)
            wholeImages[key] = try append(
                [.arithmeticWithParameter(.subtract, operand: parameter, side: .right)], to: [plain], "padding value")
        } else if step == 0 {
            try builder.add(Tensor(scalar: 255), as: "levels")
            let limit = Float(largest)
            wholeImages[key] = try append(
                [.arithmeticWithParameter(.multiply, operand: "levels", side: .right), .integer(.rounding), .clip(-limit...limit)],
                to: [builder.image], "whole image")
        } else {
            let before = try wholeImage(steps[step].inputs[0], padding: [], name)
            let shape = steps[step].shape
            let isSame = builder.shape(of: before) == shape
            wholeImages[key] = isSame ? before : try append([.reshape(to: shape)], to: [before], steps[step].name)
        }
        return wholeImages[key] ?? builder.image
    }

    private mutating func add(
        _ weights: Tensor, _ bias: Tensor, _ name: String
    ) throws(NetworkError) -> (weights: String, bias: String) {
        let names = (builder.unusedName("\(name).weight"), builder.unusedName("\(name).bias"))
        try builder.add(weights, as: names.0)
        try builder.add(bias, as: names.1)
        return names
    }

    // MARK: calibration images

    /// Adds layers one after another, and computes the last one's results on the calibration images. Returns its vertex.
    private mutating func append(_ layers: [Layer], to inputs: [Int], _ name: String) throws -> Int {
        var operands = inputs
        for layer in layers { operands = [try builder.append(layer, to: operands, name: name)] }
        let (shape, read) = (builder.shape(of: operands[0]), inputs.compactMap { values[$0] })
        let parameters = layers.flatMap(\.parameterNames).reduce(into: [String: Node]()) { known, name in
            known[name] = builder.parameter(name).map(Node.constant)
        }
        var codes: [UInt8] = []
        var numbers: [Float] = []
        let readsCodes = read.allSatisfy { if case .codes = $0 { true } else { false } }
        let givesCodes = if case .integer(let last)? = layers.last { last.result != nil } else { readsCodes }
        try StoredValue.run(on: read) { nodes in
            var results = nodes
            for layer in layers { results = [try layer.node(named: name, of: results, parameters: parameters)] }
            return results
        } receive: { executor, count, _ in
            let rows = executor.output(0)
            let values = rows.elements.prefix(count * rows.size)
            if givesCodes { codes += values.map { UInt8(clamping: Int($0)) } } else { numbers += values }
        }
        values[operands[0]] = givesCodes ? .codes(codes, shape: shape) : .numbers(numbers, shape: shape)
        return operands[0]
    }

    /// The mean of each output of a layer on the calibration images.
    private func means(of layer: Layer, on x: Int, _ parameters: [String: Tensor]) throws -> [Double] {
        guard let value = values[x] else { return [] }
        var sums: [Double] = []
        var area = 1
        try value.run { nodes in
            [try layer.node(named: "calibration", of: nodes, parameters: parameters.mapValues(Node.constant))]
        } receive: { executor, count, _ in
            let rows = executor.output(0)
            if sums.isEmpty { sums = Array(repeating: 0, count: rows.shape[0]) }
            area = rows.shape.dropFirst().reduce(1, *)
            SuretyNetworks.add(rows, count, channels: rows.shape[0], to: &sums)
        }
        return sums.map { $0 / Double(value.count * area) }
    }

    private mutating func report(_ index: Int, _ name: String) throws {
        if case .move = steps[index].operation { return }
        guard let vertex = vertices[index], case .codes(let codes, let shape)? = values[vertex],
            let truth = calibration.samples[steps[index].origin]
        else { return }
        let quantisation = try quantisation(index)
        let (size, images) = (shape.elementCount, codes.count / shape.elementCount)
        let positions = SamplePositions(images: images, size: size)
        let row = Images(count: 1, shape: shape)
        let value = StoredValue.codes(codes, shape: shape)
        var place = 0
        var (error, power) = (0.0, 0.0)
        for image in 0..<images {
            value.write(image, to: row[0])
            for code in positions.numbers(of: row[0], image: image) {
                let difference = Double(quantisation.number(of: Int(code)) - truth[place])
                error += difference * difference
                power += Double(truth[place] * truth[place])
                place += 1
            }
        }
        reports.append(.init(name: name, quantisation: quantisation, error: power > 0 ? (error / power).squareRoot() : 0))
    }
}

extension IntegerMap {
    /// Corrects the mean of each output to its target.
    ///
    /// - Parameters:
    ///   - target: The means that are wanted.
    ///   - sums: The means of the sums without bias, in steps or in numbers.
    ///   - steps: What 1 in the bias of each output stands for.
    fileprivate mutating func correct(to target: [Double], sums: [Double], steps: [Double], sumsAreInSteps: Bool) {
        for output in bias.indices {
            let reached = sumsAreInSteps ? sums[output] : sums[output] / steps[output]
            bias[output] = Float((target[output] / steps[output] - reached).rounded(.toNearestOrEven))
        }
    }
}
