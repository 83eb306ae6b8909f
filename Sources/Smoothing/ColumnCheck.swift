import Foundation
import SuretyStatistics
import SuretyTensors

/// Recomputes the decisions of an image's columns by the second route: Boost's incomplete beta functions for those of GSL, and
/// thresholds by Boost's quantiles.
///
/// The certifying route never overstates an e-value, so each radius certified must have been reached by this route too, at the
/// looks there are; and a radius that this route sees reached by more than both may differ must have been certified. When an image
/// is given up costs no α; `BoundCheck` has that from the certifying route alone.
struct ColumnCheck {
    let certifier: Certifier
    let dimensions: Int

    /// What is wrong with the certificate, in words; empty when nothing is.
    func objections(to certificate: Certificate) -> [String] {
        guard let columns = certifier.columns else { return [] }
        guard let looks = certificate.looks, let last = looks.last else { return ["looks is missing"] }
        guard last == certificate.counts else { return ["counts are not those of the last look"] }
        guard case .bounds(_, nil) = certificate.verdict.evidence else { return ["a certificate by columns has pALower and no other bound"] }
        do {
            let counts0 = try VoteCounts(certificate.selectionCounts ?? [], total: certifier.n0, name: "selectionCounts")
            guard let chosen = counts0.top(), looks.allSatisfy({ $0.count == counts0.classCount }) else {
                return ["selectionCounts and looks are of different numbers of classes"]
            }
            let rounding = certificate.rounding ?? 0
            // Looks that cannot be are named before what they would decide.
            if let test = try certifier.columnTest(dimensions: dimensions, rounding: rounding, tabulates: false) {
                _ = try certifier.verdict(selectionCounts: certificate.selectionCounts ?? [], looks: looks, by: test)
            }
            let reached = try radiiReached(looks, chosen, rounding: rounding)
            return objections(to: certificate.verdict, chosen, columns.radii, reached)
        } catch {
            return ["\(error)"]
        }
    }

    private func objections(
        to verdict: Verdict, _ chosen: Int, _ radii: [Double], _ reached: (certainly: Int, perhaps: Int)
    ) -> [String] {
        switch verdict.outcome {
        case let .certified(answer, radius, norm):
            if answer != chosen { return ["class \(answer) is not what the votes chose (\(chosen))"] }
            if norm != certifier.norm { return ["norm \(norm) is not that of the run (\(certifier.norm))"] }
            guard let place = radii.firstIndex(of: radius) else { return ["radius \(radius) is none of the columns"] }
            if place >= reached.perhaps { return ["radius \(radius) is certified, but the looks do not reach it"] }
            if place + 1 < reached.certainly { return ["radius \(radius) is certified, but the looks reach \(radii[reached.certainly - 1])"] }
            return []
        case .abstained:
            return reached.certainly == 0 ? [] : ["nothing is certified, but the looks reach radius \(radii[reached.certainly - 1])"]
        case .predicted:
            return ["verdict predicted has no place in a run that certifies"]
        }
    }

    /// How many radii the looks reach by the second route: certainly, and if every difference between the routes is in their favour.
    private func radiiReached(
        _ looks: [[Int]], _ chosen: Int, rounding: Double
    ) throws -> (certainly: Int, perhaps: Int) {
        guard let columns = certifier.columns else { return (0, 0) }
        let variation = try certifier.noise.totalVariation(dimensions: dimensions)
        let alpha = certifier.alpha - Double(certifier.n) * variation
        var (certainly, perhaps) = (0, 0)
        for look in looks {
            let samples = look.reduce(0, +)
            guard (1...certifier.n).contains(samples) else { return (0, 0) }
            let excess = { (radius: Double) throws in
                try self.excess(look, chosen, samples, radius + rounding, columns, alpha)
            }
            // What the routes may differ by; a radius of which is near neither is decided by both alike.
            let agreement = max(EValue.agreement(trials: samples), TwoClassEValue.agreement(samples: samples), 1e-5)
            while certainly < perhaps, try excess(columns.radii[certainly]) > agreement { certainly += 1 }
            while perhaps < columns.radii.count {
                let excess = try excess(columns.radii[perhaps])
                if certainly == perhaps, excess > agreement { certainly += 1 }
                guard excess > -agreement else { break }
                perhaps += 1
            }
        }
        return (certainly, perhaps)
    }

    /// By how much the logarithm of the e-value is above the one needed; at the last sample at least what the bounds there make of it,
    /// as the logarithm of ratios of probabilities.
    private func excess(
        _ look: [Int], _ chosen: Int, _ samples: Int, _ radius: Double, _ columns: Columns, _ alpha: Double
    ) throws -> Double {
        let others = look.indices.filter { $0 != chosen }.map { look[$0] }
        let threshold = try independentThreshold(of: radius)
        let needed = -log(columns.reserve.eValueLevel(of: alpha))
        let one = try EValue.independentLogarithm(successes: look[chosen], trials: samples, threshold: threshold)
        var excess = one - needed
        let lead = 2 * (try NormalDistribution.independentQuantile(threshold))
        if certifier.bound == .twoBound {
            let two = try Set(others).map {
                try TwoClassEValue.independentLogarithm(votes: look[chosen], other: $0, samples: samples, gap: lead)
            }.min() ?? -.infinity
            let weight = SequentialTest.weight
            excess = log(weight * exp(min(one, 700)) + (1 - weight) * exp(min(two, 700))) - needed
        }
        guard samples == certifier.n, let level = columns.reserve.lastLevel(of: alpha, cap: 0) else { return excess }
        let split = certifier.bound == .twoBound ? LevelSplit.standard : nil
        let pA = try ClopperPearson.independentLowerBound(
            successes: look[chosen], trials: samples, alpha: level * (split?.pAShare ?? 1))
        var pB = 1 - pA
        if let split {
            pB = min(pB, try ClopperPearson.independentUpperBound(
                successes: others.max() ?? 0, trials: samples, alpha: level * split.pBShare))
        }
        let own = try NormalDistribution.independentQuantile(pA) - NormalDistribution.independentQuantile(pB)
        return max(excess, own - lead)
    }

    /// The probability that gives a radius, by Boost.
    private func independentThreshold(of radius: Double) throws -> Double {
        var (low, high) = (0.5, 1.0)
        for _ in 0..<100 {
            let middle = low + (high - low) / 2
            let certified = try certifier.noise.family.independentRadius(
                in: certifier.norm, pALower: middle, pBUpper: nil, dimensions: dimensions)
            if let certified, certified >= radius { high = middle } else { low = middle }
        }
        return min(high, Double(1).nextDown)
    }
}
