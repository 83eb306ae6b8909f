/// L-BFGS in a box (Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 7.5, with Bertsekas' (1982) projection for
/// the bounds), driven from outside, one evaluation at a time, so that many minimisations can share a batch.
///
///     var minimiser = LimitedMemoryBFGS(start: x, bounds: 0...1)
///     while !minimiser.isDone {
///         minimiser.take(value: f(minimiser.point), gradient: slope(minimiser.point))
///     }
///     minimiser.best
///
/// Variables at a bound that the gradient pushes outwards stay there during a step. A step is halved until the value falls
/// by a ten-thousandth of what its slope promises (Armijo). Values and gradients that are not finite end the search.
package struct LimitedMemoryBFGS: Sendable {
    /// The point at which value and gradient are wanted next.
    package private(set) var point: [Double]
    /// The point with the smallest value so far.
    package private(set) var best: [Double]
    package private(set) var isDone = false

    private let bounds: ClosedRange<Double>
    private let memory: Int
    private let tolerance: Double
    private var value = Double.infinity
    private var gradient: [Double] = []
    private var direction: [Double] = []
    private var step = 1.0
    private var halvings = 0
    /// Changes of the point and of the gradient, the latest last.
    private var pairs: [(change: [Double], turn: [Double])] = []

    /// - Parameters:
    ///   - memory: Steps from which the curvature is estimated.
    ///   - tolerance: The search ends when a step lowers the value by less than this fraction of it.
    package init(start: [Double], bounds: ClosedRange<Double>, memory: Int = 10, tolerance: Double = 1e-9) {
        point = start.map { min(max($0, bounds.lowerBound), bounds.upperBound) }
        best = point
        self.bounds = bounds
        self.memory = memory
        self.tolerance = tolerance
    }

    /// Takes the value and the gradient at `point`, and moves on.
    package mutating func take(value newValue: Double, gradient newGradient: [Double]) {
        guard !isDone else { return }
        let isUsable = newValue.isFinite && newGradient.allSatisfy(\.isFinite)
        if gradient.isEmpty {
            guard isUsable else { return isDone = true }
            accept(newValue, newGradient)
            return
        }
        let promise = zip(gradient, zip(point, best)).reduce(0.0) { $0 + $1.0 * ($1.1.0 - $1.1.1) }
        if isUsable, newValue <= value + 1e-4 * promise {
            let gain = value - newValue
            remember(change: zip(point, best).map(-), turn: zip(newGradient, gradient).map(-))
            accept(newValue, newGradient)
            if gain <= tolerance * max(abs(newValue), 1e-12) { isDone = true }
        } else if halvings < 15 {
            halvings += 1
            step /= 2
            move()
        } else if pairs.isEmpty {
            isDone = true
        } else {
            // The curvature estimate was wrong: tries once more along the gradient.
            pairs = []
            begin()
        }
    }

    private mutating func accept(_ newValue: Double, _ newGradient: [Double]) {
        (value, gradient, best) = (newValue, newGradient, point)
        begin()
    }

    private mutating func remember(change: [Double], turn: [Double]) {
        guard dot(change, turn) > 1e-10 * dot(turn, turn) else { return }
        pairs.append((change, turn))
        if pairs.count > memory { pairs.removeFirst() }
    }

    /// Starts in a new direction from `best`.
    private mutating func begin() {
        let isFree = zip(best, gradient).map { x, g in
            !(x <= bounds.lowerBound && g > 0 || x >= bounds.upperBound && g < 0)
        }
        let free = zip(gradient, isFree).map { $1 ? $0 : 0 }
        let length = dot(free, free).squareRoot()
        guard length > 0 else { return isDone = true }
        direction = twoLoops(free).enumerated().map { isFree[$0] ? -$1 : 0 }
        if !(dot(direction, free) < 0) {
            pairs = []
            direction = free.map { -$0 }
        }
        step = pairs.isEmpty ? min(1, 1 / length) : 1
        halvings = 0
        move()
    }

    private mutating func move() {
        point = zip(best, direction).map { min(max($0 + step * $1, bounds.lowerBound), bounds.upperBound) }
    }

    /// The estimated inverse of the curvature times `gradient`: the two-loop recursion.
    private func twoLoops(_ gradient: [Double]) -> [Double] {
        var result = gradient
        var weights: [Double] = []
        for (change, turn) in pairs.reversed() {
            let weight = dot(change, result) / dot(change, turn)
            weights.append(weight)
            for i in result.indices { result[i] -= weight * turn[i] }
        }
        if let (change, turn) = pairs.last {
            let scale = dot(change, turn) / dot(turn, turn)
            for i in result.indices { result[i] *= scale }
        }
        for ((change, turn), weight) in zip(pairs, weights.reversed()) {
            let correction = weight - dot(turn, result) / dot(change, turn)
            for i in result.indices { result[i] += correction * change[i] }
        }
        return result
    }

    private func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for i in a.indices { sum += a[i] * b[i] }
        return sum
    }
}
