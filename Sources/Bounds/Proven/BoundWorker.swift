import SuretyDatasets
import SuretyGraphs
import SuretyTensors

/// What is asked about one image: a lower bound on its margin within a radius.
struct MarginQuery {
    var pixels: [Float]
    let label: Int
    let epsilon: Double

    init(_ images: LabelledImages, _ index: Int, epsilon: Double) {
        (pixels, label, self.epsilon) = (images.image(at: index), images.label(at: index), epsilon)
    }
}

/// One thread's share of a proven bound: the boxes and relaxations of a batch of images, and the memory to compute them in.
final class BoundWorker {
    private let bound: ProvenBound
    private let stages: [Executor]
    /// The executors of linear bounds, by the vertex that is bounded; one is shared by all that start from the same vertex's
    /// whole value.
    private var rows: [Int: RowExecutor] = [:]
    private var values: [BoundedValue]
    /// For each image, how much sums of its coefficients may have lost to numbers too small for full precision: infinite once
    /// a box is infinite or empty, so that nothing can be proven.
    private var underflow: [Double] = []
    private var queries: [MarginQuery] = []
    /// What intervals alone say about the margins: [batch, classes].
    private var intervalMargins: [Float] = []

    init(_ bound: ProvenBound) throws(GraphError) {
        self.bound = bound
        var stages: [Executor] = []
        for stage in bound.stages { stages.append(try stage.program.makeExecutor()) }
        self.stages = stages
        values = bound.network.vertices.map { BoundedValue(size: $0.shape.elementCount) }
        var whole: [Int: RowExecutor] = [:]
        var passes = bound.refinements.mapValues(\.pass)
        passes[values.count - 1] = bound.marginPass
        for (vertex, pass) in passes {
            if pass.field != nil {
                rows[vertex] = try RowExecutor(pass, bound.network)
            } else if let executor = whole[pass.start] {
                rows[vertex] = executor
            } else {
                let executor = try RowExecutor(pass, bound.network)
                (rows[vertex], whole[pass.start]) = (executor, executor)
            }
        }
    }

    /// For each query a lower bound on its margin; −∞ where none is known.
    func margins(_ queries: [MarginQuery]) -> [Double] {
        self.queries = queries
        underflow = queries.map { _ in 0 }
        setImages()
        for (stage, executor) in zip(bound.stages, stages) { run(executor, for: stage.vertices) }
        return leastMargins()
    }

    /// The box of each image: all of [0, 1] within its radius.
    private func setImages() {
        let size = values[0].size
        values[0].low = Array(repeating: 0, count: bound.batchSize * size)
        values[0].high = values[0].low
        for (image, query) in queries.enumerated() {
            for (i, pixel) in query.pixels.enumerated() {
                // An exact 0 is not widened by rounding: the radius 0 is the image itself.
                let (low, high) = (Double(pixel) - query.epsilon, Double(pixel) + query.epsilon)
                values[0].low[image * size + i] = max(0, Gate.down(query.epsilon == 0 ? low : low.nextDown))
                values[0].high[image * size + i] = min(1, Gate.up(query.epsilon == 0 ? high : high.nextUp))
            }
        }
        values[0].enclosure = Enclosure(box: values[0].low, values[0].high)
        countUnderflow(at: 0)
    }

    /// Computes boxes and enclosures up to the next box to be tightened, and tightens that.
    private func run(_ executor: Executor, for vertices: [(index: Int, hasIntercepts: Bool)]) {
        let labels = executor.input(0)
        labels.elements.fill(with: 0)
        for (image, query) in queries.enumerated() { labels[image][query.label] = 1 }
        for (index, vertex) in ([0] + bound.refinements.keys.sorted()).enumerated() where !values[vertex].low.isEmpty {
            // Those not known yet are not read.
            executor.input(2 * index + 1).elements.set(values[vertex].low)
            executor.input(2 * index + 2).elements.set(values[vertex].high)
        }
        executor.run()
        var output = 0
        func next() -> [Float] {
            defer { output += 1 }
            return Array(executor.output(output).elements)
        }
        for (vertex, hasIntercepts) in vertices {
            (values[vertex].low, values[vertex].high) = (next(), next())
            if hasIntercepts {
                values[vertex].enclosure = Enclosure(box: next(), next())
            } else {
                enclose(vertex)
            }
            // Not earlier: linear bounds that begin at the vertex itself include its enclosure.
            if let refinement = bound.refinements[vertex] { refine(vertex, refinement) }
            countUnderflow(at: vertex)
        }
        if executor === stages.last { intervalMargins = next() }
    }

    /// Sets the lines of a nonlinear layer.
    private func enclose(_ vertex: Int) {
        let it = bound.network.vertices[vertex]
        let (x, sharing) = (values[it.inputs[0]], bound.network.sharing(at: vertex))
        switch bound.rules[vertex] {
        case .elementwise(let function):
            values[vertex].enclosure = Enclosure(of: function, low: x.low, high: x.high, consumers: sharing)
        case .maximumPool(let window):
            values[vertex].enclosure = Enclosure(
                ofMaximumOver: window, image: bound.network.vertices[it.inputs[0]].shape, result: it.shape, low: x.low,
                high: x.high, consumers: sharing)
        case .image, .rearrangement, .affine, .boxed: break
        }
    }

    /// In addition to its relative error, each operation on a coefficient may be off by 2⁻¹²⁶: times the value's size, once
    /// per term.
    private func countUnderflow(at vertex: Int) {
        let terms = 8 + bound.network.consumers(of: vertex).reduce(0) { $0 + 2 * bound.rules[$1].backwardTerms }
        let value = values[vertex]
        for image in queries.indices {
            var sum = 0.0
            for i in image * value.size..<(image + 1) * value.size {
                sum += value.low[i] <= value.high[i] ? Double(max(abs(value.low[i]), abs(value.high[i]))) : .infinity
            }
            underflow[image] += Double(terms) * 0x1p-124 * sum
        }
    }

    /// Tightens the box of a vertex by linear bounds, for each element that may lie on either side of the kink of a layer
    /// that reads it.
    private func refine(_ vertex: Int, _ refinement: ProvenBound.Refinement) {
        let size = values[vertex].size
        let isOnlyRectified = bound.network.consumers(of: vertex).allSatisfy { consumer in
            if case .elementwise(.rectifier) = bound.rules[consumer] { true } else { bound.rules[consumer].isLinear }
        }
        let needed = { [value = values[vertex]] (i: Int) in
            isOnlyRectified ? value.low[i] < 0 && value.high[i] > 0 : value.low[i] < value.high[i]
        }
        let positions = refinement.pass.field?.positions.elementCount ?? 1
        var wanted: [RowExecutor.WantedRow] = []
        for image in queries.indices where underflow[image].isFinite {
            // One position after another, because elements at the same position see the same patch.
            for position in 0..<positions {
                for unit in stride(from: position, to: size, by: positions) where needed(image * size + unit) {
                    wanted.append(.init(image: image, unit: unit, sign: 1))
                    wanted.append(.init(image: image, unit: unit, sign: -1))
                }
            }
        }
        rows[vertex]?.leastValues(
            of: wanted, values, queries, bound.norm, underflow, usesParallelLines: false
        ) { row, coefficients in
            if let layer = refinement.rows {
                layer.write(row.unit, sign: row.sign, to: coefficients, asPatch: refinement.pass.field != nil)
            } else {
                coefficients[row.unit / positions] = row.sign
            }
        } deliver: { row, least in
            let place = row.image * size + row.unit
            // Rows of the vertex's own layer are exact; its offset, and the rounding errors of its evaluation, must still be
            // added.
            let own = values[vertex].enclosure
            if row.sign > 0 {
                let offset = refinement.rows == nil ? 0 : Double(own.lower[place])
                let low = Gate.down((least + offset).nextDown)
                if low > values[vertex].low[place] { values[vertex].low[place] = low }
            } else {
                let offset = refinement.rows == nil ? 0 : Double(own.upper[place])
                let high = Gate.up((offset - least).nextUp)
                if high < values[vertex].high[place] { values[vertex].high[place] = high }
            }
        }
    }

    /// The least of the differences of the label's logit and the others': from the logits' boxes, and better from linear
    /// bounds on the difference, with either kind of lower line.
    private func leastMargins() -> [Double] {
        let classes = bound.network.classCount
        var margins = queries.indices.map { image in
            (image * classes..<(image + 1) * classes).map {
                underflow[image].isFinite ? Double(intervalMargins[$0]) : -.infinity
            }
        }
        var wanted: [RowExecutor.WantedRow] = []
        for (image, query) in queries.enumerated() where underflow[image].isFinite {
            for other in 0..<classes where other != query.label {
                wanted.append(.init(image: image, unit: other, sign: 1))
            }
        }
        for usesParallelLines in [false, true] {
            rows[values.count - 1]?.leastValues(
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
