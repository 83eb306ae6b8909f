import Foundation
import Surety

/// A run with α = 0.999, which the command refuses to make, as one who has the library can write it: twelve digits, with as many
/// votes for the label as for all others, certified.
enum WorthlessRun {
    static func write(to path: String) throws {
        let images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        let certifier = try Certifier(noise: .gaussian(sigma: 0.5), alpha: 0.999, n0: 100, n: 1000)
        let settings = SmoothingSettings(.certify(certifier), seed: 0)
        let record = SmoothingRecord(
            model: .init(file: "any.onnx", sha256: String(repeating: "a", count: 64)), data: .init(images), settings: settings,
            selection: try ImageSelection(max: 12), environment: .init(processor: "any", threads: 1, batch: 1, libraries: "none"))
        let directory = try RunDirectory(at: URL(fileURLWithPath: path), for: record)
        for image in 0..<12 {
            func votes(_ total: Int) -> [Int] {
                var counts = [Int](repeating: 0, count: 10)
                counts[images.label(at: image)] = total / 2
                counts[(images.label(at: image) + 1) % 10] = total - total / 2
                // The first of equals is chosen.
                if images.label(at: image) == 9 { (counts[9], counts[0]) = (total / 2 + 1, total - total / 2 - 1) }
                return counts
            }
            try directory.append(Certificate(
                image: image, imageSHA256: images.imageSHA256(at: image), label: images.label(at: image),
                selectionCounts: votes(100), counts: votes(1000),
                verdict: try settings.procedure.verdict(votes(100), votes(1000), dimensions: 784, rounding: nil), seconds: 1))
        }
        try directory.save()
    }
}
