import Foundation
import Graphs
import TestSupport
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
