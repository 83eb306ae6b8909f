import Foundation
import Surety

/// What two attacks make of a network, on test images spread evenly over the set.
struct AttackedModels {
    /// For images of mass 1, in squared pixels.
    static let radii = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.1, 1.4, 1.7, 2]
    private static let iterations = 100
    private static let windowSize = 7

    private let test: LabelledImages
    private let indices: [Int]

    init(imageCount: Int) throws {
        test = try DatasetSource.mnist.load(.test, under: DatasetRoot())
        indices = (0..<imageCount).map { [count = test.count] in $0 * count / imageCount }
    }

    var imageShape: [Int] { test.shape }

    /// For each attack: its name, its success at the radii in per cent with a 95 % interval (Clopper and Pearson's, from both
    /// sides), the smallest of them for all images, and the mean precision error of the images found.
    func rows(for network: Network) throws -> [[String]] {
        try [
            row(WasserAttack().with(\.iterations, Self.iterations).with(\.windowSize, Self.windowSize), on: network),
            row(ProjectedSinkhorn().with(\.iterations, Self.iterations).with(\.windowSize, Self.windowSize), on: network),
        ]
    }

    private func row(_ attack: some WassersteinAttack, on network: Network) throws -> [String] {
        let start = ContinuousClock.now
        let found = try WassersteinEvaluation(of: attack, on: network, images: test, indices: indices, radii: Self.radii)
        let (name, seconds) = (type(of: attack).name, Int((ContinuousClock.now - start) / .seconds(1)))
        let line = "\(name): \(seconds) s; mean distance \(found.meanDistance ?? 0)\n"
        FileHandle.standardError.write(Data(line.utf8))
        return try [name] + Self.radii.map { try percentage(found.successRate(at: $0)) }
            + [found.radiusForAll.map { "\($0)" } ?? "—", found.meanMassError.map { String(format: "%.1e", $0) } ?? "—"]
    }

    /// Such as `31 (28–34)`.
    private func percentage(_ rate: Double) throws -> String {
        let successes = Int((rate * Double(indices.count)).rounded())
        let lower = try ClopperPearson.lowerBound(successes: successes, trials: indices.count, alpha: 0.025)
        let upper = try ClopperPearson.upperBound(successes: successes, trials: indices.count, alpha: 0.025)
        return String(format: "%.0f (%.0f–%.0f)", 100 * rate, 100 * lower, 100 * upper)
    }

    /// On all test images.
    func accuracy(of network: Network) throws -> Double {
        try Evaluation(of: network, on: test, count: test.count, threads: 2).accuracy
    }
}
