import ArgumentParser
import Certification
import Datasets
import Foundation
import Networks
import Records

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

    func validate() throws {
        if (mean == nil) != (std == nil) {
            throw ValidationError("--mean and --std belong together: give both, or neither.")
        }
    }

    /// The model for images of this shape, with its normalisation as a layer.
    func load(imageShape: [Int]?) throws -> LoadedModel {
        Sense.warn(mean: mean?.values, std: std?.values)
        return try LoadedModel(path: model, imageShape: imageShape, mean: mean?.values, standardDeviation: std?.values)
    }
}

/// A model file, read.
struct LoadedModel {
    let file: URL
    let network: Network
    let metadata: [String: String]
    let opset: Int
    let producer: String
    let sha256: String
    let mean: [Double]?
    let standardDeviation: [Double]?

    init(path: String, imageShape: [Int]?, mean: [Double]?, standardDeviation: [Double]?) throws {
        file = URL(fileURLWithPath: path)
        let data: Data
        do {
            data = try Data(contentsOf: file, options: .mappedIfSafe)
        } catch {
            throw CommandError("cannot read the model \(path): \(error.systemReason)")
        }
        do {
            let model = try ONNXReader.model(from: data, imageShape: imageShape)
            network =
                if let mean, let standardDeviation {
                    try model.network.normalised(
                        mean: mean.map(Float.init), standardDeviation: standardDeviation.map(Float.init))
                } else {
                    model.network
                }
            metadata = model.metadata
            opset = model.opset
            producer = model.producer
        } catch let error as ONNXError where error.problem == .imageShape && imageShape == nil {
            throw CommandError(
                "\(path): \(error). Where the model leaves the size of its images open, --shape gives it, such as 1x28x28.")
        } catch {
            throw CommandError("\(path): \(error)")
        }
        sha256 = SHA256.hexadecimal(of: data)
        self.mean = mean
        self.standardDeviation = standardDeviation
    }
}

extension LoadedModel {
    /// What a run records of the model.
    var record: ModelRecord {
        ModelRecord(
            file: file.lastPathComponent, sha256: sha256, mean: mean, std: standardDeviation, metadata: metadata)
    }
}

/// Numbers separated by commas.
struct NumberList: ExpressibleByArgument {
    let values: [Double]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
        guard !values.isEmpty, values.count == parts.count, values.allSatisfy(\.isFinite) else { return nil }
        self.values = values
    }
}
