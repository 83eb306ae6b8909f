import Foundation

extension Contradictions: CustomStringConvertible {
    /// Each finding that is kept, how many there are, and how probable a pair is in honest runs: for people.
    public var description: String {
        let further = count > findings.count ? ["and \(count - findings.count) further pairs"] : []
        let verdict = count == 0
            ? "no two contradict each other" : "\(count) pair\(count == 1 ? "" : "s") contradict each other"
        let summary = """
            \(certificates) certificates with a radius: \(verdict); the probability that honest runs have such a pair is at \
            most \(chance.decimalRoundedUp(digits: 4)), the sum of all α
            """
        return (findings.map(\.description) + further + [summary]).joined(separator: "\n")
    }
}

extension Double {
    /// The number with this many decimals, rounded up, except by what rounding may have added to a sum.
    fileprivate func decimalRoundedUp(digits: Int) -> String {
        let scale = pow(10, Double(digits))
        return String(format: "%g", (self * scale * (1 - 1e-9)).rounded(.up) / scale)
    }
}
