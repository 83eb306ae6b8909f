import CKernels
import Foundation
import Networks
import Tensors

/// The Boundary attack (Brendel, Rauber and Bethge 2018, algorithm 1): from an image that the network misclassifies, a random
/// walk along the boundary that comes nearer to the clean image. It needs nothing but the network's decisions; where another
/// network's judge decides, nothing but that judge.
///
/// Each step first goes sideways at the same distance, by `sphericalStep` of it, then `sourceStep` of it towards the clean
/// image, and is taken if the network still errs. Every tenth step checks whether the sideways step alone would be
/// taken: the steps grow while the boundary looks flat and shrink while it does not. An image rests once `sourceStep` is below
/// `convergence`.
///
/// It begins at uniform noise, brought to the boundary along the line to the clean image; where no such noise is
/// misclassified, at the clean image's negative. Random numbers are keyed by image, trial and step.
public struct BoundaryAttack: EuclideanAttack, Hashable {
    public static let name = "boundary"
    public static let summary = "a random walk along the boundary, by decisions alone (Brendel 2018)"

    public var steps = 25_000
    /// At first; parts of the distance.
    public var sphericalStep: Float = 0.01
    public var sourceStep: Float = 0.01
    /// The factor by which they change.
    public var adaptation: Float = 1.5
    public var convergence: Float = 1e-7
    /// Noisy images tried at most to begin with.
    public var starts = 1000

    public init() {}

    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...10_000_000, "steps of the walk, at most"),
            .number("spherical-step", \.sphericalStep, in: 1e-6...10, "first step sideways, of the distance"),
            .number("source-step", \.sourceStep, in: 1e-6...1, "first step nearer, of the distance"),
            .number("adaptation", \.adaptation, in: 1...100, "factor by which the steps change"),
            .number("convergence", \.convergence, in: 0...1, "step nearer at which an image rests"),
            .integer("starts", \.starts, in: 1...1_000_000, "noisy images tried at first, at most"),
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try checkSettings()
        return try BoundaryAttackExecutor(self, on: network, batchSize: batchSize, copies: copies)
    }
}

/// The Boundary attack compiled for a network and a batch.
final class BoundaryAttackExecutor: AttackExecutor {
    private let attack: BoundaryAttack
    private let forward: ForwardPass
    private let classCount: Int

    init(_ attack: BoundaryAttack, on network: Network, batchSize: Int, copies: Int) throws {
        self.attack = attack
        classCount = network.classCount
        forward = try ForwardPass(on: network, batchSize: batchSize, copies: copies)
    }

    var queries: [Int] { forward.queries }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float> {
        forward.load(batch, parameters: parameters)
        let margins = Margins(of: batch, classCount: classCount)
        let trials = attack.starts + 1
        let isFound = try forward.findErringStarts(of: batch, margins: margins, trials: trials) { start, place, image in
            if start == attack.starts {
                for i in image.indices { image[i] = 1 - image[i] }
            } else {
                var generator = PhiloxGenerator(
                    key: batch.seed, key(batch.trial * attack.starts + start), key(batch.indices[place]),
                    RandomStream.start.rawValue)
                for i in image.indices { image[i] = .random(in: 0...1, using: &generator) }
            }
        }
        try forward.bisect(towards: batch, margins: margins, moving: isFound)
        var walks = isFound.indices.filter { isFound[$0] }.map { place in
            Walk(
                place: place, image: Array(forward.image(at: place)), clean: clean(place, of: batch),
                sphericalStep: attack.sphericalStep, sourceStep: attack.sourceStep)
        }
        for step in 1...max(1, attack.steps) where step <= attack.steps {
            var isWalking = isFound.map { _ in false }
            for walk in walks { isWalking[walk.place] = walk.sourceStep >= attack.convergence }
            if !isWalking.contains(true) { break }
            for index in walks.indices { walks[index].propose(noise: noise(step, walks[index].place, of: batch)) }
            let isSideChecked = step % 10 == 0
            if isSideChecked {
                for walk in walks { _ = forward.image(at: walk.place).update(fromContentsOf: walk.sideways) }
                let errs = try forward.errs(batch, margins: margins, for: isWalking)
                for index in walks.indices { walks[index].sideways(isWrong: errs[walks[index].place]) }
            }
            for walk in walks { _ = forward.image(at: walk.place).update(fromContentsOf: walk.nearer) }
            let errs = try forward.errs(batch, margins: margins, for: isWalking)
            for index in walks.indices where walks[index].sourceStep >= attack.convergence {
                walks[index].nearer(isWrong: errs[walks[index].place], isCounted: isSideChecked)
                if isSideChecked { walks[index].adapt(by: attack.adaptation) }
            }
        }
        for walk in walks { _ = forward.image(at: walk.place).update(fromContentsOf: walk.image) }
        return UnsafeBufferPointer(forward.images)
    }

    private func clean(_ place: Int, of batch: AttackBatch) -> [Float] {
        Array(batch.images[AttackBatch.range(of: place, size: forward.imageSize)])
    }

    private func noise(_ step: Int, _ place: Int, of batch: AttackBatch) -> [Float] {
        let zero = [Float](repeating: 0, count: forward.imageSize)
        return [Float](unsafeUninitializedCapacity: zero.count) { noise, count in
            zero.withUnsafeBufferPointer {
                GaussianNoise(key: batch.seed, sigma: 1).add(
                    to: $0, sample: key(batch.trial * (attack.steps + 1) + step), image: key(batch.indices[place]),
                    stream: .attack, output: UnsafeMutableBufferPointer(rebasing: noise[..<zero.count]))
            }
            count = zero.count
        }
    }

    private func key(_ number: Int) -> UInt32 { UInt32(truncatingIfNeeded: number) }
}

/// One image's way along the boundary.
private struct Walk {
    let place: Int
    var image: [Float]
    let clean: [Float]
    var sphericalStep: Float
    var sourceStep: Float
    /// The candidates: after the step sideways, and after that towards the clean image.
    private(set) var sideways: [Float]
    private(set) var nearer: [Float]
    private var distance: Float = 0
    private var sidewaysSuccesses = RecentSuccesses(capacity: 100)
    private var nearerSuccesses = RecentSuccesses(capacity: 30)

    init(place: Int, image: [Float], clean: [Float], sphericalStep: Float, sourceStep: Float) {
        self.place = place
        self.image = image
        self.clean = clean
        self.sphericalStep = sphericalStep
        self.sourceStep = sourceStep
        (sideways, nearer) = (image, image)
        distance = Float(surety_square_distance(image, clean, image.count).squareRoot())
    }

    /// Makes the candidates: noise made orthogonal to the way to the clean image, scaled, brought back to the sphere around
    /// it, and from there nearer.
    mutating func propose(noise: [Float]) {
        guard distance > 0 else { return }
        var along: Float = 0
        for i in noise.indices { along += noise[i] * (clean[i] - image[i]) }
        along /= distance * distance
        var square: Float = 0
        for i in noise.indices {
            nearer[i] = noise[i] - along * (clean[i] - image[i])
            square += nearer[i] * nearer[i]
        }
        let scale = sphericalStep * distance / max(square.squareRoot(), .leastNormalMagnitude)
        let shrinkage = 1 / (1 + sphericalStep * sphericalStep).squareRoot()
        for i in noise.indices {
            sideways[i] = min(max(clean[i] + shrinkage * (scale * nearer[i] + image[i] - clean[i]), 0), 1)
        }
        // Limiting to [0, 1] shortens the way, and the step accounts for it.
        let length = Float(surety_square_distance(sideways, clean, clean.count).squareRoot())
        let part = length > 0 ? max(sourceStep * distance + length - distance, 0) / length : 0
        for i in noise.indices { nearer[i] = min(max(sideways[i] + part * (clean[i] - sideways[i]), 0), 1) }
    }

    mutating func sideways(isWrong: Bool) { sidewaysSuccesses.append(isWrong) }

    mutating func nearer(isWrong: Bool, isCounted: Bool) {
        if isCounted { nearerSuccesses.append(isWrong) }
        let length = Float(surety_square_distance(nearer, clean, clean.count).squareRoot())
        guard isWrong, length < distance else { return }
        swap(&image, &nearer)
        distance = length
    }

    /// Larger steps where more than half of those sideways succeed, smaller ones below a fifth; the step nearer likewise
    /// at a quarter and a tenth.
    mutating func adapt(by factor: Float) {
        if let rate = sidewaysSuccesses.rate, rate > 0.5 || rate < 0.2 {
            sphericalStep *= rate > 0.5 ? factor : 1 / factor
            sourceStep *= rate > 0.5 ? factor : 1 / factor
            sidewaysSuccesses.clear()
        }
        if let rate = nearerSuccesses.rate, rate > 0.25 || rate < 0.1 {
            sourceStep *= rate > 0.25 ? factor : 1 / factor
            nearerSuccesses.clear()
        }
    }
}

/// How often the last few attempts succeeded.
private struct RecentSuccesses {
    private let capacity: Int
    private var attempts: [Bool] = []
    private var next = 0

    init(capacity: Int) { self.capacity = capacity }

    mutating func append(_ hasSucceeded: Bool) {
        if attempts.count < capacity { attempts.append(hasSucceeded) } else { attempts[next] = hasSucceeded }
        next = (next + 1) % capacity
    }

    /// Known once there are as many as are counted.
    var rate: Double? { attempts.count < capacity ? nil : Double(attempts.count { $0 }) / Double(capacity) }

    mutating func clear() { (attempts, next) = ([], 0) }
}
