import CSuretyKernels
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// One thread's memory for a `LinearBoundPass`: takes rows of many images, and gives the least value of each.
final class RowExecutor {
    /// A linear function of a value of one image.
    struct Row {
        let image: Int
        let unit: Int
        let sign: Float
    }

    private let pass: LinearBoundPass
    private let network: Network
    private let executor: Executor

    init(_ pass: LinearBoundPass, _ network: Network) throws(GraphError) {
        (self.pass, self.network) = (pass, network)
        executor = try pass.program.makeExecutor()
    }

    /// For each row a lower bound on it over all images within the radius; −∞ where none is known.
    ///
    /// - Parameters:
    ///   - values: Boxes and enclosures of all vertices before that of the rows.
    ///   - underflow: For each image what is to be taken off for numbers too small for full precision.
    ///   - usesParallelLines: Whether rectifiers are bounded from below by the line parallel to the upper one (Wong and
    ///     Kolter 2018), instead of one of their branches.
    ///   - write: Puts a row's coefficients where zeros are.
    ///   - deliver: Receives the result of each row, in order.
    func leastValues(
        of rows: [Row], _ values: [BoundedValue], _ queries: [MarginQuery], _ norm: Norm,
        _ underflow: [Double], usesParallelLines: Bool, write: (Row, UnsafeMutableBufferPointer<Float>) -> Void,
        deliver: (Row, Double) -> Void
    ) {
        // Which image's relaxations each place of the batch holds.
        var loaded = [Int](repeating: -1, count: pass.rows)
        for start in stride(from: 0, to: rows.count, by: pass.rows) {
            let batch = rows[start..<min(rows.count, start + pass.rows)]
            for (place, row) in batch.enumerated() {
                let coefficients = slot(place, of: executor.input(0), size: values[pass.start].size)
                coefficients.update(repeating: 0)
                write(row, coefficients)
                if loaded[place] != row.image {
                    load(row.image, at: place, values, usesParallelLines: usesParallelLines)
                    loaded[place] = row.image
                }
            }
            executor.run()
            for (place, row) in batch.enumerated() {
                deliver(row, least(at: place, row.image, values, queries[row.image], norm) - underflow[row.image])
            }
        }
    }

    /// Copies the relaxations of an image.
    private func load(_ image: Int, at place: Int, _ values: [BoundedValue], usesParallelLines: Bool) {
        func copy(_ numbers: [Float], to input: Int, size: Int) {
            _ = slot(place, of: executor.input(input), size: size)
                .update(fromContentsOf: numbers[image * size..<(image + 1) * size])
        }
        for (index, vertex) in pass.relaxed.enumerated() {
            let (lines, size) = (values[vertex].enclosure, values[vertex].size)
            // Lines differ in slope for rectifiers and pools alone, and a pool has no parallel one.
            let isParallel = usesParallelLines && !pass.pools.contains(vertex)
            copy(isParallel ? lines.upperSlope : lines.lowerSlope, to: 1 + 2 * index, size: size)
            copy(lines.upperSlope, to: 2 + 2 * index, size: size)
        }
        for (index, vertex) in pass.pools.enumerated() {
            let pooled = values[network.vertices[vertex].inputs[0]]
            copy(pooled.low, to: 1 + 2 * pass.relaxed.count + index, size: pooled.size)
        }
    }

    /// The least value of the row at a place: its coefficients with what each layer's lines and the image give at least,
    /// rounded down.
    private func least(
        at place: Int, _ image: Int, _ values: [BoundedValue], _ query: MarginQuery, _ norm: Norm
    ) -> Double {
        var (sum, size, count) = (0.0, 0.0, 0)
        var ball = 0.0
        for (output, vertex) in pass.vertices.enumerated() {
            let value = values[vertex]
            let coefficients = executor.output(output).baseAddress.map { $0 + place * value.size }
            let part = value.enclosure.lower.withUnsafeBufferPointer { lower in
                value.enclosure.upper.withUnsafeBufferPointer { upper in
                    surety_least_sum(
                        coefficients, lower.baseAddress.map { $0 + image * value.size },
                        upper.baseAddress.map { $0 + image * value.size }, value.size)
                }
            }
            if vertex == 0, norm == .l2 {
                // From the ball or the box around it, whichever says more.
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
    private func leastInBall(_ coefficients: UnsafePointer<Float>?, _ query: MarginQuery) -> Double {
        let center = query.pixels.withUnsafeBufferPointer {
            surety_least_sum(coefficients, $0.baseAddress, $0.baseAddress, query.pixels.count)
        }
        let length = surety_square_sum(coefficients, query.pixels.count).squareRoot()
        let error = Double(query.pixels.count + 8) * 0x1p-52
        return center.sum - error * center.size - query.epsilon * length * (1 + error)
    }

    private func slot(
        _ place: Int, of buffer: UnsafeMutableBufferPointer<Float>, size: Int
    ) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(rebasing: buffer[place * size..<(place + 1) * size])
    }
}
