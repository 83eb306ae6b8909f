import Foundation
import TestSupport

/// The votes of a classifier whose probability is known, look by look.
struct VoteWalk {
    let looks: [Int]
    private let increments: [BinomialSampler]

    init(_ looks: [Int], _ p: Double) {
        self.looks = looks
        increments = zip(looks, [0] + looks).map { BinomialSampler($0 - $1, p) }
    }

    /// The votes at a look, given those at the one before.
    func votes(_ earlier: Int, at look: Int, _ generator: inout SeededGenerator) -> Int {
        earlier + increments[look].draw(&generator)
    }

    /// P[votes ≥ least at some look], exactly, by recursion over the looks: what has crossed is taken out. For small caps.
    static func crossing(_ looks: [Int], _ p: Double, least: [Int?]) -> Double {
        var (alive, crossed) = ([1.0], 0.0)
        for (place, look) in looks.enumerated() {
            let step = BinomialSum(look - (place > 0 ? looks[place - 1] : 0), p).probabilities
            var next = [Double](repeating: 0, count: look + 1)
            for (votes, mass) in alive.enumerated() where mass > 0 {
                for (more, probability) in step.enumerated() { next[votes + more] += mass * probability }
            }
            if let least = least[place] {
                for votes in least...max(least, look) where votes <= look {
                    crossed += next[votes]
                    next[votes] = 0
                }
            }
            alive = next
        }
        return crossed
    }
}

/// Binomial numbers by inversion, from the distribution summed term by term where it is not negligible.
struct BinomialSampler {
    private let first: Int
    private let cumulative: [Double]

    init(_ n: Int, _ p: Double) {
        let mean = Double(n) * p, spread = 12 * (mean * (1 - p)).squareRoot() + 40
        let range = max(0, Int(mean - spread))...min(n, Int(mean + spread))
        var total = 0.0
        first = range.lowerBound
        cumulative = range.map { k in
            let (k, n) = (Double(k), Double(n))
            let logChoose = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
            total += exp(logChoose + k * log(p) + (n - k) * log1p(-p))
            return total
        }
    }

    func draw(_ generator: inout SeededGenerator) -> Int {
        let uniform = Double.random(in: 0..<1, using: &generator)
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if uniform < cumulative[middle] { high = middle } else { low = middle + 1 }
        }
        return first + low
    }
}
