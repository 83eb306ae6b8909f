import Foundation
import Surety

do {
    let images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
    let path = CommandLine.arguments.dropFirst().first ?? "examples/digits.onnx"
    let model = try Model(contentsOf: path, imageShape: images.shape)

    let certifier = try Certifier(noise: .gaussian(sigma: 0.5), alpha: 0.001, n0: 100, n: 10_000)
    let key = NoiseKey(seed: 0, model: model.record, data: DataRecord(images), noise: certifier.noise, procedure: .certify)
    let classifier = try SmoothedClassifier(model.network, certifier.noise, key: key.value)
    try classifier.certify(Array(0..<10), of: images, by: certifier, threads: 2) { certificate in
        switch certificate.verdict.outcome {
        case .certified(let answer, let radius, _): print("image \(certificate.image): \(answer) within \(radius)")
        case .predicted, .abstained: print("image \(certificate.image): no claim")
        }
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
