import Certification

/// Everything known of one classifier in one norm, image by image, and the curves it makes.
public struct ClassifierReport: Sendable {
    /// A curve of accuracy against the radius, over the images for which something of its kind is known.
    public struct Curve: Sendable {
        public enum Kind: Sendable, Equatable {
            /// Nothing within the radius changes the answer: below the true accuracy.
            case guarantee
            /// Neither below nor above for sure.
            case estimate
            /// No perturbation was found: above the true accuracy.
            case attack
        }

        public let name: String
        public let kind: Kind
        /// For each image how far it is right: 0 where it is not at all, infinite where no attack succeeded.
        public let radii: [Double]
        /// The radius beyond which nothing is known, where the attacks were limited to some.
        public var limit: Double?

        public func isKnown(at radius: Double) -> Bool { radius <= limit ?? .infinity }

        /// Images that are right at `radius`: guaranteed or estimated to be so up to and including it, or not attacked within.
        public func count(at radius: Double) -> Int {
            radii.count { kind == .attack ? $0 > radius : $0 >= radius && $0 > 0 }
        }

        public func accuracy(at radius: Double) -> Double {
            radii.isEmpty ? 0 : Double(count(at: radius)) / Double(radii.count)
        }
    }

    public let subject: Subject
    /// By image.
    public let brackets: [Bracket]
    /// Which attacks were made, with m_test for those on a smoothed classifier.
    public let attacks: [AttackRun]
    /// The loss's gradient and what was estimated of it, by run of bounds.
    public let regularities: [Regularity]

    init(_ subject: Subject, runs: [EvidenceRun]) {
        self.subject = subject
        var brackets: [Int: Bracket] = [:]
        var attacks: [AttackRun] = []
        var regularities: [Regularity] = []
        for run in runs where run.subjects == [subject] {
            switch run {
            case .certificates(let record, let certificates):
                for it in certificates { brackets[it.image, default: Bracket(image: it.image, label: it.label)].add(it, record) }
            case .bounds(let record, let bounds):
                regularities.append(Regularity(record, bounds))
                for it in bounds { brackets[it.image, default: Bracket(image: it.image, label: it.label)].add(it, record) }
            case .attack(let attack):
                attacks.append(attack)
                for it in attack.images {
                    brackets[it.image, default: Bracket(image: it.image, label: it.label)].isAttacked = true
                }
            }
        }
        // What was found in another norm is a counterexample in this one too; that nothing was says nothing here.
        for case .attack(let attack) in runs where attack.subject(in: subject.norm) == subject {
            for it in attack.images { brackets[it.image]?.add(it, subject.norm) }
        }
        self.brackets = brackets.values.sorted { $0.image < $1.image }
        self.attacks = attacks
        self.regularities = regularities
    }

    /// The radii of attacks that need one, rising.
    public var attackedRadii: [Double] { Set(attacks.flatMap(\.record.settings.epsilon)).sorted() }

    /// The curves there is something known for.
    public var curves: [Curve] {
        func curve(_ name: String, _ kind: Curve.Kind, _ radius: (Bracket) -> Double?) -> Curve? {
            let radii = brackets.compactMap(radius)
            return radii.isEmpty ? nil : Curve(name: name, kind: kind, radii: radii)
        }
        let certified = curve("certified, with probability 1 − α each", .guarantee) { $0.probableRadius }
        let proven = curve("proven", .guarantee) { $0.provenRadius }
        let estimates = Bracket.Estimate.allCases.map { estimate in
            curve("\(estimate.rawValue) (estimate)", .estimate) { $0.estimates[estimate] }
        }
        var attacked = curve("under attack", .attack) { $0.isAttacked ? $0.attack?.distance ?? .infinity : nil }
        let farthest = attacked?.radii.filter(\.isFinite).max() ?? 0
        attacked?.limit = attackedRadii.last.map { max($0, farthest) }
        return ([certified, proven] + estimates + [attacked]).compactMap(\.self)
    }

    /// How many images the classifier gets right as they are, of those for which that is known.
    public var naturalAccuracy: (count: Int, of: Int) {
        let known = brackets.compactMap(\.isCorrect)
        return (known.count(where: \.self), known.count)
    }

    /// The mean over all images of the certified radius, 0 where the answer is wrong (ACR).
    public var averageCertifiedRadius: Double? { brackets.compactMap(\.certifiedRadius).mean }

    /// The median distance of attacks over the images attacked, those that none succeeded on counted as infinite; nil then, and
    /// where there was no attack.
    public var medianAttack: Double? {
        guard let attacked = curves.first(where: { $0.kind == .attack }) else { return nil }
        let middle = attacked.radii.sorted()[attacked.radii.count / 2]
        return middle.isFinite ? middle : nil
    }

    /// The mean room between certified radius and attack, over the images that have both.
    public var meanGap: Double? { brackets.compactMap(\.gap).mean }

    /// NAUC over the radii attacked; nil where there are none.
    public var normalisedArea: Double? {
        guard let curve = curves.first(where: { $0.kind == .attack }) else { return nil }
        let radii = [0] + attackedRadii.filter { $0 > 0 }
        return try? NormalisedAreaUnderCurve(radii: radii, accuracies: radii.map(curve.accuracy)).value
    }

    /// The mean of an estimate over the images that have it; nil where none does.
    public func mean(of estimate: Bracket.Estimate) -> Double? { brackets.compactMap { $0.estimates[estimate] }.mean }

    /// Of the images with an estimate and an adversarial image, how many show that the estimate was too large.
    public func beaten(_ estimate: Bracket.Estimate) -> (count: Int, of: Int) {
        let both = brackets.filter { $0.estimates[estimate] != nil && $0.isAttacked }
        return (both.count { $0.beaten.contains(estimate) }, both.count)
    }
}

extension Bracket {
    fileprivate mutating func add(_ certificate: Certificate, _ record: RunRecord) {
        guard case .certify = record.settings.procedure else { return }
        guarantees.append(
            Guarantee(
                radius: certificate.verdict.radius ?? 0, answer: certificate.verdict.answer,
                standing: .highProbability(alpha: record.settings.alpha)))
    }

    fileprivate mutating func add(_ bounds: ImageBounds, _ record: BoundsRecord) {
        add(answer: bounds.answer)
        let isSharp = record.settings.omega == .sharp
        for (estimate, value) in [
            (Estimate.lipschitzOnLogits, bounds.logits?.lipschitz),
            (isSharp ? .sharpOnLogits : .modulusOnLogits, bounds.logits?.modulus),
            (.lipschitzOnProbabilities, bounds.probabilities?.lipschitz),
            (isSharp ? .sharpOnProbabilities : .modulusOnProbabilities, bounds.probabilities?.modulus),
        ] {
            // Of several runs the least: the largest of several estimates would be the luckiest.
            if let value { estimates[estimate] = min(value, estimates[estimate] ?? .infinity) }
        }
        if let proven = bounds.proven {
            guarantees.append(
                Guarantee(
                    radius: proven.radius, answer: bounds.answer, standing: .proven(method: proven.method.rawValue)))
        }
    }

    fileprivate mutating func add(_ found: AttackRun.Image, _ norm: SmoothingSettings.Norm) {
        add(answer: found.cleanClass)
        if found.success {
            add(Attack(distance: norm == .l2 ? found.l2 : found.linf, answer: found.class, name: found.attack))
        }
    }
}
