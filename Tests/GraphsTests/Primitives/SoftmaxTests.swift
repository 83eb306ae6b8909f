import Graphs
import TestSupport
import Testing

extension PrimitiveCase {
    static let softmaxes: [PrimitiveCase] = [
        PrimitiveCase("softmax", .any([3, 4])) { try $0[0].softmax(axis: 1) },
        PrimitiveCase("softmax along the first axis", .any([3, 4])) { try $0[0].softmax(axis: 0) },
        PrimitiveCase("softmax along an inner axis", .any([2, 3, 2])) { try $0[0].softmax(axis: 1) },
        PrimitiveCase("softmax of one", .any([3, 1])) { try $0[0].softmax(axis: 1) },
        PrimitiveCase("logsumexp", .any([3, 4])) { try $0[0].logSumExp(axis: 1) },
        PrimitiveCase("logsumexp along the first axis", .any([3, 4])) { try $0[0].logSumExp(axis: 0, keepingDimensions: true) },
        PrimitiveCase("logsumexp of large values", .any([3, 5])) { try ($0[0] * .constant(200)).logSumExp(axis: 1) },
        PrimitiveCase("softmax of many", .any([7, 50, 3])) { try $0[0].softmax(axis: 1) },
    ]
}
