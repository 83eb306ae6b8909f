/// The smallest weight of a loss against distance for which an attack succeeds: ten times as large after each failure until
/// it first succeeds, then halving the interval between the largest that failed and the smallest that did not.
package struct WeightSearch {
    /// The weight to try next.
    package private(set) var weight: Double
    private var failing = 0.0
    private var succeeding = Double.infinity

    package init(initial: Double) { weight = initial }

    package mutating func narrow(hasSucceeded: Bool) {
        if hasSucceeded { succeeding = weight } else { failing = weight }
        weight = succeeding.isFinite ? (failing + succeeding) / 2 : weight * 10
    }
}
