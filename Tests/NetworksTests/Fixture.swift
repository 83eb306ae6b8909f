import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing

/// A small ONNX file that carries its own truth: images of a batch, and what ONNX Runtime computes for them.
/// Fixtures/make_fixtures.py makes them.
struct Fixture: CustomTestStringConvertible {
    let name: String
    let data: Data

    var testDescription: String { name }

    /// All fixtures, by name.
    static let all: [Fixture] = {
        let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil)
        let files = folder.flatMap { try? FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil) } ?? []
        return files.filter { $0.pathExtension == "onnx" }.sorted { $0.path < $1.path }.compactMap { file in
            (try? Data(contentsOf: file)).map { Fixture(name: file.deletingPathExtension().lastPathComponent, data: $0) }
        }
    }()

    static func named(_ name: String) throws -> Fixture {
        try #require(all.first { $0.name == name }, "there is no fixture \(name)")
    }
}

extension ONNXModel {
    /// The shape of the images the fixture is made for.
    var imageShape: [Int] { metadata["imageShape"]?.split(separator: ",").compactMap { Int($0) } ?? [] }

    /// The images [N] + image shape that the fixture holds.
    var images: Tensor {
        let values = numbers("input")
        return Tensor(shape: [values.count / max(1, imageShape.elementCount)] + imageShape, values: values)
    }

    /// What ONNX Runtime computes for them.
    var expected: [Float] { numbers("output") }

    private func numbers(_ key: String) -> [Float] {
        let bytes = metadata[key].flatMap { Data(base64Encoded: $0) } ?? Data()
        return bytes.withUnsafeBytes { raw in
            (0..<raw.count / 4).map { Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))) }
        }
    }
}

extension Network {
    /// The logits of a batch of images, computed.
    func logits(of images: Tensor, optimising: Bool = true) throws -> Tensor {
        let input = Node.input("images", shape: images.shape)
        let program = try Program(computing: [logits(of: input)], from: [input], optimising: optimising)
        return try program.makeExecutor().run([images])[0]
    }
}

/// The largest difference, relative to the largest magnitude expected.
func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
    guard found.count == expected.count, !expected.isEmpty, found.allSatisfy(\.isFinite) else { return .infinity }
    let largest = expected.map(abs).max() ?? 0
    return (zip(found, expected).map { abs($0 - $1) }.max() ?? 0) / max(largest, .leastNormalMagnitude)
}
