import Foundation
import SuretyRecords
import SuretyStatistics
import SuretyTensors

/// Recomputes the decisions on an image that stops by the second route: with Boost's incomplete beta functions instead of
/// GSL's, and thresholds from Boost's quantiles.
///
/// The certifying route never overstates an e-value. So each certified radius must also be reached by this route at the given
/// looks; and a radius that this route sees reached by more than the allowed difference must have been certified. Stopping
/// costs no α; `BoundCheck` checks when an image stops by the certifying route alone.
struct StoppingCheck {
    let certifier: Certifier
    let dimensions: Int

    /// What is wrong with the certificate, in words; empty if nothing is.
    ///
    /// - Parameter compared: What is wrong with it compared with the certifying route's verdict; asked if nothing else is wrong.
    func objections(to certificate: Certificate, compared: (Verdict) -> [String]) -> [String] {
        guard let stopping = certifier.stopping else { return [] }
        guard let looks = certificate.looks else { return ["looks is missing"] }
        guard case .bounds(_, nil) = certificate.verdict.evidence else { return ["a certificate by looks has pALower and no other bound"] }
        do {
            guard let last = looks.last else { return try objections(toEmpty: certificate) ?? compared(verdict(of: certificate)) }
            guard last == certificate.counts else { return ["counts are not those of the last look"] }
            let counts0 = try VoteCounts(certificate.selectionCounts ?? [], total: certifier.n0, name: "selectionCounts")
            guard let chosen = counts0.top(), looks.allSatisfy({ $0.count == counts0.classCount }) else {
                return ["selectionCounts and looks have different numbers of classes"]
            }
            // Impossible looks are reported before what they would decide.
            let own = try verdict(of: certificate)
            if own.isOpen, !certificate.isOpen { return ["looks ends before the image is decided"] }
            if let objections = objections(to: certificate.verdict, chosen: chosen) { return objections }
            let evidence = Evidence(looks: looks.map { Look($0, of: chosen) }, rounding: certificate.rounding ?? 0)
            let found = switch stopping {
            case .columns(let columns):
                objections(to: certificate.verdict, columns.radii, try radiiReached(evidence, columns.radii))
            case .largestRadius: try objections(to: certificate.verdict.radius, evidence)
            }
            return found.isEmpty ? compared(own) : found
        } catch {
            return ["\(error)"]
        }
    }

    /// What a certificate rests on: the votes at its looks, and its image's distance from the grid.
    private struct Evidence {
        let looks: [Look]
        let rounding: Double
    }

    /// The verdict of the certifying route.
    private func verdict(of certificate: Certificate) throws(RunError) -> Verdict {
        try SmoothingSettings.Procedure.certify(certifier).verdict(of: certificate, dimensions: dimensions)
    }

    /// Checks an image for which there was not enough time; nil if nothing is wrong.
    private func objections(toEmpty certificate: Certificate) -> [String]? {
        let isEmpty = (certificate.counts + (certificate.selectionCounts ?? [])).allSatisfy { $0 == 0 }
        return isEmpty && certificate.verdict == certifier.openVerdict
            ? nil : ["an image without looks has no votes and no verdict"]
    }

    /// What is wrong with a verdict, whatever its radius; nil if the radius must be checked.
    private func objections(to verdict: Verdict, chosen: Int) -> [String]? {
        switch verdict.outcome {
        case let .certified(answer, _, norm):
            if answer != chosen { return ["class \(answer) is not what the votes chose (\(chosen))"] }
            if norm != certifier.norm { return ["norm \(norm) is not that of the run (\(certifier.norm))"] }
            return nil
        case .abstained: return nil
        case .predicted: return ["verdict predicted must not appear in a run that certifies"]
        }
    }

    private func objections(to verdict: Verdict, _ radii: [Double], _ reached: (certainly: Int, perhaps: Int)) -> [String] {
        guard let radius = verdict.radius else {
            return reached.certainly == 0 ? [] : ["nothing is certified, but the looks reach radius \(radii[reached.certainly - 1])"]
        }
        guard let place = radii.firstIndex(of: radius) else { return ["radius \(radius) is not one of the columns"] }
        if place >= reached.perhaps { return ["radius \(radius) is certified, but the looks do not reach it"] }
        if place + 1 < reached.certainly { return ["radius \(radius) is certified, but the looks reach \(radii[reached.certainly - 1])"] }
        return []
    }

    /// A largest radius must be reached by some look, and a slightly larger one by none.
    private func objections(to radius: Double?, _ evidence: Evidence) throws -> [String] {
        if let radius {
            let isReached = try evidence.looks.contains { try excess($0, radius + evidence.rounding) > -agreement($0) }
            if !isReached { return ["radius \(radius) is certified, but the looks do not reach it"] }
        }
        // If the radius is understated, the excess at a slightly larger radius is still more than both routes may differ by.
        let more = (radius ?? 0) * (1 + 1e-6) + 1e-6 + evidence.rounding
        let isUnderstated = try evidence.looks.contains { try excess($0, more) > agreement($0) }
        if !isUnderstated { return [] }
        return [radius.map { "radius \($0) is certified, but the looks reach more" } ?? "nothing is certified, but the looks reach a radius"]
    }

    /// How many radii the looks reach by the second route: for certain, and if every difference between the routes is in
    /// their favour.
    private func radiiReached(_ evidence: Evidence, _ radii: [Double]) throws -> (certainly: Int, perhaps: Int) {
        var (certainly, perhaps) = (0, 0)
        for look in evidence.looks {
            let agreement = agreement(look)
            while certainly < perhaps, try excess(look, radii[certainly] + evidence.rounding) > agreement { certainly += 1 }
            while perhaps < radii.count {
                let excess = try excess(look, radii[perhaps] + evidence.rounding)
                if certainly == perhaps, excess > agreement { certainly += 1 }
                guard excess > -agreement else { break }
                perhaps += 1
            }
        }
        return (certainly, perhaps)
    }

    /// How far the routes may differ: a radius that is not this near to the limit is decided the same way by both.
    private func agreement(_ look: Look) -> Double {
        max(EValue.agreement(trials: look.samples), TwoClassEValue.agreement(samples: look.samples), 1e-5)
    }

    /// How far the logarithm of the e-value is above the one needed; at a cap, at least the corresponding amount for the
    /// bounds there, as the logarithm of ratios of probabilities.
    private func excess(_ look: Look, _ radius: Double) throws -> Double {
        guard let stopping = certifier.stopping else { return -.infinity }
        let (reserve, samples) = (stopping.reserve, look.samples)
        let alpha = certifier.alpha - Double(certifier.n) * (try certifier.noise.totalVariation(dimensions: dimensions))
        let threshold = try independentThreshold(of: radius)
        let needed = -log(reserve.eValueLevel(of: alpha))
        let one = try EValue.independentLogarithm(successes: look.votes, trials: samples, threshold: threshold)
        var excess = one - needed
        let lead = 2 * (try NormalDistribution.independentQuantile(threshold))
        if certifier.bound == .twoBound {
            let two = try Set(look.others).map {
                try TwoClassEValue.independentLogarithm(votes: look.votes, other: $0, samples: samples, gap: lead)
            }.min() ?? -.infinity
            let weight = SequentialBound.weight
            excess = log(weight * exp(min(one > log(2) ? one : -.infinity, 700)) + (1 - weight) * exp(min(two, 700))) - needed
        }
        guard let level = certifier.caps.firstIndex(of: samples).flatMap({ reserve.lastLevel(of: alpha, cap: $0) }) else { return excess }
        let split = certifier.bound.split
        let pA = try ClopperPearson.independentLowerBound(
            successes: look.votes, trials: samples, alpha: level * (split?.pAShare ?? 1))
        var pB = 1 - pA
        if let split {
            pB = min(pB, try ClopperPearson.independentUpperBound(
                successes: look.runnerUp, trials: samples, alpha: level * split.pBShare))
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
