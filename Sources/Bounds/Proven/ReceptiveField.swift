import CSuretyKernels
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// The parts of the values below a layer that one position of its result depends on: perhaps 5×5 of 28×28 one convolution
/// down, and 10×10 two down. A linear bound on the result there has no other coefficients, so its rows are just as small.
///
/// A part is a patch of all channels that moves along with the position. It may reach beyond the value into the padding,
/// which is 0: no coefficient is passed on from there, and nothing is summed up.
struct ReceptiveField: Sendable {
    /// A rectangle of a value [C, H, W]. For the position p of the result it begins at p·step + offset. Pairs are vertical,
    /// horizontal.
    struct Patch: Sendable, Equatable {
        var size = [1, 1], step = [1, 1], offset = [0, 0]

        /// The patch that a window reads to compute this patch.
        func seen(through size: [Int], _ strides: [Int], _ dilation: [Int], _ padding: [Int]) -> Patch {
            var seen = self
            for axis in 0..<2 {
                seen.size[axis] = (self.size[axis] - 1) * strides[axis] + (size[axis] - 1) * dilation[axis] + 1
                seen.step[axis] = step[axis] * strides[axis]
                seen.offset[axis] = offset[axis] * strides[axis] - padding[axis]
            }
            return seen
        }

        /// The smallest patch that holds both; nil if they move differently.
        func joined(_ other: Patch) -> Patch? {
            guard step == other.step else { return nil }
            var joined = self
            for axis in 0..<2 {
                joined.offset[axis] = min(offset[axis], other.offset[axis])
                let end = max(offset[axis] + size[axis], other.offset[axis] + other.size[axis])
                joined.size[axis] = end - joined.offset[axis]
            }
            return joined
        }
    }

    /// The patch of each vertex through which the bound goes back.
    private(set) var patches: [Int: Patch] = [:]
    /// Rows and columns of the layer's result.
    let positions: [Int]
    private let network: Network

    /// - Parameters:
    ///   - vertex: The vertex whose elements are bounded.
    ///   - start: The vertex at which their rows begin: the vertex itself, or its layer's input.
    /// - Returns: nil if the patches are not much smaller than the values, or a layer moves numbers in another way.
    init?(of vertex: Int, from start: Int, in network: Network, rules: [BoundRule]) {
        let vertices = network.vertices
        guard vertices[vertex].shape.count == 3 else { return nil }
        (self.network, positions) = (network, Array(vertices[vertex].shape[1...]))
        guard let first = start == vertex ? Patch() : Self.seen(by: vertex, Patch(), in: network) else { return nil }
        patches[start] = first
        for place in (0...start).reversed() {
            guard let patch = patches[place] else { continue }
            guard vertices[place].shape.count == 3 else { return nil }
            if rules[place] == .image || rules[place].isBoxed { continue }
            for input in vertices[place].inputs {
                guard vertices[input].shape.count == 3, let seen = Self.seen(by: place, patch, in: network),
                    let joined = (patches[input] ?? seen).joined(seen)
                else { return nil }
                patches[input] = joined
            }
        }
        let whole = patches.keys.reduce(0) { $0 + vertices[$1].shape.elementCount }
        guard 2 * elementCount <= whole else { return nil }
    }

    /// The total number of elements of all patches.
    var elementCount: Int { patches.keys.reduce(0) { $0 + shape(of: $1).elementCount } }

    /// The shape of a vertex's patch; for a vertex outside the field, that of its value.
    func shape(of vertex: Int) -> [Int] {
        let shape = network.vertices[vertex].shape
        return patches[vertex].map { [shape[0]] + $0.size } ?? shape
    }

    /// The part of an input's patch that a vertex sees.
    func part(of node: Node, from input: Int, seenBy vertex: Int) throws(GraphError) -> Node {
        guard let whole = patches[input], let patch = patches[vertex], let seen = Self.seen(by: vertex, patch, in: network) else {
            return node
        }
        let start = (0..<2).map { seen.offset[$0] - whole.offset[$0] }
        let end = (0..<2).map { start[$0] + seen.size[$0] }
        return seen == whole ? node : try node.sliced(from: [0, 0] + start, to: Array(node.shape[..<2]) + end)
    }

    /// Whether the patch of a vertex reaches beyond its value at some position.
    func reachesOutside(_ vertex: Int) -> Bool {
        guard let patch = patches[vertex] else { return false }
        return (0..<2).contains { axis in
            let last = (positions[axis] - 1) * patch.step[axis] + patch.offset[axis]
            return patch.offset[axis] < 0 || last + patch.size[axis] > network.vertices[vertex].shape[axis + 1]
        }
    }

    /// The patch of a value at a position, with 0 outside the value.
    ///
    /// - Parameter numbers: Of several images.
    func patch(of numbers: [Float], image: Int, vertex: Int, at position: Int) -> [Float] {
        patches[vertex].map { copy($0, of: numbers, image: image, vertex: vertex, at: position, outside: 0) } ?? []
    }

    /// What a maximum pool sees of its input, with −∞ outside it: padding is never the maximum.
    func patch(of numbers: [Float], image: Int, pooledBy pool: Int, at position: Int) -> [Float] {
        guard let seen = patches[pool].flatMap({ Self.seen(by: pool, $0, in: network) }) else { return [] }
        return copy(seen, of: numbers, image: image, vertex: network.vertices[pool].inputs[0], at: position, outside: -.infinity)
    }

    private func copy(
        _ patch: Patch, of numbers: [Float], image: Int, vertex: Int, at position: Int, outside: Float
    ) -> [Float] {
        let shape = network.vertices[vertex].shape
        let count = shape[0] * patch.size.elementCount
        let place = [position / positions[1], position % positions[1]]
        let start = (0..<2).map { place[$0] * patch.step[$0] + patch.offset[$0] }
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialised in
            numbers.withUnsafeBufferPointer {
                surety_copy_patch(
                    $0.baseAddress.map { $0 + image * shape.elementCount }, Int64(shape[0]), Int64(shape[1]), Int64(shape[2]),
                    Int64(start[0]), Int64(start[1]), Int64(patch.size[0]), Int64(patch.size[1]), outside, buffer.baseAddress)
            }
            initialised = count
        }
    }

    /// What a vertex reads of its inputs to compute a patch; nil for layers that mix positions in another way.
    private static func seen(by vertex: Int, _ patch: Patch, in network: Network) -> Patch? {
        let it = network.vertices[vertex]
        switch it.layer {
        case .convolution(let geometry, let weights, _):
            guard let weights = network.parameters[weights]?.shape else { return nil }
            return patch.seen(through: Array(weights[2...]), geometry.strides, geometry.dilation, geometry.paddingBefore)
        case .maximumPool(let window):
            return patch.seen(through: window.size, window.strides, window.dilation, window.paddingBefore)
        case .averagePool(let window, let countsPadding):
            // Otherwise the divisor depends on the position.
            guard countsPadding || (window.paddingBefore + window.paddingAfter).allSatisfy({ $0 == 0 }) else { return nil }
            return patch.seen(through: window.size, window.strides, window.dilation, window.paddingBefore)
        case .normalisation, .batchNormalisation, .dropout, .relu, .leakyRelu, .clip, .function: return patch
        case .arithmetic: return it.inputs.allSatisfy { network.vertices[$0].shape == it.shape } ? patch : nil
        case .arithmeticWithParameter(_, let operand, _):
            // One number per channel, or one for all.
            let shape = network.parameters[operand]?.shape ?? []
            return shape.suffix(2).allSatisfy { $0 == 1 } && network.vertices[it.inputs[0]].shape == it.shape ? patch : nil
        case .concatenation(let axis): return axis == 0 ? patch : nil
        case .image, .dense, .mean, .reshape, .transpose, .slice, .selection, .padding, .matrixProduct, .softmax,
            .logSoftmax, .integer:
            return nil
        }
    }
}

extension Layer {
    /// The layer for an input that already includes the padding.
    var withoutPadding: Layer {
        switch self {
        case .convolution(var geometry, let weights, let bias):
            (geometry.paddingBefore, geometry.paddingAfter) = ([0, 0], [0, 0])
            return .convolution(geometry, weights: weights, bias: bias)
        case .maximumPool(let window): return .maximumPool(window.withoutPadding)
        case .averagePool(let window, let countsPadding): return .averagePool(window.withoutPadding, countsPadding: countsPadding)
        case .image, .normalisation, .batchNormalisation, .arithmetic, .arithmeticWithParameter, .dropout, .dense, .relu, .leakyRelu,
            .clip, .function, .softmax, .logSoftmax, .mean, .reshape, .transpose, .concatenation, .slice, .selection, .padding,
            .matrixProduct, .integer:
            return self
        }
    }
}

extension Window {
    /// The window for an input that already includes the padding.
    var withoutPadding: Window {
        var window = self
        (window.paddingBefore, window.paddingAfter) = ([0, 0], [0, 0])
        return window
    }
}
