import CSuretyKernels
import SuretyTensors

extension Affine: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        let (image, parts) = inputs[0].repeating(inputs[1].shape)
        let numbers = Layout(plain: inputs[1].shape)
        // A slope of 1 rectifies nothing.
        return PlainKernel(inputs: [image, numbers, numbers], output: image) { [slope = rectifierSlope ?? 1] operands in
            for part in parts {
                surety_rectify_affine(
                    operands.floats(0) + part.offset, operands.floats(1) + part.start, operands.floats(2) + part.start, slope,
                    operands.result + part.offset, part.shape)
            }
        }
    }
}
