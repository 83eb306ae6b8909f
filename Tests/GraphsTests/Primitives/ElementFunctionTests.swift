import Foundation
import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

extension PrimitiveCase {
    static let elementFunctions: [PrimitiveCase] = [
        PrimitiveCase("exp", .any([3, 5])) { try $0[0].exp() },
        PrimitiveCase("log", .positive([3, 5])) { try $0[0].log() },
        PrimitiveCase("square root", .positive([3, 5])) { try $0[0].squareRoot() },
        PrimitiveCase("sigmoid", .any([3, 5])) { try $0[0].sigmoid() },
        PrimitiveCase("tanh", .any([3, 5])) { try $0[0].tanh() },
        PrimitiveCase("exp of a scalar", .any([])) { try $0[0].exp() },
        PrimitiveCase("tanh of many", .any([7, 3, 11])) { try $0[0].tanh() },
        PrimitiveCase("power", .positive([3, 5])) { try $0[0].applying(.power(1.7)) },
    ] + ElementFunction.ofAnyNumber.flatMap { function in
        // Beside 0, where some of them bend, and where others are flat.
        [
            PrimitiveCase(function.name, .any([3, 5])) { try $0[0].applying(function) },
            PrimitiveCase("\(function.name), far", .any([3, 5])) { try ($0[0] * .constant(7)).applying(function) },
        ]
    }
}

extension ElementFunction {
    static let ofAnyNumber: [ElementFunction] = [
        .errorFunction, .sign, .softPlus, .sigmoidLinearUnit, .gaussianLinearUnit, .gaussianLinearUnitByTanh, .hardSwish,
        .exponentialLinearUnit(scale: 1.3), .sine, .cosine,
    ]
}

@Suite struct ElementFunctionTests {
    /// Every function at a grid of all magnitudes, against double precision: a few units in the last place of the result, or of 1.
    @Test(arguments: ElementFunction.ofAnyNumber + [.exponential, .sigmoid, .tanh, .logarithm, .squareRoot])
    func isRightToSinglePrecision(_ function: ElementFunction) throws {
        let isOfPositive = function == .logarithm || function == .squareRoot
        var numbers: [Float] = [0, 1e-30, 1e-7, 1e-3]
        for step in 1...4000 { numbers.append(Float(step) / 100 + Float(step % 7) / 977) }
        let x = isOfPositive ? numbers : numbers + numbers.map { -$0 }
        let input = Node.input("x", shape: [x.count])
        let truth = try ReferenceEvaluator().evaluate([input.applying(function)], inputs: [input: x.map(Double.init)])[0]
        for (place, value) in try run({ try $0.applying(function) }, x).enumerated() where truth[place].isFinite {
            let error = abs(Double(value) - truth[place])
            #expect(error <= 4e-7 * max(1, abs(truth[place])), "\(function.name)(\(x[place])) = \(value), not \(truth[place])")
        }
    }

    private func run(_ function: (Node) throws -> Node, _ values: [Float]) throws -> [Float] {
        try apply(function, to: Tensor(shape: [values.count], values: values)).values
    }

    /// The value in double precision, likewise: a share of it or, where the definition here cancels, of 1.
    @Test(arguments: ElementFunction.ofAnyNumber + [.exponential, .sigmoid, .tanh, .power(2)])
    func isRightToDoublePrecision(_ function: ElementFunction) throws {
        let x = (-3000...3000).map { Double($0) / 97 }
        let input = Node.input("x", shape: [x.count])
        let truth = try ReferenceEvaluator().evaluate([input.applying(function)], inputs: [input: x])[0]
        for (number, value) in zip(x, truth) {
            #expect(abs(function(number) - value) <= 1e-14 * max(1, abs(number), abs(value)), "\(function.name)(\(number))")
        }
    }

    @Test func valuesAtTheEdges() throws {
        #expect(try run({ try $0.exp() }, [0, -.infinity, .infinity, 200]) == [1, 0, .infinity, .infinity])
        #expect(try run({ try $0.log() }, [1, 0, .infinity]) == [0, -.infinity, .infinity])
        #expect(try run({ try $0.squareRoot() }, [0, 4, .infinity]) == [0, 2, .infinity])
        #expect(try run({ try $0.sigmoid() }, [0, -.infinity, .infinity, -1000]) == [0.5, 0, 1, 0])
        #expect(try run({ try $0.tanh() }, [0, -.infinity, .infinity]) == [0, -1, 1])
        #expect(try run({ try $0.log() }, [-1])[0].isNaN)
        #expect(try run({ try $0.squareRoot() }, [-1])[0].isNaN)
    }

    @Test func aNaNStays() throws {
        for function: (Node) throws -> Node in [
            { try $0.exp() }, { try $0.log() }, { try $0.squareRoot() }, { try $0.sigmoid() }, { try $0.tanh() },
        ] {
            #expect(try run(function, [.nan])[0].isNaN)
        }
    }
}
