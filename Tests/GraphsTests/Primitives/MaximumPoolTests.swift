import Graphs
import TestSupport
import Testing

extension PrimitiveCase {
    static let maximumPools: [PrimitiveCase] = Window.examples.flatMap { name, image, window in
        [
            PrimitiveCase("maximum pool, \(name)", .any(image)) { try $0[0].maximumPool(window) },
            PrimitiveCase("scatter to maximum, \(name)", .any(image)) {
                let pooled = try $0[0].maximumPool(window)
                return try pooled.pulledBack(pooled.exp(), to: $0[0])
            },
            PrimitiveCase("pick at maximum, \(name)", .any(image), .any(image)) {
                let pooled = try $0[0].maximumPool(window)
                let cotangent = try pooled.exp()
                return try pooled.pulledBack(cotangent, to: $0[0]).pulledBack($0[1], to: cotangent)
            },
        ]
    }
}
