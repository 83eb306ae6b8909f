import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// The rows of a dense layer or a convolution as a matrix on its input: a linear bound on one of its values begins here,
/// without rounding.
struct LayerRows: Sendable {
    private let layer: Layer
    private let weights: Tensor
    /// The shape of the layer's input and of its result, per image.
    private let input: [Int]
    private let output: [Int]

    /// nil for any other layer.
    init?(of vertex: Network.Vertex, in network: Network) {
        switch vertex.layer {
        case .convolution(_, let weights, _), .dense(let weights, _):
            guard let tensor = network.parameters[weights], let input = vertex.inputs.first else { return nil }
            layer = vertex.layer
            self.weights = tensor
            (self.input, output) = (network.vertices[input].shape, vertex.shape)
        case .image, .normalisation, .batchNormalisation, .arithmetic, .arithmeticWithParameter, .dropout, .relu, .leakyRelu,
            .clip, .function, .softmax, .logSoftmax, .maximumPool, .averagePool, .mean, .reshape, .transpose,
            .concatenation, .slice, .selection, .padding, .matrixProduct, .integer:
            return nil
        }
    }

    /// Writes the coefficients of element `unit` of the result, with either sign, to `row`, which holds zeros.
    ///
    /// - Parameter asPatch: Whether the row covers only what a convolution's window sees, including padding.
    func write(_ unit: Int, sign: Float, to row: Row, asPatch: Bool) {
        guard case .convolution(let geometry, _, _) = layer else {
            let (inputs, outputs) = (weights.shape[1], weights.shape[0])
            for i in 0..<inputs {
                row[unit / outputs * inputs + i] = sign * weights.values[unit % outputs * inputs + i]
            }
            return
        }
        let (channels, height, width) = (weights.shape[1], weights.shape[2], weights.shape[3])
        let channel = unit / (output[1] * output[2])
        let extents = asPatch
            ? [(height - 1) * geometry.dilation[0] + 1, (width - 1) * geometry.dilation[1] + 1] : Array(input[1...])
        let top = asPatch ? 0 : unit / output[2] % output[1] * geometry.strides[0] - geometry.paddingBefore[0]
        let left = asPatch ? 0 : unit % output[2] * geometry.strides[1] - geometry.paddingBefore[1]
        let firstChannel = channel / (output[0] / geometry.groups) * channels
        for i in 0..<channels {
            for y in 0..<height {
                let vertical = top + y * geometry.dilation[0]
                guard vertical >= 0, vertical < extents[0] else { continue }
                for x in 0..<width {
                    let horizontal = left + x * geometry.dilation[1]
                    guard horizontal >= 0, horizontal < extents[1] else { continue }
                    row[((firstChannel + i) * extents[0] + vertical) * extents[1] + horizontal] =
                        sign * weights.values[((channel * channels + i) * height + y) * width + x]
                }
            }
        }
    }
}
