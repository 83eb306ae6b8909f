import Foundation

/// Kolmogorov and Smirnov's test of whether numbers come from a continuous distribution.
public enum KolmogorovSmirnov {
    /// The probability that as many numbers from `distribution` lie as far from it as these do.
    ///
    /// - Parameters:
    ///   - sorted: At least one number, in ascending order.
    ///   - distribution: P[X ≤ x].
    public static func pValue(_ sorted: [Double], distribution: (Double) -> Double) -> Double {
        let count = Double(sorted.count)
        var largest = 0.0
        for (index, x) in sorted.enumerated() {
            let p = distribution(x)
            largest = max(largest, p - Double(index) / count, Double(index + 1) / count - p)
        }
        return pValue(distance: largest, count: sorted.count)
    }

    /// P[D ≥ d] for the largest distance D between n numbers' empirical distribution and the true one.
    ///
    /// Exact to 200 numbers (Marsaglia, Tsang and Wang, "Evaluating Kolmogorov's distribution", 2003); beyond,
    /// Kolmogorov's limit with Stephens's correction for finite n.
    public static func pValue(distance d: Double, count n: Int) -> Double {
        if d <= 0.5 / Double(n) { return 1 }
        if d >= 1 { return 0 }
        return n <= 200 ? 1 - exactCumulative(d, n) : limitingTail(d, n)
    }

    /// 2 Σ (−1)^(k−1) exp(−2k²λ²).
    private static func limitingTail(_ d: Double, _ n: Int) -> Double {
        let root = Double(n).squareRoot()
        let lambda = (root + 0.12 + 0.11 / root) * d
        // Below this, the series converges slowly, to 1.
        if lambda < 0.2 { return 1 }
        var (sum, sign) = (0.0, 1.0)
        for k in 1...20 {
            sum += sign * exp(-2 * Double(k * k) * lambda * lambda)
            sign = -sign
        }
        return min(1, max(0, 2 * sum))
    }

    /// P[D < d]: n!/nⁿ times the middle element of the n-th power of a matrix H of size 2k − 1, with d = (k − h)/n.
    private static func exactCumulative(_ d: Double, _ n: Int) -> Double {
        let k = Int((Double(n) * d).rounded(.down)) + 1
        let (size, h) = (2 * k - 1, Double(k) - Double(n) * d)
        var matrix = [Double](repeating: 0, count: size * size)
        for i in 0..<size {
            for j in 0..<size where i - j + 1 >= 0 { matrix[i * size + j] = 1 }
        }
        for i in 0..<size {
            matrix[i * size] -= pow(h, Double(i + 1))
            matrix[(size - 1) * size + i] -= pow(h, Double(size - i))
        }
        matrix[(size - 1) * size] += 2 * h > 1 ? pow(2 * h - 1, Double(size)) : 0
        for i in 0..<size {
            for j in 0..<size where i - j + 1 > 0 {
                for factor in 1...(i - j + 1) { matrix[i * size + j] /= Double(factor) }
            }
        }
        var (power, exponent) = Self.power(matrix, size, n)
        var middle = power[(k - 1) * size + k - 1]
        power = []
        for i in 1...n {
            middle *= Double(i) / Double(n)
            if middle < 1e-140 { (middle, exponent) = (middle * 1e140, exponent - 140) }
        }
        return min(1, max(0, middle * pow(10, Double(exponent))))
    }

    /// The n-th power, as a matrix and an exponent of 10.
    private static func power(_ matrix: [Double], _ size: Int, _ n: Int) -> ([Double], Int) {
        if n == 1 { return (matrix, 0) }
        let (half, exponent) = power(matrix, size, n / 2)
        var result = product(half, half, size)
        var total = 2 * exponent
        if n % 2 == 1 { result = product(matrix, result, size) }
        if result[(size / 2) * size + size / 2] > 1e140 {
            result = result.map { $0 * 1e-140 }
            total += 140
        }
        return (result, total)
    }

    private static func product(_ a: [Double], _ b: [Double], _ size: Int) -> [Double] {
        var result = [Double](repeating: 0, count: size * size)
        for i in 0..<size {
            for k in 0..<size {
                let factor = a[i * size + k]
                for j in 0..<size { result[i * size + j] += factor * b[k * size + j] }
            }
        }
        return result
    }
}
