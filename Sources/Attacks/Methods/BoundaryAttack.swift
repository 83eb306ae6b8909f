import SuretyNetworks
import SuretyTensors

/// The Boundary attack (Brendel, Rauber and Bethge 2018, algorithm 1): a random walk along the boundary that starts from a
/// misclassified image and comes nearer to the clean one. It needs nothing but the network's decisions; if another network's
/// judge decides, nothing but that judge.
///
/// Each step first goes sideways by the fraction `sphericalStep` of the distance, keeping the distance, then towards the
/// clean image by the fraction `sourceStep`. It is taken if the result is still misclassified. About every tenth step, the
/// attack checks the sideways step alone: the steps grow while the boundary looks flat, and shrink otherwise. An image rests
/// once `sourceStep` is below `convergence`.
///
/// It begins at uniform noise, brought to the boundary along the line to the clean image; if no such noise is misclassified,
/// at the clean image's negative. Random numbers are keyed by image, trial and step.
public struct BoundaryAttack: EuclideanAttack, ClassifierAttack, Hashable {
    /// `boundary`.
    public static let name = "boundary"
    /// Its line in the list of attacks.
    public static let summary = "a random walk along the boundary, using only decisions (Brendel 2018)"

    /// Steps of the walk, at most; each takes one decision, and every tenth takes two.
    public var steps = 25_000
    /// The first step sideways, as a part of the distance to the clean image.
    public var sphericalStep: Float = 0.01
    /// The first step towards the clean image, as a part of the distance to it.
    public var sourceStep: Float = 0.01
    /// The factor by which both steps grow or shrink.
    public var adaptation: Float = 1.5
    /// The step towards the clean image, as a part of the distance, below which an image rests.
    public var convergence: Float = 1e-7
    /// The most noisy images tried as a start.
    public var starts = 1000

    /// With the usual values: up to 25 000 steps.
    public init() {}

    /// `steps`, `spherical-step`, `source-step`, `adaptation`, `convergence` and `starts`.
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

    /// Logits, for their classes alone: no gradient is computed.
    public func answer(copies: Int) -> Classifier.Answer { .logits }

    /// Algorithm 1 for each image. An image for which no misclassified start is found stays as it is.
    ///
    /// - Throws: What the judge of the images tried throws.
    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        let points = classifier.points
        let isFound = try classifier.findAdversarialStarts(of: batch, trials: starts + 1) { start, place, point in
            if start == starts {
                point.fill { 1 - point[$0] }
            } else {
                var generator = batch.generator(for: place, number: batch.trial * starts + start, stream: .start)
                point.fill { _ in .random(in: 0...1, using: &generator) }
            }
        }
        try classifier.bisect(towards: batch, moving: isFound)
        var walks = points.indices.filter { isFound[$0] }.map {
            Walk(place: $0, from: points[$0], to: batch.images[$0], sphericalStep: sphericalStep, sourceStep: sourceStep)
        }
        let noise = Images(count: 1, shape: points.shape)[0]
        for step in 1...max(1, steps) where step <= steps {
            var isWalking = isFound.map { _ in false }
            for walk in walks { isWalking[walk.place] = walk.sourceStep >= convergence }
            if !isWalking.contains(true) { break }
            for walk in walks {
                batch.drawNormal(noise, for: walk.place, number: batch.trial * (steps + 1) + step)
                walk.propose(noise: noise)
            }
            let isSideChecked = step % 10 == 0
            if isSideChecked {
                for walk in walks { points[walk.place] = walk.sideways }
                let isWrong = try classifier.decide(for: isWalking)
                for index in walks.indices { walks[index].sideways(isWrong: isWrong[walks[index].place]) }
            }
            for walk in walks { points[walk.place] = walk.nearer }
            let isWrong = try classifier.decide(for: isWalking)
            for index in walks.indices where walks[index].sourceStep >= convergence {
                walks[index].nearer(isWrong: isWrong[walks[index].place], isCounted: isSideChecked)
                if isSideChecked { walks[index].adapt(by: adaptation) }
            }
        }
        for walk in walks { points[walk.place] = walk.image }
    }
}

/// One image's walk along the boundary.
private struct Walk {
    let place: Int
    private let clean: Row
    private(set) var image: Row
    private(set) var sphericalStep: Float
    private(set) var sourceStep: Float
    /// The candidates: after the step sideways, and after that towards the clean image.
    let sideways: Row
    private(set) var nearer: Row
    private var distance: Float
    private var sidewaysSuccesses = RecentSuccesses(capacity: 100)
    private var nearerSuccesses = RecentSuccesses(capacity: 30)

    init(place: Int, from start: Row, to clean: Row, sphericalStep: Float, sourceStep: Float) {
        let memory = Images(count: 3, shape: [start.count])
        for row in memory { row.set(start) }
        (self.place, self.clean, image, sideways, nearer) = (place, clean, memory[0], memory[1], memory[2])
        (self.sphericalStep, self.sourceStep) = (sphericalStep, sourceStep)
        distance = Norm.l2.distance(start, clean)
    }

    /// Makes the candidates: noise made orthogonal to the way to the clean image, scaled, brought back to the sphere around
    /// it, and from there nearer.
    func propose(noise: Row) {
        guard distance > 0 else { return }
        var along: Float = 0
        for i in noise.indices { along += noise[i] * (clean[i] - image[i]) }
        along /= distance * distance
        nearer.fill { noise[$0] - along * (clean[$0] - image[$0]) }
        let square = nearer.reduce(0) { $0 + $1 * $1 }
        let scale = sphericalStep * distance / max(square.squareRoot(), .leastNormalMagnitude)
        let shrinkage = 1 / (1 + sphericalStep * sphericalStep).squareRoot()
        sideways.fill { min(max(clean[$0] + shrinkage * (scale * nearer[$0] + image[$0] - clean[$0]), 0), 1) }
        // Limiting to [0, 1] shortens the way, and the step accounts for it.
        let length = Norm.l2.distance(sideways, clean)
        let part = length > 0 ? max(sourceStep * distance + length - distance, 0) / length : 0
        nearer.fill { min(max(sideways[$0] + part * (clean[$0] - sideways[$0]), 0), 1) }
    }

    mutating func sideways(isWrong: Bool) { sidewaysSuccesses.append(isWrong) }

    mutating func nearer(isWrong: Bool, isCounted: Bool) {
        if isCounted { nearerSuccesses.append(isWrong) }
        let length = Norm.l2.distance(nearer, clean)
        guard isWrong, length < distance else { return }
        swap(&image, &nearer)
        distance = length
    }

    /// Enlarges the steps if more than half of the sideways ones succeed, and shrinks them below a fifth; for the step
    /// towards the clean image, the limits are a quarter and a tenth.
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

    /// Known once there are enough attempts to count.
    var rate: Double? { attempts.count < capacity ? nil : Double(attempts.count { $0 }) / Double(capacity) }

    mutating func clear() { (attempts, next) = ([], 0) }
}
