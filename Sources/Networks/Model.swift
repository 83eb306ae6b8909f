public import Foundation
import SuretyRecords

/// A saved model: the network of an ONNX file, with the normalisation in front of it, and what identifies it.
///
///     let model = try Model(contentsOf: "model.onnx", imageShape: [1, 28, 28])
///     model.network.classCount
public struct Model: Sendable {
    /// The file it was read from.
    public let file: URL
    /// From images in [0, 1] to logits; the normalisation is its first layer.
    public let network: Network
    /// What the file says about itself.
    public let metadata: [String: String]
    /// The version of ONNX's operators.
    public let opset: Int
    /// The program that wrote the file, as the file says; empty if it does not.
    public let producer: String
    /// SHA-256 of the file; if weights lie in files beside it, SHA-256 of the list that `sha256sum` prints for all of them,
    /// the model first and the others in the order of their names.
    public let sha256: String
    /// The output of the file that gives the scores, and those that are left out.
    public let output: String
    /// The file's other outputs.
    public let otherOutputs: [String]
    /// Per channel, what is subtracted from pixels in [0, 1] in front of the file's own network; nil for nothing.
    public let mean: [Double]?
    /// Per channel, what they are divided by after `mean` is subtracted; nil for nothing.
    public let standardDeviation: [Double]?

    /// Reads an ONNX file.
    ///
    /// - Parameters:
    ///   - imageShape: [C, H, W] of the images, if the file leaves it open or orders the axes differently.
    ///   - mean: per channel, what the network expects subtracted from pixels in [0, 1].
    ///   - standardDeviation: per channel, what it then expects them divided by.
    ///   - output: the output that gives the scores of the classes, if the file has several and it is not clear which.
    /// - Throws: `ModelError` that names the file and says what is wrong.
    public init(
        contentsOf path: String, imageShape: [Int]?, mean: [Double]? = nil, standardDeviation: [Double]? = nil,
        output: String? = nil
    ) throws(ModelError) {
        file = URL(fileURLWithPath: path)
        let data: Data
        do {
            data = try Data(contentsOf: file, options: .mappedIfSafe)
        } catch {
            throw ModelError("cannot read the model \(path): \(error.systemReason)")
        }
        do {
            let model = try ONNXReader.model(
                from: data, imageShape: imageShape, output: output, folder: ONNXFolder(file.deletingLastPathComponent()))
            let own = SHA256.hexadecimal(of: data)
            let all = [(name: file.lastPathComponent, sha256: own)] + model.weightFiles
            sha256 = all.count == 1 ? own : SHA256.hexadecimal(of: Data(all.map { "\($0.sha256)  \($0.name)\n" }.joined().utf8))
            (self.output, otherOutputs) = (model.output, model.otherOutputs)
            if let mean, let standardDeviation {
                network = try model.network.normalised(
                    mean: mean.map { Float($0) }, standardDeviation: standardDeviation.map { Float($0) })
            } else {
                network = model.network
            }
            (metadata, opset, producer) = (model.metadata, model.opset, model.producer)
        } catch let error as ONNXError where error.problem == .imageShape && imageShape == nil {
            throw ModelError(
                "\(path): \(error). Where the model leaves the size of its images open, --shape gives it, such as 1x28x28.")
        } catch {
            throw ModelError("\(path): \(error)")
        }
        (self.mean, self.standardDeviation) = (mean, standardDeviation)
    }

    /// What a run records of the model.
    public var record: ModelRecord {
        ModelRecord(
            file: file.lastPathComponent, sha256: sha256, mean: mean, std: standardDeviation, metadata: metadata)
    }
}

/// Why a model cannot be used.
public struct ModelError: Error, CustomStringConvertible, Sendable {
    /// Which file, what is wrong, and what to do.
    public let description: String

    /// - Parameter description: Which file, what is wrong, and what to do.
    public init(_ description: String) { self.description = description }
}
