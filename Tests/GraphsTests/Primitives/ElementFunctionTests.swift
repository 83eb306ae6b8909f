import Foundation
import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let elementFunctions: [PrimitiveCase] = [
        PrimitiveCase("exp", .any([3, 5])) { try $0[0].exp() },
        PrimitiveCase("log", .positive([3, 5])) { try $0[0].log() },
        PrimitiveCase("square root", .positive([3, 5])) { try $0[0].squareRoot() },
        PrimitiveCase("sigmoid", .any([3, 5])) { try $0[0].sigmoid() },
        PrimitiveCase("tanh", .any([3, 5])) { try $0[0].tanh() },
        PrimitiveCase("exp of a scalar", .any([])) { try $0[0].exp() },
        PrimitiveCase("tanh of many", .any([7, 3, 11])) { try $0[0].tanh() },
    ]
}

@Suite struct ElementFunctionTests {
    private func run(_ function: (Node) throws -> Node, _ values: [Float]) throws -> [Float] {
        try apply(function, to: Tensor(shape: [values.count], values: values)).values
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
