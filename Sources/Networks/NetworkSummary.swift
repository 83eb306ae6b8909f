import SuretyGraphs
import SuretyTensors

/// What a network consists of, layer by layer: what `surety info` prints.
public struct NetworkSummary: Sendable, Equatable {
    /// One layer.
    public struct Row: Sendable, Equatable {
        /// The layer's own name, from the file it was read from.
        public let name: String
        /// What it computes, such as "convolution 3×3, stride 2".
        public let layer: String
        /// The shape of its result per image.
        public let outputShape: [Int]
        /// The elements of its parameters; a parameter that an earlier layer also uses is not counted again.
        public let parameterCount: Int
        /// Multiply-accumulates per image, of convolutions and matrix products only.
        public let multiplyAccumulates: Int
    }

    /// One for each layer, in the order of computation.
    public let rows: [Row]

    /// The elements of all parameters.
    public var parameterCount: Int { rows.map(\.parameterCount).reduce(0, +) }

    /// Multiply-accumulates per image: convolutions and matrix products, without bias, pooling and activations.
    public var multiplyAccumulates: Int { rows.map(\.multiplyAccumulates).reduce(0, +) }
}

extension Network {
    /// The layers with their shapes, parameters and work, in the order of computation.
    public var summary: NetworkSummary {
        var counted: Set<String> = []
        return NetworkSummary(
            rows: vertices.map { vertex in
                let fresh = vertex.layer.parameterNames.filter { counted.insert($0).inserted }
                return NetworkSummary.Row(
                    name: vertex.name, layer: vertex.layer.summary(parameters: parameters), outputShape: vertex.shape,
                    parameterCount: fresh.compactMap { parameters[$0]?.values.count }.reduce(0, +),
                    multiplyAccumulates: vertex.layer.multiplyAccumulates(
                        of: vertex.inputs.map { vertices[$0].shape }, output: vertex.shape, parameters: parameters) ?? 0)
            })
    }
}

extension Layer {
    /// Multiply-accumulates per image for a result of shape `output`; `nil` when they do not fit an `Int`.
    ///
    /// - Parameter inputs: The inputs' shapes.
    func multiplyAccumulates(of inputs: [[Int]], output: [Int], parameters: [String: Tensor]) -> Int? {
        switch self {
        case .matrixProduct: return (output + inputs[0].suffix(1)).checkedElementCount
        case .integer(.convolution(_, let product)), .integer(.dense(let product)):
            let row = (parameters[product.weights]?.shape.dropFirst()).map(Array.init) ?? []
            return (output + row).checkedElementCount
        case .convolution(_, let weights, _), .dense(let weights, _):
            // Each output element is one product with a row of the weights [outputs, ...].
            let row = (parameters[weights]?.shape.dropFirst()).map(Array.init) ?? []
            return (output + row).checkedElementCount
        case .image, .normalisation, .batchNormalisation, .arithmetic, .arithmeticWithParameter, .dropout, .relu, .leakyRelu,
            .clip, .function, .softmax, .logSoftmax, .maximumPool, .averagePool, .mean, .reshape, .transpose,
            .concatenation, .slice, .selection, .padding, .integer:
            return 0
        }
    }

    /// What kind of layer it is, in a word or two.
    var kind: String {
        switch self {
        case .image: "image"
        case .normalisation: "normalisation"
        case .convolution: "convolution"
        case .dense: "dense"
        case .batchNormalisation: "batch normalisation"
        case .arithmetic(let operation), .arithmeticWithParameter(let operation, _, _): operation.rawValue
        case .dropout: "dropout"
        case .relu: "relu"
        case .leakyRelu: "leaky relu"
        case .clip: "clip"
        case .function(let function): function.name
        case .softmax: "softmax"
        case .logSoftmax: "log softmax"
        case .maximumPool: "maximum pool"
        case .averagePool: "average pool"
        case .mean: "mean"
        case .reshape: "reshape"
        case .transpose: "transpose"
        case .concatenation: "concatenation"
        case .slice: "slice"
        case .selection: "selection"
        case .padding: "padding"
        case .matrixProduct: "matrix product"
        case .integer(let layer): layer.kind
        }
    }

    /// The kind, with what distinguishes one such layer from another.
    fileprivate func summary(parameters: [String: Tensor]) -> String {
        switch self {
        case .convolution(let geometry, let weights, _): return summary(of: geometry, weights: parameters[weights])
        case .integer(.convolution(let geometry, let product)):
            return summary(of: geometry, weights: parameters[product.weights])
        case .maximumPool(let window), .averagePool(let window, _):
            let parts = ["\(kind) \(window.size.extents)", "stride \(window.strides.extents)"]
            return (parts + Self.padding(before: window.paddingBefore, after: window.paddingAfter)).joined(separator: ", ")
        case .arithmeticWithParameter: return "\(kind) parameter"
        case .dropout(let it): return "\(kind) \(it.rate)\(it.unit == .channel ? " of channels" : "")"
        case .leakyRelu(let slope): return "\(kind) \(slope)"
        case .clip(let bounds): return "\(kind) to \(bounds.lowerBound)…\(bounds.upperBound)"
        case .softmax(let axis), .logSoftmax(let axis), .concatenation(let axis): return "\(kind) along axis \(axis)"
        case .mean(let axes, _): return "\(kind) over axes \(axes.map(String.init).joined(separator: ", "))"
        case .transpose(let permutation): return "\(kind) \(permutation.map(String.init).joined(separator: ", "))"
        case .image, .normalisation, .dense, .batchNormalisation, .arithmetic, .relu, .function, .reshape, .slice,
            .selection, .padding, .matrixProduct, .integer:
            return kind
        }
    }

    private func summary(of geometry: ConvolutionGeometry, weights: Tensor?) -> String {
        let window = (weights?.shape.dropFirst(2)).map(Array.init) ?? []
        var parts = ["\(kind) \(window.extents)"]
        if geometry.strides != [1, 1] { parts.append("stride \(geometry.strides.extents)") }
        if geometry.dilation != [1, 1] { parts.append("dilation \(geometry.dilation.extents)") }
        parts += Self.padding(before: geometry.paddingBefore, after: geometry.paddingAfter)
        if geometry.groups != 1 { parts.append("\(geometry.groups) groups") }
        return parts.joined(separator: ", ")
    }

    private static func padding(before: [Int], after: [Int]) -> [String] {
        if (before + after).allSatisfy({ $0 == 0 }) { return [] }
        return ["padding \(before == after ? before.extents : "\(before.extents) before, \(after.extents) after")"]
    }
}

extension [Int] {
    /// The extents as "3×3".
    fileprivate var extents: String { map(String.init).joined(separator: "×") }
}
