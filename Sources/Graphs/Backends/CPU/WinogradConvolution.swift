import CSuretyKernels
import CSuretyOneDNN
import SuretyTensors

/// oneDNN's convolution by Winograd's algorithm.
///
/// - *The same bits in every batch.* The order of oneDNN's sums depends on the number of images that it is compiled for. So
///   that number is always the same, and a batch is processed in portions; the last one is padded with whatever memory holds,
///   because no image's result depends on another.
/// - *NaN stays NaN.* oneDNN's rectifier makes it 0, and supports no other slope here, so our own loop rectifies each portion.
struct WinogradConvolution: Kernel {
    /// Images at a time for a result [N, out, H′, W′]: enough tiles of 4×4 for the transform of the weights to be cheap, and so few
    /// images that they stay in the cache.
    static func portion(of result: [Int]) -> Int {
        let tiles = result[2...].reduce(1) { $0 * (($1 + 3) / 4) }
        return [2, 4].first { $0 * tiles >= 64 } ?? 8
    }

    private let portion: Int
    /// The kernel for one portion.
    private let kernel: OneDNNKernel
    private let images: Int
    private let epilogue: Epilogue
    let inputLayouts: [Layout]
    let outputLayout: Layout
    let convolution = ConvolutionAlgorithm.winograd

    /// nil if the rule or the library does not allow it.
    init?(_ convolution: Convolution, inputs: [Layout], output: [Int], engine: Engine) {
        let (image, weights) = (inputs[0].shape, inputs[1].shape)
        guard convolution.geometry.suitsWinograd(weights: weights) else { return nil }
        let portion = Self.portion(of: output)
        (epilogue, images, self.portion) = (convolution.epilogue, image[0], portion)
        let extents = convolution.geometry.extents(
            image: [portion] + image[1...], weights: weights, output: [portion] + output[1...])
        let hasBias = inputs.count == (epilogue.addsLastInput ? 4 : 3)
        do {
            kernel = try OneDNNKernel(
                "Winograd's convolution of \(inputs.map(\.shape))",
                accumulatingOnto: epilogue.addsLastInput ? inputs.count - 1 : nil
            ) { [epilogue] in
                surety_dnn_winograd_convolution(engine.handle, extents, hasBias, epilogue.addsLastInput, &$0)
            }
            var layouts = kernel.inputLayouts
            layouts[0] = try layouts[0].resized(to: image)
            outputLayout = try kernel.outputLayout.resized(to: output)
            if epilogue.addsLastInput { layouts[layouts.count - 1] = outputLayout }
            inputLayouts = layouts
        } catch {
            return nil
        }
    }

    var overwrittenInput: Int? { kernel.overwrittenInput }

    /// What the kernel needs, and room for the last portion's images and results.
    var workspaceBytes: Int {
        let isFilledUp = images % portion > 0
        return ownWorkspaceBytes + (isFilledUp ? kernel.inputLayouts[0].byteCount + kernel.outputLayout.byteCount : 0)
    }

    private var ownWorkspaceBytes: Int { (kernel.workspaceBytes + 63) / 64 * 64 }

    func bind(_ operands: Operands) throws(GraphError) -> Step {
        let (imageBytes, resultBytes) = (kernel.inputLayouts[0].byteCount / portion, kernel.outputLayout.byteCount / portion)
        var steps: [Step] = []
        for first in stride(from: 0, to: images, by: portion) {
            let (source, result) = (operands.inputs[0] + first * imageBytes, operands.output + first * resultBytes)
            let count = images - first
            if count >= portion {
                steps.append(try step(operands, from: source, to: result))
            } else {
                let filled = operands.workspace + ownWorkspaceBytes
                let computed = filled + kernel.inputLayouts[0].byteCount
                let step = try step(operands, from: filled, to: computed)
                steps.append { [epilogue] in
                    filled.copyMemory(from: source, byteCount: count * imageBytes)
                    if epilogue.addsLastInput { computed.copyMemory(from: result, byteCount: count * resultBytes) }
                    step()
                    result.copyMemory(from: computed, byteCount: count * resultBytes)
                }
            }
        }
        return { for step in steps { step() } }
    }

    /// Computes one portion.
    private func step(
        _ operands: Operands, from source: UnsafeMutableRawPointer, to result: UnsafeMutableRawPointer
    ) throws(GraphError) -> Step {
        let inputs = [source] + operands.inputs.dropFirst()
        let convolve = try kernel.bind(Operands(inputs: inputs, output: result, workspace: operands.workspace))
        guard let slope = epilogue.rectifierSlope else { return convolve }
        let (numbers, count) = (result.assumingMemoryBound(to: Float.self), kernel.outputLayout.byteCount / MemoryLayout<Float>.stride)
        return {
            convolve()
            surety_rectify(numbers, slope, numbers, count)
        }
    }
}
