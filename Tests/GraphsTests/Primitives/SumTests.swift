import Graphs
import Tensors
import TestSupport
import Testing

extension PrimitiveCase {
    static let sums: [PrimitiveCase] = [
        PrimitiveCase("sum of all", .any([2, 3, 4])) { try $0[0].sum() },
        PrimitiveCase("sum over the first axis", .any([2, 3, 4])) { try $0[0].sum(over: [0]) },
        PrimitiveCase("sum over an inner axis", .any([2, 3, 4])) { try $0[0].sum(over: [1]) },
        PrimitiveCase("sum over the last axis", .any([2, 3, 4])) { try $0[0].sum(over: [2]) },
        PrimitiveCase("sum over two axes", .any([2, 3, 4, 2])) { try $0[0].sum(over: [0, 2], keepingDimensions: true) },
        PrimitiveCase("sum over no axis", .any([2, 3])) { try $0[0].sum(over: []) },
        PrimitiveCase("sum over an extent of 1", .any([2, 1, 3])) { try $0[0].sum(over: [1]) },
        PrimitiveCase("sum of a scalar", .any([])) { try $0[0].sum() },
        PrimitiveCase("sum over five of eight axes", .any([2, 2, 1, 3, 1, 2, 2, 1])) { try $0[0].sum(over: [0, 1, 3, 5, 7]) },
        PrimitiveCase("mean", .any([2, 3, 4])) { try $0[0].mean(over: [0, 2]) },
        PrimitiveCase("mean over images", .any([7, 20, 6, 5])) { try $0[0].mean(over: [2, 3], keepingDimensions: true) },
        PrimitiveCase("long sum", .any([3, 5000])) { try $0[0].sum(over: [1]) },
    ]
}
