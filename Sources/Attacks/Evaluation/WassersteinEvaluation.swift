import Dispatch
import Graphs
import Networks
import Synchronization
import Tensors

/// How often an attack succeeds within Wasserstein radii, judged apart from the attack.
///
///     let evaluation = try WassersteinEvaluation(
///         of: WasserAttack(), on: network, images: images, labels: labels, radii: [0.1, 0.2, 0.5])
///     evaluation.successRate(at: 0.5)
///
/// Each radius is tried in turn, the smallest first, on the images that no smaller one sufficed for. What the attack makes
/// is limited to [0, 1], classified, and its exact distance from the image measured: it is a success if the network errs
/// and the distance is at most the radius. An image on which the network errs anyway is a success at radius 0.
public struct WassersteinEvaluation: Sendable {
    /// A success.
    public struct Success: Sendable, Equatable {
        /// The smallest radius tried that sufficed; 0 for an image that is misclassified as it is.
        public let radius: Double
        /// The exact distance, at most `radius`, and by which part the mass is off: the precision error.
        public let transport: WassersteinDistance.Transport
    }

    /// In ascending order.
    public let radii: [Double]
    /// For each image the success, if there was one.
    public let successes: [Success?]
    /// How often the network erred on an image that was farther than the radius, which counts for nothing.
    public let outside: Int

    /// - Parameters:
    ///   - attack: Its own radius is not used.
    ///   - images: A tensor [N, C, H, W] with elements in [0, 1].
    ///   - radii: For images of mass 1.
    ///   - threads: Threads that share the images.
    /// - Throws: `AttackError` for no images, labels that do not fit, or radii that are not positive; `NetworkError`,
    ///   `GraphError`.
    public init(
        of attack: some WassersteinAttack, on network: Network, images: Tensor, labels: [Int], radii: [Double],
        batchSize: Int = 32, threads: Int = 2
    ) throws {
        guard images.shape == [labels.count] + network.imageShape, !labels.isEmpty else {
            throw AttackError("\(images.shape) are not images \(network.imageShape), one for each of \(labels.count) labels")
        }
        guard labels.allSatisfy({ 0..<network.classCount ~= $0 }) else {
            throw AttackError("a label is outside the network's \(network.classCount) classes")
        }
        guard radii.allSatisfy({ $0 > 0 && $0.isFinite }), batchSize > 0, threads > 0 else {
            throw AttackError("radii must be positive, and so must the size of a batch and the number of threads")
        }
        self.radii = radii.sorted()
        let collected = Mutex<Result<([Success?], Int), any Error>>(
            .success((Array(repeating: nil, count: labels.count), 0)))
        DispatchQueue.concurrentPerform(iterations: threads) { [radii = self.radii] thread in
            let own = Array(stride(from: thread, to: labels.count, by: threads))
            let part = Result {
                try WassersteinJudge(on: network, images: images, labels: labels, batchSize: batchSize)
                    .judge(attack, own, radii: radii)
            }
            collected.withLock { collected in
                collected = collected.flatMap { all in
                    part.map { (zip(all.0, $0.0).map { $0 ?? $1 }, all.1 + $0.1) }
                }
            }
        }
        (successes, outside) = try collected.withLock { $0 }.get()
    }

    /// The part of the images for which a radius up to this sufficed.
    public func successRate(at radius: Double) -> Double {
        Double(successes.count { $0.map { $0.radius <= radius } ?? false }) / Double(successes.count)
    }

    /// The smallest radius tried at which all images were attacked with success.
    public var radiusForAll: Double? { radii.first { successRate(at: $0) == 1 } }

    /// The mean precision error of the images found; nil when none was.
    public var meanMassError: Double? { mean(\.massError) }

    /// The mean exact distance of the images found; nil when none was.
    public var meanDistance: Double? { mean(\.cost) }

    private func mean(_ value: (WassersteinDistance.Transport) -> Double) -> Double? {
        let found = successes.compactMap(\.self).filter { $0.radius > 0 }.map { value($0.transport) }
        return found.isEmpty ? nil : found.reduce(0, +) / Double(found.count)
    }
}

/// Attacks batches of some images, and judges what comes out. For one thread.
private struct WassersteinJudge {
    private let network: Network
    private let images: Tensor
    private let labels: [Int]
    private let batchSize: Int
    private let forward: NamedExecutor
    private let imageSize: Int

    init(on network: Network, images: Tensor, labels: [Int], batchSize: Int) throws {
        self.network = network
        self.images = images
        self.labels = labels
        self.batchSize = batchSize
        imageSize = network.imageShape.elementCount
        let input = Node.input("images", shape: [batchSize] + network.imageShape)
        forward = try NamedExecutor(computing: [network.logits(of: input)], from: [input])
    }

    /// The successes, by image, and how many errors lay outside the radius.
    func judge(
        _ attack: some WassersteinAttack, _ own: [Int], radii: [Double]
    ) throws -> ([WassersteinEvaluation.Success?], Int) {
        let distance = WassersteinDistance(groundCost: attack.groundCost)
        let none = WassersteinDistance.Transport(cost: 0, massError: 0)
        var successes: [WassersteinEvaluation.Success?] = Array(repeating: nil, count: labels.count)
        var outside = 0
        var pending: [Int] = []
        for indices in own.chunked(by: batchSize) {
            let wrong = isWrong(pixels(of: indices), indices)
            for (place, index) in indices.enumerated() {
                if wrong[place] {
                    successes[index] = .init(radius: 0, transport: none)
                } else {
                    pending.append(index)
                }
            }
        }
        for radius in radii where !pending.isEmpty {
            let executor = try attack.at(radius: radius).makeExecutor(on: network, batchSize: batchSize, copies: 0)
            for indices in pending.chunked(by: batchSize) {
                let clean = pixels(of: indices)
                let moved = try run(executor, on: clean, indices).map { min(max($0, 0), 1) }
                for (place, isWrong) in isWrong(moved, indices).enumerated() where isWrong {
                    let range = AttackBatch.range(of: place, size: imageSize)
                    let transport = try clean[range].withUnsafeBufferPointer { clean in
                        try moved[range].withUnsafeBufferPointer { moved in
                            try distance.between(clean, moved, shape: network.imageShape)
                        }
                    }
                    if transport.cost <= radius {
                        successes[indices[place]] = .init(radius: radius, transport: transport)
                    } else {
                        outside += 1
                    }
                }
            }
            pending.removeAll { successes[$0] != nil }
        }
        return (successes, outside)
    }

    /// Images, the last again and again to fill the batch.
    private func pixels(of indices: [Int]) -> [Float] {
        filled(indices).flatMap { images.values[AttackBatch.range(of: $0, size: imageSize)] }
    }

    private func filled(_ indices: [Int]) -> [Int] {
        indices + Array(repeating: indices[indices.count - 1], count: batchSize - indices.count)
    }

    private func run(_ executor: any AttackExecutor, on clean: [Float], _ indices: [Int]) throws -> [Float] {
        var rows = [Float](repeating: 0, count: batchSize * network.classCount)
        for (place, index) in filled(indices).enumerated() { rows[place * network.classCount + labels[index]] = 1 }
        return try clean.withUnsafeBufferPointer { clean in
            try rows.withUnsafeBufferPointer { rows in
                let batch = AttackBatch(images: clean, labels: rows, indices: filled(indices), seed: 0, trial: 0)
                return Array(try executor.run(batch, parameters: network.parameters))
            }
        }
    }

    private func isWrong(_ pixels: [Float], _ indices: [Int]) -> [Bool] {
        pixels.withUnsafeBufferPointer { forward.set("images", to: $0) }
        forward.run()
        let logits = forward.output(0)
        return indices.enumerated().map { place, index in
            let row = logits[AttackBatch.range(of: place, size: network.classCount)]
            // A row with something that is not a number is no success of an attack.
            return row.allSatisfy(\.isFinite) && (row.max() ?? 0) > row[row.startIndex + labels[index]]
        }
    }
}

extension [Int] {
    fileprivate func chunked(by size: Int) -> [[Int]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
