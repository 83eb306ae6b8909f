import SuretyGraphs
import SuretyTensors
import Testing

@Suite struct LinearRelaxationTests {
    /// The derivative of a graph with a relaxation takes the lower slope for positive coefficients, the upper for others.
    @Test func itsDerivativeIsTheBackwardPass() throws {
        let x = Node.input("x", shape: [1, 40])
        let (lower, upper) = (Node.input("lower", shape: [1, 40]), Node.input("upper", shape: [1, 40]))
        let coefficients = Node.input("coefficients", shape: [1, 40])
        let relaxed = try Node(LinearRelaxation(), [x, lower, upper])
        let program = try Program(
            computing: gradient(of: relaxed, weightedBy: coefficients, with: [x]), from: [coefficients, lower, upper])
        func tensor(_ value: (Int) -> Float) -> Tensor { Tensor(shape: [1, 40], values: (0..<40).map(value)) }
        var given = tensor { Float($0) - 20 }
        given.values[7] = .nan
        let result = try program.makeExecutor().run([given, tensor { Float($0) / 8 }, tensor { 2 + Float($0) }])[0].values
        for i in 0..<40 where i != 7 {
            let c = Float(i) - 20
            #expect(result[i] == c * (c > 0 ? Float(i) / 8 : 2 + Float(i)))
        }
        #expect(result[7].isNaN)
    }

    /// It stands for bounds, and has no value itself.
    @Test func itCannotBeComputed() throws {
        let x = Node.input("x", shape: [2])
        #expect(throws: GraphError.self) {
            try Program(computing: [Node(LinearRelaxation(), [x, x, x])], from: [x])
        }
        #expect(throws: GraphError.self) { try Node(LinearRelaxation(), [x, x]) }
        #expect(throws: GraphError.self) { try gradient(of: x, weightedBy: .input("w", shape: [3]), with: [x]) }
    }
}
