import Foundation

/// A short run that most tests make: the bundled model on twelve synthetic digits, under so much noise that votes
/// differ. It takes a tenth of a second.
enum DigitsRun {
    static let repository = URL(fileURLWithPath: #filePath)  // Tests/SuretyCommandTests/DigitsRun.swift
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let model = repository.appendingPathComponent("examples/digits.onnx").path

    /// The model as another file with another hash: a field of its header once more, which changes nothing in it.
    static func otherModel() throws -> Data {
        let producerName = Data([0x12, 0x04]) + Data("hand".utf8)
        return try Data(contentsOf: URL(fileURLWithPath: model)) + producerName
    }

    /// The images are every third.
    static let images = 12

    /// The arguments of `surety certify` or `predict`; of an option given again the last one counts.
    static func arguments(
        _ output: String, _ more: [String] = [], method: String = "certify", model: String = model
    ) -> [String] {
        [
            method, model, "--data", "synthetic", "--sigma", "1", "--n", "500", "--skip", "3", "--max", "\(images)",
            "--output", output,
        ] + more
    }

    /// The arguments of `surety verify` with all that a replay needs.
    static func verify(_ directory: String, replay: String, _ more: [String] = []) -> [String] {
        ["verify", directory, "--model", model, "--data", "synthetic", "--replay", replay] + more
    }

    /// Certifies, with further options.
    static func make(_ output: String, _ more: String...) throws -> RunFiles {
        let command = try Command(arguments(output, more))
        guard command.status == 0 else { throw Failure(description: command.description) }
        return try RunFiles(output)
    }

    struct Failure: Error, CustomStringConvertible { let description: String }
}
