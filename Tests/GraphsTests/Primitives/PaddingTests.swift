import Graphs
import TestSupport
import Testing

extension PrimitiveCase {
    static let paddings: [PrimitiveCase] = [
        PrimitiveCase("pad", .any([2, 3])) { try $0[0].padded(before: [1, 0], after: [0, 2]) },
        PrimitiveCase("pad with a value", .any([2, 3])) { try $0[0].padded(before: [1, 0], after: [0, 2], with: -2.5) },
        PrimitiveCase("pad an image", .any([7, 3, 4, 5])) { try $0[0].padded(before: [0, 0, 1, 2], after: [0, 0, 2, 1]) },
    ]
}
