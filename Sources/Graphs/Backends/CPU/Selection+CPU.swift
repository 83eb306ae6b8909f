import CSuretyKernels
import SuretyTensors

extension Selection: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        let input = inputs[0].shape
        let (outer, inner) = (input[..<axis].reduce(1, *), input[(axis + 1)...].reduce(1, *))
        return PlainKernel(inputs: inputs, output: output) { [places, extent = input[axis]] operands in
            var target = operands.result
            for block in 0..<outer {
                let source = operands.floats(0) + block * extent * inner
                for place in places {
                    target.update(from: source + place * inner, count: inner)
                    target += inner
                }
            }
        }
    }
}

extension SelectionAdjoint: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        let axis = selection.axis
        let (outer, inner) = (output[..<axis].reduce(1, *), output[(axis + 1)...].reduce(1, *))
        return PlainKernel(inputs: inputs, output: output) { [places = selection.places, extent] operands in
            operands.result.update(repeating: 0, count: outer * extent * inner)
            var source = operands.floats(0)
            for block in 0..<outer {
                let target = operands.result + block * extent * inner
                for place in places {
                    surety_add(target + place * inner, source, target + place * inner, inner)
                    source += inner
                }
            }
        }
    }
}
