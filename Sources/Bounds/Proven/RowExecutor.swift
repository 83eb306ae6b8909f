import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// One thread's memory for a `LinearBoundPass`: takes rows of many images, and gives the smallest value of each.
final class RowExecutor {
    /// A linear function of a value of one image.
    struct WantedRow {
        let image: Int
        let unit: Int
        let sign: Float
    }

    /// What a row can see: whole values, or their patches at its position.
    private struct View {
        let values: [BoundedValue]
        let query: MarginQuery
        /// The image's place in `values`.
        let image: Int
        /// What distinguishes views.
        let key: [Int]
    }

    private let pass: LinearBoundPass
    private let network: Network
    private let executor: Executor
    /// 1 inside each masked vertex.
    private let masks: [Int: [Float]]

    init(_ pass: LinearBoundPass, _ network: Network) throws(GraphError) {
        (self.pass, self.network) = (pass, network)
        masks = Dictionary(uniqueKeysWithValues: pass.masked.map { vertex in
            (vertex, Array(repeating: 1, count: network.vertices[vertex].shape.elementCount))
        })
        executor = try pass.program.makeExecutor()
    }

    /// For each row, a lower bound over all images within the radius; −∞ if none is known.
    ///
    /// - Parameters:
    ///   - values: Boxes and enclosures of all vertices before that of the rows.
    ///   - underflow: For each image, what must be subtracted for numbers too small for full precision.
    ///   - usesParallelLines: Whether rectifiers are bounded from below by the line parallel to the upper one (Wong and
    ///     Kolter 2018), instead of one of their branches.
    ///   - write: Writes a row's coefficients into memory that holds zeros.
    ///   - deliver: Receives the result of each row, in order.
    func leastValues(
        of rows: [WantedRow], _ values: [BoundedValue], _ queries: [MarginQuery], _ norm: Norm,
        _ underflow: [Double], usesParallelLines: Bool, write: (WantedRow, Row) -> Void,
        deliver: (WantedRow, Double) -> Void
    ) {
        // The image whose relaxations each place of the batch holds.
        var loaded = [[Int]](repeating: [], count: pass.rows)
        var view: View?
        for start in stride(from: 0, to: rows.count, by: pass.rows) {
            let batch = rows[start..<min(rows.count, start + pass.rows)]
            var views: [View] = []
            for (place, row) in batch.enumerated() {
                let seen = self.view(of: row, values, queries, after: view)
                view = seen
                views.append(seen)
                let coefficients = executor.input(0)[place]
                coefficients.fill(with: 0)
                write(row, coefficients)
                if loaded[place] != seen.key {
                    load(seen, at: place, usesParallelLines: usesParallelLines)
                    loaded[place] = seen.key
                }
            }
            executor.run()
            for (place, row) in batch.enumerated() {
                deliver(row, least(at: place, views[place], norm) - underflow[row.image])
            }
        }
    }

    /// What a row sees; the last view is reused if it sees the same.
    private func view(of row: WantedRow, _ values: [BoundedValue], _ queries: [MarginQuery], after last: View?) -> View {
        guard let field = pass.field else {
            return View(values: values, query: queries[row.image], image: row.image, key: [row.image])
        }
        let position = row.unit % field.positions.elementCount
        let key = [row.image, position]
        if let last, last.key == key { return last }
        func patch(_ numbers: [Float], _ vertex: Int) -> [Float] {
            numbers.isEmpty ? [] : field.patch(of: numbers, image: row.image, vertex: vertex, at: position)
        }
        var seen = values.indices.map { BoundedValue(size: field.shape(of: $0).elementCount) }
        for vertex in Set(pass.vertices + pass.relaxed) {
            let lines = values[vertex].enclosure
            seen[vertex].enclosure = Enclosure(box: patch(lines.lower, vertex), patch(lines.upper, vertex))
            seen[vertex].enclosure.lowerSlope = patch(lines.lowerSlope, vertex)
            seen[vertex].enclosure.upperSlope = patch(lines.upperSlope, vertex)
        }
        for vertex in pass.pools {
            // The largest of what is pooled is never padding.
            let pooled = network.vertices[vertex].inputs[0]
            seen[vertex].low = field.patch(of: values[pooled].low, image: row.image, pooledBy: vertex, at: position)
        }
        for vertex in pass.masked {
            seen[vertex].low = field.patch(of: masks[vertex] ?? [], image: 0, vertex: vertex, at: position)
        }
        var query = queries[row.image]
        query.pixels = field.patch(of: query.pixels, image: 0, vertex: 0, at: position)
        return View(values: seen, query: query, image: 0, key: key)
    }

    /// Copies the relaxations that a row sees.
    private func load(_ view: View, at place: Int, usesParallelLines: Bool) {
        let (values, image) = (view.values, view.image)
        func copy(_ numbers: [Float], to input: Int) {
            let row = executor.input(input)[place]
            row.set(numbers[image * row.count..<(image + 1) * row.count])
        }
        for (index, vertex) in pass.relaxed.enumerated() {
            let lines = values[vertex].enclosure
            // Only for rectifiers and pools do the lines differ in slope, and a pool has no parallel line.
            let isParallel = usesParallelLines && !pass.pools.contains(vertex)
            copy(isParallel ? lines.upperSlope : lines.lowerSlope, to: 1 + 2 * index)
            copy(lines.upperSlope, to: 2 + 2 * index)
        }
        for (index, vertex) in pass.pools.enumerated() {
            let low = pass.field == nil ? values[network.vertices[vertex].inputs[0]].low : values[vertex].low
            copy(low, to: 1 + 2 * pass.relaxed.count + index)
        }
        for (index, vertex) in pass.masked.enumerated() {
            copy(values[vertex].low, to: 1 + 2 * pass.relaxed.count + pass.pools.count + index)
        }
    }

    /// The smallest value of the row at a place: its coefficients times the smallest contributions of each layer's lines and
    /// the image, rounded down.
    private func least(at place: Int, _ view: View, _ norm: Norm) -> Double {
        let (values, image, query) = (view.values, view.image, view.query)
        var (sum, size, count) = (0.0, 0.0, 0)
        var ball = 0.0
        for (output, vertex) in pass.vertices.enumerated() {
            let value = values[vertex]
            let coefficients = executor.output(output)[place]
            let elements = image * value.size..<(image + 1) * value.size
            let part = coefficients.leastSum(low: value.enclosure.lower[elements], high: value.enclosure.upper[elements])
            if vertex == 0, norm == .l2 {
                // From the ball or the box around it, whichever gives the better bound.
                ball = leastInBall(coefficients, query)
                sum += max(part.sum, ball)
                size += part.size + abs(ball)
            } else {
                sum += part.sum
                size += part.size
            }
            count = max(count, value.size)
        }
        let least = sum - Double(count + 8 * pass.vertices.count) * 0x1p-52 * size
        return least.isNaN ? -.infinity : least.nextDown
    }

    /// Σ c·x − ε‖c‖₂.
    private func leastInBall(_ coefficients: Row, _ query: MarginQuery) -> Double {
        let center = coefficients.leastSum(low: query.pixels[...], high: query.pixels[...])
        let length = coefficients.squareSum.squareRoot()
        let error = Double(query.pixels.count + 8) * 0x1p-52
        return center.sum - error * center.size - query.epsilon * length * (1 + error)
    }
}
