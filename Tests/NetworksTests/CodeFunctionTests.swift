import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

/// Functions of codes as tables, and those that have none.
@Suite struct CodeFunctionTests {
    private func read(_ function: ElementFunction, of argument: Quantisation, as result: Quantisation) throws -> Network {
        var builder = try NetworkBuilder(imageShape: [2])
        try builder.add(Tensor(shape: [2, 2], values: [1, -1, 0.5, 1]), as: "first")
        try builder.add(Tensor(shape: [2, 2], values: [1, 2, 3, 4]), as: "weights")
        try builder.add(Tensor(shape: [2], values: [0, 0]), as: "bias")
        var x = try builder.append(.integer(.rounding), to: [builder.image])
        x = try builder.append(.clip(-1000...1000), to: [x])
        x = try builder.append(.dense(weights: "first", bias: nil), to: [x])
        x = try builder.append(.integer(.quantisation(argument)), to: [x])
        x = try builder.append(.integer(.function(.real(function), of: argument, result: result)), to: [x], name: "the function")
        let product = IntegerLayer.Product(weights: "weights", bias: "bias", weightScales: [1, 1], input: result, output: nil)
        x = try builder.append(.integer(.dense(product)), to: [x])
        return try ONNXReader.model(from: ONNXWriter.data(for: builder.network(output: x)), imageShape: [2]).network
    }

    @Test func eachNumberIsTheFunctionsRoundedOnce() throws {
        for function in PostTrainingQuantisationTests.functions {
            let x = (-60...60).map { Float($0) / 7 }
            let input = Node.input("x", shape: [x.count])
            let truth = try ReferenceEvaluator().evaluate([input.applying(function)], inputs: [input: x.map(Double.init)])[0]
            for (place, number) in x.enumerated() {
                let value = CodeFunction.real(function)(number)
                #expect(abs(Double(value) - truth[place]) <= Double(value.ulp) * 0.51 + 1e-15, "\(function.name)(\(number))")
            }
        }
    }

    @Test func tablesOfWhatIsNoNumberAreRefused() throws {
        let codes = Quantisation(scale: 0.0625, zeroPoint: 128)
        #expect(throws: Never.self) { try read(.hardSwish, of: codes, as: Quantisation(scale: 0.0371, zeroPoint: 20)) }
        let infinite = #expect(throws: ONNXError.self) { try read(.logarithm, of: codes, as: Quantisation(scale: 0.0371)) }
        #expect(infinite?.description.contains("where the log is not a number") ?? false, "\(String(describing: infinite))")
    }
}
