import SuretyBounds
import SuretyGraphs
import SuretyTensors

extension Enclosure {
    /// An elementwise function on intervals: the lines it lies between, and the box that interval propagation gives its values.
    static func elementwise(
        _ function: BoundRule.ElementwiseFunction, low: [Float], high: [Float]
    ) -> (enclosure: Enclosure, low: [Float], high: [Float]) {
        let x = IntervalPropagation.Box(low: .input("low", shape: [low.count]), high: .input("high", shape: [low.count]))
        let box = try! function.image(of: x)
        let program = try! Program(computing: [box.low, box.high], from: [x.low, x.high], optimising: false)
        let ends = try! program.makeExecutor().run([low, high].map { Tensor(shape: [low.count], values: $0) })
        return (Enclosure(of: function, low: low, high: high), ends[0].values, ends[1].values)
    }
}
