import CKernels
import Datasets
import Foundation
import Graphs
import Tensors

/// What is asked of one image: a lower bound on its margin within a radius.
struct MarginQuery {
    let pixels: [Float]
    let label: Int
    let epsilon: Double

    init(_ images: LabelledImages, _ index: Int, epsilon: Double) {
        (pixels, label, self.epsilon) = (images.image(at: index), images.label(at: index), epsilon)
    }
}

/// One thread's part of a proven bound: the boxes and relaxations of a batch of images, and the memory to compute them in.
final class BoundWorker {
    private let bound: ProvenBound
    private let layers: [Executor?]
    private let rows: [Int: RowExecutor]
    private let marginRows: RowExecutor?
    private var values: [BoundedValue]
    /// For each image what sums of its coefficients may have lost to numbers too small for full precision.
    private var underflow: [Double]
    /// For each image whether all its boxes so far are finite.
    private var isBounded: [Bool]
    private var queries: [MarginQuery] = []

    init(_ bound: ProvenBound) throws(GraphError) {
        self.bound = bound
        var layers: [Executor?] = []
        for layer in bound.layers { layers.append(try layer?.program.makeExecutor()) }
        var rows: [Int: RowExecutor] = [:]
        var executors: [Int: RowExecutor] = [:]
        for (vertex, refinement) in bound.refinements {
            let start = refinement.pass.start
            if executors[start] == nil { executors[start] = try RowExecutor(refinement.pass, bound.network) }
            rows[vertex] = executors[start]
        }
        var marginRows: RowExecutor?
        if let pass = bound.marginPass { marginRows = try RowExecutor(pass, bound.network) }
        (self.layers, self.rows, self.marginRows) = (layers, rows, marginRows)
        values = bound.network.vertices.map { BoundedValue(size: $0.shape.elementCount, count: bound.batchSize) }
        underflow = Array(repeating: 0, count: bound.batchSize)
        isBounded = Array(repeating: true, count: bound.batchSize)
    }

    /// For each query a number that its margin does not fall below; −∞ where none is known.
    func margins(_ queries: [MarginQuery]) throws -> [Double] {
        self.queries = queries
        for image in underflow.indices { (underflow[image], isBounded[image]) = (0, true) }
        setImages()
        for vertex in bound.network.vertices.indices.dropFirst() { enclose(vertex) }
        return marginsOfLogits()
    }

    /// The box of each image: all of [0, 1] within its radius.
    private func setImages() {
        for (image, query) in queries.enumerated() {
            for (i, pixel) in query.pixels.enumerated() {
                let place = image * query.pixels.count + i
                // Nothing is rounded away from an exact 0: the radius 0 is the image itself.
                let (low, high) = (Double(pixel) - query.epsilon, Double(pixel) + query.epsilon)
                values[0].low[place] = max(0, Rounding.down(query.epsilon == 0 ? low : low.nextDown))
                values[0].high[place] = min(1, Rounding.up(query.epsilon == 0 ? high : high.nextUp))
            }
        }
        values[0].enclosure = Enclosure(box: values[0].low, values[0].high)
        passGate(0)
    }

    /// Lets the boxes of a vertex through to the layers that follow: see `BoundedValue.passGate`.
    private func passGate(_ vertex: Int) {
        for image in queries.indices where !values[vertex].passGate(image: image) { isBounded[image] = false }
        countUnderflow(at: vertex)
    }

    /// The box of a vertex, and its enclosure.
    private func enclose(_ vertex: Int) {
        let it = bound.network.vertices[vertex]
        switch bound.rules[vertex] {
        case .image: break
        case .rearrangement, .affine, .product: encloseLayer(vertex)
        case .elementwise(let function):
            let x = values[it.inputs[0]]
            let found = Enclosure.elementwise(function, low: x.low, high: x.high)
            (values[vertex].enclosure, values[vertex].low, values[vertex].high) = (found.enclosure, found.low, found.high)
            loosen(vertex, by: x)
        case .maximumPool(let window):
            let (x, shape) = (values[it.inputs[0]], bound.network.vertices[it.inputs[0]].shape)
            var pooled = BoundedValue(size: it.shape.elementCount, count: 0)
            for image in 0..<bound.batchSize {
                let range = image * shape.elementCount..<(image + 1) * shape.elementCount
                pooled.append(
                    Enclosure.maximum(window, image: shape, result: it.shape, low: x.low[range], high: x.high[range]))
            }
            values[vertex] = pooled
            loosen(vertex, by: pooled)
        }
        passGate(vertex)
    }

    /// The box and the enclosure of a linear layer, or a product.
    private func encloseLayer(_ vertex: Int) {
        guard let layer = bound.layers[vertex], let executor = layers[vertex] else { return }
        let inputs = bound.network.vertices[vertex].inputs
        for (index, input) in inputs.enumerated() {
            _ = executor.input(index).update(fromContentsOf: values[input].low)
            _ = executor.input(inputs.count + index).update(fromContentsOf: values[input].high)
        }
        executor.run()
        values[vertex].low = Array(executor.output(0))
        values[vertex].high = Array(executor.output(1))
        if bound.rules[vertex] == .product {
            values[vertex].enclosure = Enclosure(box: values[vertex].low, values[vertex].high)
            return
        }
        let error = layer.hasError ? executor.output(2) : nil
        let size = values[vertex].size
        for i in values[vertex].low.indices {
            let offset = layer.offset?[i % size] ?? 0
            let error = error?[i] ?? 0
            values[vertex].enclosure.lower[i] = (offset - error).nextDown
            values[vertex].enclosure.upper[i] = (offset + error).nextUp
        }
        if !layer.hasError { loosen(vertex, by: values[vertex]) }
        // Only now: linear bounds that begin at the vertex itself take its enclosure in.
        if let rows = rows[vertex], let refinement = bound.refinements[vertex] { refine(vertex, refinement, rows) }
    }

    /// Makes good for the rounding of sums of coefficients, where a value has other consumers besides this vertex. `value`
    /// is what the coefficients are of. (For an affine layer this is in its error.)
    private func loosen(_ vertex: Int, by value: BoundedValue) {
        let sharing = bound.network.vertices[vertex].inputs.map { bound.consumers[$0] }.max() ?? 1
        guard sharing > 1 else { return }
        for i in value.low.indices {
            let error = Float(sharing) * 0x1p-23 * max(abs(value.low[i]), abs(value.high[i]))
            values[vertex].enclosure.lower[i] = (values[vertex].enclosure.lower[i] - error).nextDown
            values[vertex].enclosure.upper[i] = (values[vertex].enclosure.upper[i] + error).nextUp
        }
    }

    /// Each operation on a coefficient may be off by 2⁻¹²⁶ besides its relative error: times the value's size, once per
    /// term.
    private func countUnderflow(at vertex: Int) {
        var terms = 8
        for (consumer, it) in bound.network.vertices.enumerated() where it.inputs.contains(vertex) {
            terms += 2 * bound.rules[consumer].backwardTerms
        }
        let value = values[vertex]
        for image in queries.indices {
            var sum = 0.0
            for i in image * value.size..<(image + 1) * value.size {
                sum += Double(max(abs(value.low[i]), abs(value.high[i])))
            }
            underflow[image] += Double(terms) * 0x1p-124 * sum
        }
    }

    /// Makes the box of a vertex tighter by linear bounds on each element of which it is not clear on which side of its bend
    /// a consumer sees it.
    private func refine(_ vertex: Int, _ refinement: ProvenBound.Refinement, _ rows: RowExecutor) {
        let size = values[vertex].size
        let needed = { [value = values[vertex], isRectified = isOnlyRectified(vertex)] (i: Int) in
            isRectified ? value.low[i] < 0 && value.high[i] > 0 : value.low[i] < value.high[i]
        }
        var wanted: [RowExecutor.Row] = []
        for image in queries.indices where isBounded[image] {
            for unit in 0..<size where needed(image * size + unit) {
                wanted.append(.init(image: image, unit: unit, sign: 1))
                wanted.append(.init(image: image, unit: unit, sign: -1))
            }
        }
        rows.leastValues(of: wanted, values, queries, bound.norm, underflow, usesParallelLines: false) { row, coefficients in
            if let layer = refinement.rows {
                layer.write(row.unit, sign: row.sign, to: coefficients)
            } else {
                coefficients[row.unit] = row.sign
            }
        } deliver: { row, least in
            let place = row.image * size + row.unit
            // Rows of the vertex's own layer are exact, and its offset and what an evaluation of it rounds are still to come.
            let own = values[vertex].enclosure
            if row.sign > 0 {
                let offset = refinement.rows == nil ? 0 : Double(own.lower[place])
                let low = Rounding.down((least + offset).nextDown)
                if low > values[vertex].low[place] { values[vertex].low[place] = low }
            } else {
                let offset = refinement.rows == nil ? 0 : Double(own.upper[place])
                let high = Rounding.up((offset - least).nextUp)
                if high < values[vertex].high[place] { values[vertex].high[place] = high }
            }
        }
    }

    /// Whether all who read the vertex are rectifiers, or linear.
    private func isOnlyRectified(_ vertex: Int) -> Bool {
        bound.network.vertices.indices.allSatisfy { consumer in
            guard bound.network.vertices[consumer].inputs.contains(vertex) else { return true }
            return switch bound.rules[consumer] {
            case .elementwise(.rectifier), .rearrangement, .affine: true
            case .image, .product, .maximumPool, .elementwise: false
            }
        }
    }

    /// The least of the differences of the label's logit and the others': from the logits' boxes, and better from linear
    /// bounds on the difference, with either kind of lower line.
    private func marginsOfLogits() -> [Double] {
        let classes = bound.network.classCount
        guard let logits = values.last else { return [] }
        var margins = [[Double]](repeating: Array(repeating: -.infinity, count: classes), count: queries.count)
        var wanted: [RowExecutor.Row] = []
        for (image, query) in queries.enumerated() where isBounded[image] {
            for other in 0..<classes where other != query.label {
                let difference = Double(logits.low[image * classes + query.label])
                    - Double(logits.high[image * classes + other])
                if difference > -.infinity { margins[image][other] = difference.nextDown }
                wanted.append(.init(image: image, unit: other, sign: 1))
            }
        }
        for usesParallelLines in [false, true] {
            marginRows?.leastValues(
                of: wanted, values, queries, bound.norm, underflow, usesParallelLines: usesParallelLines
            ) { [queries] row, coefficients in
                coefficients[queries[row.image].label] = 1
                coefficients[row.unit] = -1
            } deliver: { row, least in
                if least > margins[row.image][row.unit] { margins[row.image][row.unit] = least }
            }
        }
        return queries.indices.map { image in
            margins[image].indices.filter { $0 != queries[image].label }.map { margins[image][$0] }.min() ?? -.infinity
        }
    }
}
