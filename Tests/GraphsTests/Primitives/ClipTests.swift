import Graphs
import TestSupport
import Testing

extension PrimitiveCase {
    static let clips: [PrimitiveCase] = [
        PrimitiveCase("clip around zero", .any([4, 5])) { try $0[0].clipped(to: -0.37...0.61) },
        PrimitiveCase("clip above zero", .any([4, 5])) { try $0[0].clipped(to: 0.123...0.71) },
        PrimitiveCase("clip below zero", .any([3, 7])) { try $0[0].clipped(to: -0.9123 ... -0.217) },
        PrimitiveCase("gradient of clip", .any([4, 5]), .any([4, 5])) {
            try $0[0].clipped(to: -0.37...0.61).pulledBack($0[1], to: $0[0])
        },
        PrimitiveCase("relu6", .any([3, 7])) { try ($0[0] * .constant(9)).clipped(to: 0...6) },
    ]
}
