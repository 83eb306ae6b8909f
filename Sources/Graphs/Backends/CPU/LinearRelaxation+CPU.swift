import CSuretyKernels
import SuretyTensors

extension LinearRelaxation: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        throw GraphError("a linear relaxation stands for bounds: only its derivative can be computed")
    }
}

extension RelaxedCoefficients: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        // Row-major, because slopes arrive and coefficients are read in that order: any other order would need copies.
        ElementwiseKernel(inputs.map { Layout(plain: $0.shape) }, output: output, keepsZero: true) { operands, count in
            surety_relax(operands.floats(0), operands.floats(1), operands.floats(2), operands.result, count)
        }
    }
}
