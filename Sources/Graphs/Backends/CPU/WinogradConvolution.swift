import CSuretyKernels
import CSuretyOneDNN
import SuretyTensors

/// oneDNN's convolution by Winograd's algorithm.
///
/// - *The same bits in every batch.* The order of oneDNN's sums depends on the number of images that it is compiled for. So
///   that number is always the same, and a batch is processed in portions; the last one is padded with whatever memory holds,
///   because no image's result depends on another.
/// - *More padding than oneDNN's.* Its algorithm takes one row or column of zeros on a side. If there are to be more, a portion is
///   first copied into a frame of the others.
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
    /// The frame of zeros beyond those that oneDNN adds; nil if it needs none.
    private let frame: Frame?
    let inputLayouts: [Layout]
    let outputLayout: Layout
    let convolution = ConvolutionAlgorithm.winograd

    /// nil if the rule or the library does not allow it.
    ///
    /// - Parameter framing: Whether to allow more padding than oneDNN's, which is at most 1.
    init?(_ convolution: Convolution, inputs: [Layout], output: [Int], engine: Engine, framing: Bool = false) {
        let (image, weights) = (inputs[0].shape, inputs[1].shape)
        guard convolution.geometry.suitsWinograd(weights: weights) else { return nil }
        let portion = Self.portion(of: output)
        (epilogue, images, self.portion) = (convolution.epilogue, image[0], portion)
        var (geometry, framed, frameBefore) = (convolution.geometry, image, [0, 0])
        if framing {
            for axis in 0..<2 {
                let (before, after) = (max(0, geometry.paddingBefore[axis] - 1), max(0, geometry.paddingAfter[axis] - 1))
                geometry.paddingBefore[axis] -= before
                geometry.paddingAfter[axis] -= after
                framed[axis + 2] += before + after
                frameBefore[axis] = before
            }
        }
        let extents = geometry.extents(
            image: [portion] + framed[1...], weights: weights, output: [portion] + output[1...])
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
        guard let block = inputLayouts[0].channelBlock else { return nil }
        frame = framed == image ? nil : Frame(of: inputLayouts[0], block: block, before: frameBefore, in: kernel.inputLayouts[0])
    }

    var overwrittenInput: Int? { kernel.overwrittenInput }

    /// What the kernel needs, and room for a portion's images and results, if they are copied.
    var workspaceBytes: Int {
        let isCopied = images % portion > 0 || frame != nil
        return ownWorkspaceBytes + (isCopied ? kernel.inputLayouts[0].byteCount + kernel.outputLayout.byteCount : 0)
    }

    private var ownWorkspaceBytes: Int { (kernel.workspaceBytes + 63) / 64 * 64 }

    func bind(_ operands: Operands) throws(GraphError) -> Step {
        let (imageBytes, resultBytes) = (inputLayouts[0].byteCount / images, outputLayout.byteCount / images)
        let filled = operands.workspace + ownWorkspaceBytes
        let computed = filled + kernel.inputLayouts[0].byteCount
        var steps: [Step] = []
        for first in stride(from: 0, to: images, by: portion) {
            let (source, result) = (operands.inputs[0] + first * imageBytes, operands.output + first * resultBytes)
            let count = min(portion, images - first), isWhole = count == portion
            let step = try step(operands, from: isWhole && frame == nil ? source : filled, to: isWhole ? result : computed)
            steps.append { [epilogue, frame] in
                if let frame {
                    frame.copy(count, from: source, to: filled)
                } else if !isWhole {
                    filled.copyMemory(from: source, byteCount: count * imageBytes)
                }
                if epilogue.addsLastInput, !isWhole { computed.copyMemory(from: result, byteCount: count * resultBytes) }
                step()
                if !isWhole { result.copyMemory(from: computed, byteCount: count * resultBytes) }
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

/// Zeros around an image [C, H, W] that lies in blocks of channels.
private struct Frame {
    /// Planes of an image: its blocks of channels, each [H, W] of pixels.
    private let planes: Int
    /// Rows of a plane, and bytes of a row.
    private let rows, rowBytes: Int
    /// Bytes of a row and of a plane within the frame, and where a plane begins in it.
    private let framedRowBytes, framedPlaneBytes, offset: Int

    init(of image: Layout, block: Int, before: [Int], in framed: Layout) {
        let (shape, outer) = (image.shape, framed.shape)
        let pixelBytes = block * MemoryLayout<Float>.stride
        rows = shape[2]
        rowBytes = shape[3] * pixelBytes
        planes = image.byteCount / (shape[0] * rows * rowBytes)
        framedRowBytes = outer[3] * pixelBytes
        framedPlaneBytes = outer[2] * framedRowBytes
        offset = before[0] * framedRowBytes + before[1] * pixelBytes
    }

    /// Copies `count` images that lie one after another, and writes the zeros.
    func copy(_ count: Int, from images: UnsafeMutableRawPointer, to framed: UnsafeMutableRawPointer) {
        framed.initializeMemory(as: UInt8.self, repeating: 0, count: count * planes * framedPlaneBytes)
        for plane in 0..<count * planes {
            let (source, target) = (images + plane * rows * rowBytes, framed + plane * framedPlaneBytes + offset)
            for row in 0..<rows {
                (target + row * framedRowBytes).copyMemory(from: source + row * rowBytes, byteCount: rowBytes)
            }
        }
    }
}
