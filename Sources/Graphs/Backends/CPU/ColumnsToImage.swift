import CSuretyKernels
import CSuretyOneDNN
import SuretyTensors

/// A convolution's backward-data for images of very few channels, such as the first layer's, which oneDNN would pad to
/// sixteen: it computes the product of weights and derivative, image by image, and adds its rows to the image, each shifted
/// to its element of the window (Chellapilla, Puri and Simard 2006, backwards).
struct ColumnsToImage: Kernel {
    /// With more channels than this, oneDNN is faster.
    static let mostChannels = 4

    let inputLayouts: [Layout]
    let outputLayout: Layout
    let workspaceBytes: Int
    private let columns: surety_columns
    private let outputs: Int
    private let hasChannelsLast: Bool

    init(geometry: ConvolutionGeometry, derivative: Layout, weights: [Int], image: [Int]) {
        func pair(_ values: [Int]) -> (Int64, Int64) { (Int64(values[0]), Int64(values[1])) }
        let shape = derivative.shape
        outputs = shape[1]
        hasChannelsLast = derivative.channelBlock == shape[1]
        inputLayouts = [hasChannelsLast ? derivative : Layout(plain: shape), Layout(plain: weights)]
        outputLayout = Layout(plain: image)
        columns = surety_columns(
            channels: Int64(image[1]), image: pair(Array(image[2...])), positions: pair(Array(shape[2...])),
            window: pair(Array(weights[2...])), stride: pair(geometry.strides), dilation: pair(geometry.dilation),
            padding: pair(geometry.paddingBefore))
        workspaceBytes = MemoryLayout<Float>.stride * weights[1...].reduce(1, *) * shape[2] * shape[3]
    }

    func bind(_ operands: Operands) -> Step {
        let shape = inputLayouts[0].shape
        let (positions, rows) = (shape[2] * shape[3], inputLayouts[1].shape[1...].reduce(1, *))
        let imageSize = outputLayout.shape[1...].reduce(1, *)
        let (derivative, weights) = (operands.floats(0), operands.floats(1))
        let product = operands.workspace.assumingMemoryBound(to: Float.self)
        return { [columns, outputs, hasChannelsLast, result = operands.result] in
            for image in 0..<shape[0] {
                // [rows, positions] = weightsᵀ · derivative, in which each row belongs to one element of the window.
                let status = surety_dnn_multiply(
                    true, hasChannelsLast, Int64(rows), Int64(positions), Int64(outputs), weights, Int64(rows),
                    derivative + image * outputs * positions, Int64(hasChannelsLast ? outputs : positions), product,
                    Int64(positions))
                // It refuses sizes and strides that do not fit, which these do, and otherwise lacks memory.
                precondition(status == 0, "oneDNN cannot multiply matrices: \(String(cString: surety_dnn_status_text(status)))")
                withUnsafePointer(to: columns) { surety_add_columns($0, product, result + image * imageSize) }
            }
        }
    }
}
