import ArgumentParser
import Foundation
import Surety

/// Which model, and what it expects of its input.
struct ModelOptions: ParsableArguments {
    @Argument(help: "The model, an ONNX file.", completion: .file(extensions: ["onnx"]))
    var model: String

    @Option(
        parsing: .unconditional,
        help: "Per channel, what the model expects subtracted from pixels in [0, 1], separated by commas.")
    var mean: NumberList?

    @Option(
        parsing: .unconditional,
        help: "Per channel, what the model then expects pixels divided by, separated by commas.")
    var std: NumberList?

    @Option(help: "The mean and the deviation that models of a data set are usually trained with, in place of --mean and --std.")
    var preset: Preprocessing?

    @Option(help: "The output that gives the scores of the classes, where the model has several and it is not clear.")
    var outputName: String?

    func validate() throws {
        if (mean == nil) != (std == nil) {
            throw ValidationError("--mean and --std belong together: give both, or neither.")
        }
        if preset != nil, mean != nil { throw ValidationError("--preset stands for --mean and --std: give one or the other.") }
    }

    /// The model for images of this shape, with its normalisation as a layer.
    func load(imageShape: [Int]?) throws -> Model {
        Terminal.warn(Plausibility.normalisation(mean: mean?.values, std: std?.values))
        let read = try Model(
            contentsOf: model, imageShape: imageShape, mean: preset?.mean ?? mean?.values,
            standardDeviation: preset?.standardDeviation ?? std?.values, output: outputName)
        if outputName == nil, !read.otherOutputs.isEmpty {
            Terminal.note("""
                the model has \(read.otherOutputs.count + 1) outputs; "\(read.output)" is taken for the scores of the classes \
                (--output-name names another)
                """)
        }
        return read
    }
}

extension Preprocessing: ExpressibleByArgument {}

/// A number as it is written, also as a fraction: 0.25, 1e-3, 8/255.
struct Fraction: ExpressibleByArgument {
    let value: Double

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
        guard numbers.count == parts.count, (1...2).contains(parts.count) else { return nil }
        value = numbers.count == 1 ? numbers[0] : numbers[0] / numbers[1]
    }

    /// For options whose value is a plain number.
    static func number(_ argument: String) throws -> Double {
        guard let fraction = Fraction(argument: argument) else {
            throw ValidationError("'\(argument)' is not a number, such as 0.25 or 8/255.")
        }
        return fraction.value
    }
}

/// Numbers separated by commas.
struct NumberList: ExpressibleByArgument {
    let values: [Double]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { Fraction(argument: String($0))?.value }
        guard !values.isEmpty, values.count == parts.count, values.allSatisfy(\.isFinite) else { return nil }
        self.values = values
    }
}
