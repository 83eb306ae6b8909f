import Graphs
import TestSupport
import Testing

extension PrimitiveCase {
    static let rectifiers: [PrimitiveCase] = [
        PrimitiveCase("relu", .any([4, 5])) { try $0[0].relu() },
        PrimitiveCase("leaky relu", .any([4, 5])) { try $0[0].leakyRelu(slope: 0.1) },
        PrimitiveCase("gradient of relu", .any([4, 5]), .any([4, 5])) { try $0[0].relu().pulledBack($0[1], to: $0[0]) },
        PrimitiveCase("gradient of leaky relu", .any([4, 5]), .any([4, 5])) {
            try $0[0].leakyRelu(slope: 0.1).pulledBack($0[1], to: $0[0])
        },
        PrimitiveCase("relu of many", .any([7, 20, 5, 3])) { try $0[0].relu() },
    ]
}
