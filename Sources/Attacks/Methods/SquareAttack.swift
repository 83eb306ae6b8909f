import SuretyNetworks
import SuretyTensors

/// The Square attack (Andriushchenko, Croce, Flammarion and Hein 2020, algorithms 1–3): random search that replaces the
/// perturbation in squares of the image, and keeps a change if the margin rises. It needs nothing but the network's logits.
///
/// In ℓ∞ every square is set to +ε or −ε per channel, from vertical stripes. In ℓ2 the budget of one square moves to another
/// as a pattern of two opposite pyramids. The squares shrink by a schedule that is scaled to the number of queries.
///
/// It proposes the first misclassified image tried. If there is none, or another network's judge decides, it proposes the one
/// with the largest margin. An image that is already misclassified is left unchanged. Random numbers are keyed by image,
/// trial and query.
public struct SquareAttack: RepeatableAttack, Hashable {
    /// `square`.
    public static let name = "square"
    /// Its line in the list of attacks.
    public static let summary = "random search by squares, using only logits (Andriushchenko 2020)"
    /// ℓ2 and ℓ∞.
    public static let norms: [Norm] = [.l2, .linf]

    /// Where the perturbed images stay: ℓ2 or ℓ∞, with the radius ε in units of pixels in [0, 1].
    public var ball: Ball
    /// The most squares tried; each takes one evaluation.
    public var steps = 5000
    /// The part of the image that the first squares cover.
    public var area: Float = 0.8

    /// With 5000 squares, the first of which covers 0.8 of the image.
    public init(ball: Ball) { self.ball = ball }

    /// `steps` and `area`.
    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...10_000_000, "squares tried, at most"),
            .number("area", \.area, in: 1e-6...1, "part of the image that the first squares cover"),
        ]
    }

    /// Logits, for the margin: no gradient is computed.
    public func answer(copies: Int) -> Classifier.Answer { .logits }

    /// Algorithm 1 for each image, with squares as algorithm 2 (ℓ∞) or 3 (ℓ2) draws them.
    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        let points = classifier.points
        let best = Images(copying: points)
        classifier.evaluate()
        var largest = classifier.margins()
        // Whether another network misclassifies an image is for its judge to say at the end.
        let rests = batch.decision.isSource
        var isOpen = classifier.isMisclassifiedBySource.map { !$0 || !rests }
        for step in 0...steps where isOpen.contains(true) {
            for place in points.indices where isOpen[place] {
                let clean = batch.images[place]
                var proposal = Perturbation(
                    values: zip(best[place], clean).map { $0 - $1 }, shape: points.shape, radius: ball.radius,
                    generator: batch.generator(for: place, number: batch.trial * (steps + 1) + step))
                switch (ball.norm == .linf, step) {
                case (true, 0): proposal.fillWithStripes()
                case (false, 0): proposal.fillWithPyramids()
                case (true, _): proposal.replaceSquare(area: area(step: step - 1))
                case (false, _): proposal.moveBudget(area: area(step: step - 1))
                }
                points[place].fill { clean[$0] + proposal.values[$0] }
                ball.project(points[place], around: clean)
            }
            classifier.evaluate(for: isOpen)
            let (margins, isMisclassified) = (classifier.margins(), classifier.isMisclassifiedBySource)
            // The first one is always taken: the search goes on from there.
            for place in points.indices where isOpen[place] && (step == 0 || margins[place] > largest[place]) {
                largest[place] = margins[place]
                best[place] = points[place]
                isOpen[place] = !rests || !isMisclassified[place]
            }
        }
        points.set(best)
    }

    /// The part of the image that a square covers: halved again and again, after 10, 50, 200… of 10 000 queries.
    package func area(step: Int) -> Float {
        let halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000].count { step * 10_000 / max(1, steps) > $0 }
        return area / Float(1 << halvings)
    }
}

/// One image's perturbation [C, H, W] and its random changes.
private struct Perturbation {
    var values: [Float]
    let shape: [Int]
    let radius: Float
    var generator: PhiloxGenerator

    private var channels: Int { shape[0] }
    private var height: Int { shape[1] }
    private var width: Int { shape[2] }

    /// The elements of a channel in a square.
    private func square(_ channel: Int, _ top: Int, _ left: Int, _ side: Int) -> [Int] {
        (top..<top + side).flatMap { row in
            (left..<left + side).map { (channel * height + row) * width + $0 }
        }
    }

    private mutating func sign() -> Float { Bool.random(using: &generator) ? 1 : -1 }

    private mutating func corner(_ side: Int) -> (top: Int, left: Int) {
        (.random(in: 0...height - side, using: &generator), .random(in: 0...width - side, using: &generator))
    }

    // ℓ∞

    mutating func fillWithStripes() {
        for channel in 0..<channels {
            for column in 0..<width {
                let value = radius * sign()
                for row in 0..<height { values[(channel * height + row) * width + column] = value }
            }
        }
    }

    mutating func replaceSquare(area: Float) {
        let side = min(max(Int((area * Float(height * width)).squareRoot().rounded()), 1), min(height, width))
        let (top, left) = corner(side)
        for channel in 0..<channels {
            let value = radius * sign()
            for i in square(channel, top, left, side) { values[i] = value }
        }
    }

    // ℓ2

    /// A pyramid in each field of a grid of five by five.
    mutating func fillWithPyramids() {
        values = values.map { _ in 0 }
        let side = max(1, min(height, width) / 5)
        for top in stride(from: height % side / 2, through: height - side, by: side) {
            for left in stride(from: width % side / 2, through: width - side, by: side) {
                let pattern = pyramids(side)
                for channel in 0..<channels {
                    let sign = sign()
                    for (i, value) in zip(square(channel, top, left, side), pattern) { values[i] = sign * value }
                }
            }
        }
        scaleToRadius()
    }

    /// Clears one square, and adds pyramids to another, using the budget that this and the radius leave.
    mutating func moveBudget(area: Float) {
        let limit = min(height, width)
        var side = max(Int((area * Float(height * width)).squareRoot().rounded()), 3)
        side = min(side + (1 - side % 2), limit - (1 - limit % 2))
        let (target, source) = (corner(side), corner(side))
        let pattern = pyramids(side)
        let unused = max(radius * radius - values.reduce(0) { $0 + $1 * $1 }, 0)
        let targets = (0..<channels).map { square($0, target.top, target.left, side) }
        let sources = (0..<channels).map { square($0, source.top, source.left, side) }
        // Always in the same order, because the sum is rounded.
        let isTarget = Set(targets.joined())
        let both = (targets.joined() + sources.joined().filter { !isTarget.contains($0) })
            .reduce(0) { $0 + values[$1] * values[$1] }
        let old = targets.map { square in square.map { values[$0] } }
        for i in sources.joined() { values[i] = 0 }
        for (square, old) in zip(targets, old) {
            let sign = sign()
            let length = old.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let mixed = zip(old, pattern).map { (length > 0 ? $0 / length : 0) + sign * $1 }
            let mixedLength = mixed.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let budget = ((unused + both) / Float(channels)).squareRoot()
            for (i, value) in zip(square, mixed) { values[i] = mixedLength > 0 ? value / mixedLength * budget : 0 }
        }
        scaleToRadius()
    }

    private mutating func scaleToRadius() {
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length > 0 { values = values.map { $0 / length * radius } }
    }

    /// Two opposite pyramids, above one another or side by side, in a square of length 1 in ℓ2.
    private mutating func pyramids(_ side: Int) -> [Float] {
        let upper = pyramid(side / 2, side)
        let lower = pyramid(side - side / 2, side).map { -$0 }
        let pattern = upper + lower
        let length = pattern.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let isUpright = Bool.random(using: &generator)
        return (0..<side * side).map { i in
            pattern[isUpright ? i : i % side * side + i / side] / length
        }
    }

    /// Rectangles around a centre, each larger one adding 1/(k + 1)².
    private func pyramid(_ rows: Int, _ columns: Int) -> [Float] {
        var values = [Float](repeating: 0, count: rows * columns)
        for k in 0..<max(rows / 2 + 1, columns / 2 + 1) {
            for row in max(0, rows / 2 - k)..<max(0, min(rows, rows / 2 + k + 1)) {
                for column in max(0, columns / 2 - k)..<min(columns, columns / 2 + k + 1) {
                    values[row * columns + column] += 1 / Float((k + 1) * (k + 1))
                }
            }
        }
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? values.map { $0 / length } : values
    }
}
