import Foundation
import TestSupport

/// One of the shared models, as the file beside it describes it.
struct SharedModel: Decodable {
    static let names = [
        "cifar_base_kw", "cifar_resnet_2b", "mnist-net_256x4", "sinkhorn_mnist_adv_training", "sinkhorn_mnist_vanilla",
        "verivital_convnet_maxpool", "wong_mnist",
    ]

    struct Preprocessing: Decodable { let mean, std: [Double]? }
    struct Measured: Decodable { let top1Correct, top1Total: Int }

    let sha256: String
    let dataset: String
    let opset: Int
    let parameters: Int
    let macsPerImage: Int
    let preprocessing: Preprocessing
    let measured: Measured

    init(_ name: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(Self.self, from: Data(contentsOf: Self.url("models/\(name).json")))
    }

    static func url(_ path: String) throws -> URL {
        guard let url = SharedData.url(path) else { throw CocoaError(.fileNoSuchFile) }
        return url
    }

    static func path(_ path: String) throws -> String { try url(path).path }

    /// The model and the data set it is for, as arguments of a command.
    static func arguments(_ name: String) throws -> [String] {
        let model = try SharedModel(name)
        var arguments = [try path("models/\(name).onnx"), "--data", model.dataset, "--data-root", try path("data")]
        if let mean = model.preprocessing.mean, let std = model.preprocessing.std {
            func list(_ numbers: [Double]) -> String { numbers.map { "\($0)" }.joined(separator: ",") }
            arguments += ["--mean", list(mean), "--std", list(std)]
        }
        return arguments
    }
}
