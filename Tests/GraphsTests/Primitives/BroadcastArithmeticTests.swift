import SuretyGraphs

extension PrimitiveCase {
    static let broadcastArithmetic: [PrimitiveCase] = [
        PrimitiveCase("add a row", .any([3, 4]), .any([4])) { try $0[0] + $0[1] },
        PrimitiveCase("subtract a column", .any([3, 4]), .any([3, 1])) { try $0[0] - $0[1] },
        PrimitiveCase("subtract from a column", .any([3, 4]), .any([3, 1])) { try $0[1] - $0[0] },
        PrimitiveCase("multiply by a scalar", .any([3, 4]), .any([])) { try $0[0] * $0[1] },
        PrimitiveCase("scalar on the left", .any([3, 4]), .any([])) { try $0[1] * $0[0] },
        PrimitiveCase("divide by a channel", .any([2, 3, 2, 2]), .positive([3, 1, 1])) { try $0[0] / $0[1] },
        PrimitiveCase("divide into a channel", .positive([2, 3, 2, 2]), .any([3, 1, 1])) { try $0[1] / $0[0] },
        PrimitiveCase("column and row", .any([3, 1]), .any([1, 4])) { try $0[0] * $0[1] },
        PrimitiveCase("inner axis", .any([2, 3, 4]), .any([2, 1, 4])) { try $0[0] + $0[1] },
        PrimitiveCase("five axes", .any([2, 1, 3, 1, 2]), .any([2, 2, 1, 2, 1])) { try $0[0] * $0[1] },
        PrimitiveCase("six axes", .any([2, 1, 3, 1, 2, 1]), .any([1, 2, 1, 2, 1, 2])) { try $0[0] + $0[1] },
        PrimitiveCase("channels of an image", .any([7, 20, 5, 3]), .positive([1, 20, 1, 1])) { try $0[0] / $0[1] - $0[1] },
    ]
}
