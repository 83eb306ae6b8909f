/// What a convolution or dense layer does to its result before storing it. Only fusion adds one,
/// after differentiation.
package struct Epilogue: Sendable, Equatable {
    /// Adds the last input, over which the result is written.
    package var addsLastInput = false

    /// The slope below zero of a rectifier applied last, if there is one.
    package var rectifierSlope: Float?

    package static let none = Epilogue()

    /// The number of inputs before the one added, or an error for a number that does not fit.
    func operandCount(of inputs: [[Int]], result: [Int], name: String) throws(GraphError) -> Int {
        guard addsLastInput else { return inputs.count }
        guard inputs.last == result else { throw GraphError("what \(name) adds does not have the result's shape \(result)") }
        return inputs.count - 1
    }
}
