/// The search for the largest radius that is proven, for one image.
///
///     var search = RadiusSearch(first: 0.03, largest: 1)
///     while let radius = search.next { search.record(margin(within: radius)) }
///     search.proven
///
/// It begins with 0, which reveals a misclassified image, and the first radius. It goes on to where the margin would be 0 if
/// it fell evenly, until a radius fails. Then it closes in between the largest proven radius and the smallest that failed:
/// again to where the margin would be 0, and every third time to the middle. It ends when they are a hundredth apart.
/// Whatever the margins do, the result is a radius whose margin was positive.
package struct RadiusSearch: Sendable {
    /// The largest radius proven so far.
    package var proven: Double { passed?.radius ?? 0 }
    /// The radius to try; nil when the search is over.
    package private(set) var next: Double? = 0

    private typealias Trial = (radius: Double, margin: Double)
    private let first: Double
    private let largest: Double
    private var passed: Trial?
    private var passedBefore: Trial?
    private var failed: Trial?
    private var trials = 0

    package init(first: Double, largest: Double) { (self.first, self.largest) = (first, largest) }

    /// Takes the margin at `next`; one that is not a number counts as failed.
    package mutating func record(_ margin: Double) {
        guard let radius = next else { return }
        trials += 1
        if margin > 0 {
            (passedBefore, passed) = (passed, (radius, margin))
        } else {
            failed = (radius, margin)
        }
        next = following
    }

    private var following: Double? {
        guard let passed else { return nil }
        guard let failed else {
            if passed.radius >= largest { return nil }
            guard let before = passedBefore else { return min(first, largest) }
            let zero = Self.zero(before, passed) ?? 2 * passed.radius
            return min(largest, max(1.2 * passed.radius, min(zero, 2.5 * passed.radius)))
        }
        // A thousandth of the first radius, and still nothing proven: as good as nothing.
        if passed.radius == 0, failed.radius < first / 1000 { return nil }
        let width = failed.radius - passed.radius
        guard width > passed.radius / 100 else { return nil }
        let middle = passed.radius + width / 2
        let zero = trials % 3 == 0 ? middle : Self.zero(passed, failed) ?? middle
        // Not so near to one end that the next trial would again leave the other end where it is.
        let step = min(width / 2, max(0.009 * passed.radius, width / 50))
        return min(max(zero, passed.radius + step), failed.radius - step)
    }

    /// Where the line through two trials is 0; nil if it does not fall, or one of them is not finite.
    private static func zero(_ a: Trial, _ b: Trial) -> Double? {
        let zero = a.radius + (b.radius - a.radius) * a.margin / (a.margin - b.margin)
        return a.margin > b.margin && b.margin > -.infinity && zero.isFinite ? zero : nil
    }
}
