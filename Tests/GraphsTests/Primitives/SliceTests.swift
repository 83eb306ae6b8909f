import Graphs
import TestSupport
import Testing

extension PrimitiveCase {
    static let slices: [PrimitiveCase] = [
        PrimitiveCase("slice", .any([4, 5])) { try $0[0].sliced(from: [1, 0], to: [3, 4]) },
        PrimitiveCase("slice by steps", .any([7, 6])) { try $0[0].sliced(from: [1, 0], to: [7, 6], by: [2, 4]) },
        PrimitiveCase("slice of one element", .any([2, 3, 4])) { try $0[0].sliced(from: [1, 2, 3], to: [2, 3, 4]) },
        PrimitiveCase("slice of channels", .any([7, 20, 4, 5])) { try $0[0].sliced(from: [0, 3, 0, 0], to: [7, 20, 4, 5], by: [1, 2, 1, 1]) },
    ]
}
