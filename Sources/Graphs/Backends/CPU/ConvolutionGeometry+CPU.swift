import CSuretyOneDNN

extension ConvolutionGeometry {
    /// The form that oneDNN's shim takes.
    func extents(image: [Int], weights: [Int], output: [Int]) -> surety_dnn_geometry {
        surety_dnn_geometry(
            batch: Int64(image[0]), input_channels: Int64(image[1]), output_channels: Int64(output[1]),
            groups: Int64(groups), input: pair(Array(image[2...])), output: pair(Array(output[2...])),
            window: pair(Array(weights[2...])), stride: pair(strides), dilation: pair(dilation),
            padding_before: pair(paddingBefore), padding_after: pair(paddingAfter))
    }
}

extension Window {
    /// The form that oneDNN's shim takes.
    func extents(image: [Int], output: [Int]) -> surety_dnn_geometry {
        surety_dnn_geometry(
            batch: Int64(image[0]), input_channels: Int64(image[1]), output_channels: Int64(image[1]), groups: 1,
            input: pair(Array(image[2...])), output: pair(Array(output[2...])), window: pair(size), stride: pair(strides),
            dilation: pair(dilation), padding_before: pair(paddingBefore), padding_after: pair(paddingAfter))
    }
}

private func pair(_ values: [Int]) -> (Int64, Int64) { (Int64(values[0]), Int64(values[1])) }
