import Foundation

/// Binomial probabilities summed term by term: slow, plain and right for a few thousand trials.
struct BinomialSum {
    /// P[X = k] for each k.
    let probabilities: [Double]

    init(_ n: Int, _ p: Double) {
        probabilities = (0...n).map { k -> Double in
            let (successes, failures) = (Double(k), Double(n - k))
            let logChoose: Double = lgamma(Double(n + 1)) - lgamma(successes + 1) - lgamma(failures + 1)
            return exp(logChoose + successes * log(p) + failures * log1p(-p))
        }
    }

    func sum(_ range: ClosedRange<Int>) -> Double {
        probabilities[range].sorted().reduce(0, +)
    }

    /// The smallest q with P[X > q] ≤ level.
    func upperQuantile(_ level: Double) -> Int {
        var (tail, q) = (0.0, probabilities.count - 1)
        while q > 0, tail + probabilities[q] <= level {
            tail += probabilities[q]
            q -= 1
        }
        return q
    }

    /// P[X ≤ k] for each k.
    var cumulative: [Double] {
        var total = 0.0
        return probabilities.map { total += $0; return total }
    }
}
