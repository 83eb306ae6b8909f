import SuretyStatistics
import SuretyTensors

/// Recomputes a verdict from the counts alone, by both routes, and says where the stated verdict differs.
///
/// Each number must lie in a narrow range around the independent one: below it for pA and the radius, above it for pB, except
/// for the possible error of the independent number itself. The width of the range is the margin of the safe side. Within the
/// range, the number must be the one that the certifying route gives, except for the last digit or two, in which versions of
/// the numerical libraries may differ.
struct BoundCheck {
    let settings: SmoothingSettings
    let dimensions: Int

    /// What is wrong with the certificate's numbers, in words; empty if nothing is.
    func objections(to certificate: Certificate) -> [String] {
        if let rounding = certificate.rounding, !(rounding > 0 && rounding.isFinite) || settings.noise.family.grid == nil {
            return ["rounding \(rounding) is not a distance from the noise's grid"]
        }
        if case .certify(let certifier) = settings.procedure, certifier.stopping != nil {
            let confidence = confidenceObjections(certificate.verdict)
            return confidence + StoppingCheck(certifier: certifier, dimensions: dimensions).objections(to: certificate) { own in
                confidence.isEmpty ? exactObjections(to: certificate.verdict, own) : []
            }
        }
        if case .certify(let certifier) = settings.procedure, certificate.isOpen {
            let isEmpty = certificate.looks == nil && (certificate.counts + (certificate.selectionCounts ?? [])).allSatisfy { $0 == 0 }
            return isEmpty && certificate.verdict == certifier.openVerdict
                ? [] : ["an open image in a run of a fixed number of samples has no votes and no verdict"]
        }
        guard certificate.looks == nil, certificate.verdict.undecidedBeyond == nil else {
            return ["looks and what is undecided must not appear in a run of a fixed number of samples"]
        }
        let objections = independentObjections(to: certificate)
        if !objections.isEmpty { return objections }
        do {
            return exactObjections(to: certificate.verdict, try settings.procedure.verdict(of: certificate, dimensions: dimensions))
        } catch {
            return ["\(error)"]
        }
    }

    /// Where a stated verdict differs from the certifying route's own.
    private func exactObjections(to stated: Verdict, _ own: Verdict) -> [String] {
        let difference = differenceBetweenVersions
        if own.isOpen != stated.isOpen { return ["the image is said to be open, but the looks decide it"] }
        guard stated.answer == own.answer, stated.numbers.map(\.name) == own.numbers.map(\.name) else {
            return ["the verdict is not what the counts give"]
        }
        let objections = zip(stated.numbers, own.numbers).filter { abs($0.value - $1.value) > difference * abs($1.value) }
            .map { stated, own in "\(stated.name) \(stated.value) is not exactly what the counts give (\(own.value))" }
        if !objections.isEmpty { return objections }
        // What is undecided begins where the certificate's own radius ends.
        let beyond = own.undecidedBeyond == nil ? nil : stated.radius ?? 0
        return stated.undecidedBeyond == beyond ? [] : ["the verdict is not what the counts give"]
    }

    private func independentObjections(to certificate: Certificate) -> [String] {
        do {
            let counts = try VoteCounts(certificate.counts, total: settings.n, name: "counts")
            switch settings.procedure {
            case .certify(let certifier):
                guard let selectionCounts = certificate.selectionCounts else { return ["selectionCounts is missing"] }
                let counts0 = try VoteCounts(selectionCounts, total: certifier.n0, name: "selectionCounts")
                guard counts0.classCount == counts.classCount, let chosen = counts0.top() else {
                    return ["selectionCounts and counts have different numbers of classes"]
                }
                return objections(
                    to: certificate.verdict, chosen, try ranges(counts, chosen, certifier, rounding: certificate.rounding ?? 0),
                    certifier.norm)
            case .predict:
                guard certificate.selectionCounts == nil else { return ["a prediction has no selectionCounts"] }
                return try objections(to: certificate.verdict, counts)
            }
        } catch {
            return ["\(error)"]
        }
    }

    /// The ranges in which the numbers must lie; `radius` is nil if nothing can be certified, and `abstention` says whether
    /// abstaining is right.
    private struct Ranges {
        let pALower: ClosedRange<Double>
        let pBUpper: ClosedRange<Double>?
        let radius: ClosedRange<Double>?
        let allowsAbstention: Bool
    }

    /// The largest relative difference between two versions of GSL, Boost or the C library in one number: the last digit or
    /// two; more for the largest radius at which a sum of logarithms, each of thousands of votes, still reaches a level.
    private var differenceBetweenVersions: Double {
        guard case .certify(let certifier) = settings.procedure, case .largestRadius = certifier.stopping else { return 1e-15 }
        return 1e-11
    }

    private func ranges(
        _ counts: VoteCounts, _ chosen: Int, _ certifier: Certifier, rounding: Double
    ) throws(StatisticsError) -> Ranges {
        let split = certifier.bound.split, levelA = settings.alpha * (split?.pAShare ?? 1)
        let pA = try ClopperPearson.independentLowerBound(successes: counts[chosen], trials: settings.n, alpha: levelA)
        let variation = try settings.noise.totalVariation(dimensions: dimensions)
        let drawnPA = pA * (1 - ClopperPearson.lowerAgreement)...pA * (1 + Self.rounding)
        var pBUpper: ClosedRange<Double>?
        if let split {
            let second = counts.top(otherThan: chosen).map { counts[$0] } ?? 0, levelB = settings.alpha * split.pBShare
            let pB = try ClopperPearson.independentUpperBound(successes: second, trials: settings.n, alpha: levelB)
            let above = ClopperPearson.upperAgreement(alpha: levelB)
            let (lowest, highest) = (pB * (1 - Self.rounding), min(1, pB * (1 + above)))
            // It is not above 1 − pA either, apart from the difference that pA may have.
            let cap = split.capsPB ? max(0, 1 - drawnPA.upperBound)...min(1, (1 - drawnPA.lowerBound).nextUp) : 1...1
            let drawn = min(lowest, cap.lowerBound)...min(highest, cap.upperBound)
            pBUpper = drawn.moved(by: variation, within: 0...1)
        }
        let pALower = drawnPA.moved(by: -variation, within: 0...1.nextUp)
        func radius(_ pA: Double, _ pB: Double?) throws(StatisticsError) -> Double? {
            try certifier.noise.family.independentRadius(
                in: certifier.norm, pALower: pA, pBUpper: pB, dimensions: dimensions)
        }
        let largest = try radius(min(1, pALower.upperBound), pBUpper?.lowerBound)
        let smallest = try radius(pALower.lowerBound, pBUpper?.upperBound)
        // If the distance to the grid uses up the radius, there is none.
        let (low, high) = ((smallest ?? 0) * (1 - 1e-12), largest.map { max(0, $0) * (1 + 1e-12) })
        return Ranges(
            pALower: pALower, pBUpper: pBUpper,
            radius: high.flatMap { high in
                high > rounding || rounding == 0 ? (low...high).moved(by: -rounding, within: 0...(.infinity)) : nil
            },
            allowsAbstention: smallest == nil || rounding > 0 && low <= rounding)
    }

    private func objections(
        to verdict: Verdict, _ chosen: Int, _ ranges: Ranges, _ norm: Norm
    ) -> [String] {
        var objections = confidenceObjections(verdict)
        guard case .bounds(let pALower, let pBUpper) = verdict.evidence else {
            return objections + ["a certificate has no pValue"]
        }
        if !ranges.pALower.contains(pALower) {
            objections.append("pALower \(pALower) is not what the counts give (\(ranges.pALower.upperBound))")
        }
        switch (pBUpper, ranges.pBUpper) {
        case (nil, nil): break
        case let (stated?, range?) where range.contains(stated): break
        case let (stated?, range?): objections.append("pBUpper \(stated) is not what the counts give (\(range.lowerBound))")
        case (_?, nil): objections.append("pBUpper must not appear with one bound")
        case (nil, _?): objections.append("pBUpper is missing")
        }
        switch verdict.outcome {
        case let .certified(answer, radius, statedNorm):
            if answer != chosen { objections.append("class \(answer) is not what the votes chose (\(chosen))") }
            if statedNorm != norm { objections.append("norm \(statedNorm) is not that of the run (\(norm))") }
            if let range = ranges.radius {
                if !range.contains(radius) {
                    objections.append("radius \(radius) is not what the counts give (\(range.upperBound))")
                }
            } else {
                objections.append("radius \(radius) is certified, but the counts allow only an abstention")
            }
        case .abstained:
            if !ranges.allowsAbstention {
                objections.append("verdict abstained, but the counts certify class \(chosen)")
            }
        case .predicted:
            objections.append("verdict predicted must not appear in a run that certifies")
        }
        return objections
    }

    private func objections(to verdict: Verdict, _ counts: VoteCounts) throws(StatisticsError) -> [String] {
        var objections = confidenceObjections(verdict)
        guard let top = counts.top() else { return objections + ["counts has no classes"] }
        let second = counts.top(otherThan: top).map { counts[$0] } ?? 0
        let variation = Double(settings.n) * (try settings.noise.totalVariation(dimensions: dimensions))
        let pValue = min(1, try BinomialTest.independentPValue(counts[top], second) + variation)
        guard case .test(let stated) = verdict.evidence else { return objections + ["pValue is missing"] }
        if abs(stated - pValue) > BinomialTest.agreement * pValue {
            objections.append("pValue \(stated) is not what the counts give (\(pValue))")
        }
        switch verdict.outcome {
        case .predicted(let answer):
            if answer != top { objections.append("class \(answer) is not the one with the most votes (\(top))") }
            if stated > settings.alpha { objections.append("class \(answer) is predicted, but the p-value requires an abstention") }
        case .abstained:
            if stated <= settings.alpha { objections.append("verdict abstained, but the p-value allows class \(top)") }
        case .certified:
            objections.append("verdict certified must not appear in a run that predicts")
        }
        return objections
    }

    private func confidenceObjections(_ verdict: Verdict) -> [String] {
        let confidence = 1 - settings.alpha
        return verdict.confidence == confidence ? [] : ["confidence \(verdict.confidence) is not that of the run (\(confidence))"]
    }

    /// The possible relative error of an independent bound itself.
    private static let rounding = 1e-14
}

extension ClosedRange<Double> {
    /// Both ends moved, with room for the rounding of the move, and limited; unchanged for a distance of 0.
    fileprivate func moved(by distance: Double, within limits: ClosedRange) -> ClosedRange {
        if distance == 0 { return self }
        return ((lowerBound + distance).nextDown.nextDown...(upperBound + distance).nextUp.nextUp).clamped(to: limits)
    }
}

extension Verdict {
    /// Its numbers with their names, always in the same order.
    fileprivate var numbers: [(name: String, value: Double)] {
        let evidence: [(name: String, value: Double?)] = switch evidence {
        case .bounds(let pALower, let pBUpper): [("pALower", pALower), ("pBUpper", pBUpper)]
        case .test(let pValue): [("pValue", pValue)]
        }
        return (evidence + [("radius", radius)]).compactMap { name, value in value.map { (name, $0) } }
    }
}
