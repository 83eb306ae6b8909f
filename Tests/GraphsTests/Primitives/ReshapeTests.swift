import Graphs
import TestSupport
import Testing

extension PrimitiveCase {
    static let reshapes: [PrimitiveCase] = [
        PrimitiveCase("reshape", .any([2, 3, 4])) { try $0[0].reshaped(to: [4, 6]) },
        PrimitiveCase("flatten to a scalar", .any([1, 1])) { try $0[0].reshaped(to: []) },
        PrimitiveCase("reshape and square", .any([2, 6])) { try $0[0].reshaped(to: [3, 4]) * $0[0].reshaped(to: [3, 4]) },
        PrimitiveCase("detach", .any([2, 3])) { try $0[0] + .constant(0) * $0[0].detached() },
    ]
}
