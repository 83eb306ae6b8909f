import SuretyGraphs
import SuretyTensors

/// The results of a network in floating point on calibration images: the mean of each output of its products, and a sample of
/// the numbers that will become codes.
struct Calibration {
    /// By vertex, for each index of its first axis.
    private(set) var means: [Int: [Double]] = [:]
    /// By vertex.
    private(set) var samples: [Int: [Float]] = [:]

    /// How many numbers of each value are sampled.
    static let sampleSize = 60_000

    /// - Parameters:
    ///   - images: In [0, 1] and around it: with the noise that the network will see.
    ///   - averaged: Vertices whose means are wanted.
    ///   - sampled: Vertices of which samples are wanted.
    init(of network: Network, on images: Images, averaged: Set<Int>, sampled: Set<Int>) throws {
        let wanted = averaged.union(sampled).sorted()
        try StoredValue.images(images).run { inputs in
            var nodes = inputs
            let constants = network.parameters.mapValues(Node.constant)
            for vertex in network.vertices.dropFirst() {
                nodes.append(
                    try vertex.layer.node(named: vertex.name, of: vertex.inputs.map { nodes[$0] }, parameters: constants))
            }
            return wanted.map { nodes[$0] }
        } receive: { executor, count, first in
            for (place, vertex) in wanted.enumerated() {
                let rows = executor.output(place)
                if averaged.contains(vertex) {
                    let channels = network.vertices[vertex].shape[0]
                    add(rows, count, channels: channels, to: &means[vertex, default: Array(repeating: 0, count: channels)])
                }
                if sampled.contains(vertex) {
                    let positions = SamplePositions(images: images.count, size: rows.size)
                    for row in 0..<count { samples[vertex, default: []] += positions.numbers(of: rows[row], image: first + row) }
                }
            }
        }
        for (vertex, sums) in means {
            let perChannel = Double(images.count * network.vertices[vertex].shape.dropFirst().reduce(1, *))
            means[vertex] = sums.map { $0 / perChannel }
        }
    }
}

/// Adds to `sums` those of each channel of the first `count` rows.
func add(_ rows: Images, _ count: Int, channels: Int, to sums: inout [Double]) {
    let area = rows.size / channels
    for row in 0..<count {
        let values = rows[row]
        for channel in 0..<channels {
            var sum = 0.0
            for index in channel * area..<(channel + 1) * area { sum += Double(values[index]) }
            sums[channel] += sum
        }
    }
}

/// Which elements of each image's value are sampled: about `Calibration.sampleSize` in all, the same in each pass.
struct SamplePositions {
    private let step: Int

    init(images: Int, size: Int) { step = max(1, images * size / Calibration.sampleSize) | 1 }

    /// The sampled elements of an image's value.
    func numbers(of row: Row, image: Int) -> [Float] {
        stride(from: image * 7 % step, to: row.count, by: step).map { row[$0] }
    }
}

/// A value of all calibration images, kept from one layer to the next.
enum StoredValue {
    case images(Images)
    case numbers([Float], shape: [Int])
    case codes([UInt8], shape: [Int])

    var shape: [Int] {
        switch self {
        case .images(let images): images.shape
        case .numbers(_, let shape), .codes(_, let shape): shape
        }
    }

    /// How many images there are.
    var count: Int {
        switch self {
        case .images(let images): images.count
        case .numbers(let numbers, let shape): numbers.count / shape.elementCount
        case .codes(let codes, let shape): codes.count / shape.elementCount
        }
    }

    /// Writes an image's value to a row.
    func write(_ image: Int, to row: Row) {
        let range = image * row.count..<(image + 1) * row.count
        switch self {
        case .images(let images): row.set(images[image])
        case .numbers(let numbers, _): row.set(numbers[range])
        case .codes(let codes, _): for (place, index) in range.enumerated() { row[place] = Float(codes[index]) }
        }
    }

    /// Runs a graph on this value of all images: `StoredValue.run(on:_:receive:)`.
    func run(
        _ build: ([Node]) throws -> [Node], receive: (_ executor: NamedExecutor, _ count: Int, _ first: Int) throws -> Void
    ) throws {
        try Self.run(on: [self], build, receive: receive)
    }

    /// Runs a graph on values of all images, in batches.
    ///
    /// - Parameters:
    ///   - build: The outputs, of a node for each value.
    ///   - receive: Is given the executor after a batch, the images in it and the first of them.
    static func run(
        on values: [StoredValue], _ build: ([Node]) throws -> [Node],
        receive: (_ executor: NamedExecutor, _ count: Int, _ first: Int) throws -> Void
    ) throws {
        let images = values.first?.count ?? 0
        let batch = min(32, images)
        let inputs = values.enumerated().map { Node.input("\($0)", shape: [batch] + $1.shape) }
        let executor = try NamedExecutor(computing: build(inputs), from: inputs)
        for first in stride(from: 0, to: images, by: batch) {
            let count = min(batch, images - first)
            for (index, value) in values.enumerated() {
                let rows = try executor.input("\(index)")
                for row in 0..<count { value.write(first + row, to: rows[row]) }
            }
            executor.run()
            try receive(executor, count, first)
        }
    }
}
