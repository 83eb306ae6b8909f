import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretySmoothing
import SuretyTensors
import TestSupport

/// A half-space, of which every radius is known, under noise on forty random images of 8 bits.
struct KnownHalfSpace {
    static let weights: [Float] = [1, -2, 0.5, 1.5]
    static let bias: Float = -0.3
    static let noise = try! Noise.gaussian(sigma: 0.5)
    static let network = try! Network.halfSpace(weights: weights, bias: bias)

    let images: LabelledImages

    init() throws {
        var generator = SeededGenerator(seed: 8)
        images = try LabelledImages(
            name: "bytes", split: .test, pixels: .uint8((0..<160).map { _ in UInt8.random(in: 0...255, using: &generator) }),
            count: 40, shape: [1, 2, 2], labels: Array(repeating: 1, count: 40), source: "bytes")
    }

    /// The signed distance of an image from the boundary: the true radius is its size.
    static func margin(of image: [Float]) -> Double {
        let norm = weights.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
        return (zip(image, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) } + Double(bias)) / norm
    }

    func margin(_ image: Int) -> Double { Self.margin(of: images.image(at: image)) }

    func record(_ certifier: Certifier) -> SmoothingRecord {
        SmoothingRecord(
            model: .init(file: "m.onnx", sha256: String(repeating: "0", count: 64)), data: .init(images),
            settings: SmoothingSettings(.certify(certifier), seed: 3), selection: .all,
            environment: .init(processor: "test", threads: 2, batch: 8, libraries: "test"))
    }

    /// A run in a new folder; `alter` may change what is written, with digests to match.
    func run(
        _ certifier: Certifier, in temporary: TemporaryFolder, alter: @escaping @Sendable (Certificate) -> Certificate = { $0 }
    ) throws -> URL {
        let record = record(certifier), directory = try RunDirectory(at: temporary.url(UUID().uuidString), for: record)
        let key = record.settings.key(model: record.model, data: record.data)
        try SmoothedClassifier(Self.network, Self.noise, key: key).certify(directory.remaining, of: images, by: certifier, threads: 2) {
            try directory.append(alter($0))
        }
        try directory.save()
        return directory.url
    }
}
