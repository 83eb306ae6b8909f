import Graphs
import TestSupport
import Testing

extension PrimitiveCase {
    static let denseLayers: [PrimitiveCase] = [
        PrimitiveCase("dense", .any([2, 3]), .any([4, 3])) { try $0[0].dense(weights: $0[1]) },
        PrimitiveCase("dense with bias", .any([2, 3]), .any([4, 3]), .any([4])) { try $0[0].dense(weights: $0[1], bias: $0[2]) },
        PrimitiveCase("dense of one", .any([1, 1]), .any([1, 1]), .any([1])) { try $0[0].dense(weights: $0[1], bias: $0[2]) },
        PrimitiveCase("dense and relu", .any([2, 3]), .any([4, 3]), .any([4])) { try $0[0].dense(weights: $0[1], bias: $0[2]).relu() },
        PrimitiveCase("large dense", .any([7, 50]), .any([33, 50]), .any([33])) { try $0[0].dense(weights: $0[1], bias: $0[2]) },
    ]
}
