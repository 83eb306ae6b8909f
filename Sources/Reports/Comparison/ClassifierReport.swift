import SuretyAttacks
import SuretyBounds
import SuretyRecords
import SuretySmoothing
import SuretyTensors

/// Everything known about one classifier in one norm, image by image, and the curves made from it.
public struct ClassifierReport: Sendable {
    /// A curve of accuracy against the radius, over the images for which something of its kind is known.
    public struct Curve: Sendable {
        /// What the curve says about the true accuracy.
        public enum Kind: Sendable, Equatable {
            /// Nothing within the radius changes the answer: below the true accuracy.
            case guarantee
            /// Neither below nor above for sure.
            case estimate
            /// No perturbation was found: above the true accuracy.
            case attack
        }

        /// What legends and tables call it.
        public let name: String
        /// Whether it lies below the true accuracy, above it, or neither for sure.
        public let kind: Kind
        /// For each image, how far it is right: nil if the clean image is wrong, infinite if no attack succeeded.
        public let radii: [Double?]
        /// The radius beyond which nothing is known about some of the images, because the attacks on them were limited to it.
        public var limit: Double?

        /// Whether the curve has a value at `radius`: it is not beyond the limit.
        public func isKnown(at radius: Double) -> Bool { radius <= limit ?? .infinity }

        /// The number of images that are right at `radius`: guaranteed or estimated to be right up to and including it, or
        /// not successfully attacked within it. At 0, these are all clean images that are right.
        public func count(at radius: Double) -> Int {
            radii.count { reach in
                guard let reach else { return false }
                return kind == .attack ? reach > radius : reach >= radius
            }
        }

        /// The corners of the curve's steps as far as something is known, but no farther than `end`.
        public func corners(upTo end: Double) -> [(radius: Double, accuracy: Double)] {
            let end = min(end, limit ?? end)
            var corners = [(radius: 0.0, accuracy: accuracy(at: 0))]
            for radius in steps where radius <= end {
                corners.append((radius, corners[corners.count - 1].accuracy))
                corners.append((radius, accuracy(at: radius.nextUp)))
            }
            if radii.contains(where: { $0 ?? 0 > end }) { corners.append((end, corners[corners.count - 1].accuracy)) }
            return corners
        }

        /// The radii at which the curve falls, rising.
        var steps: [Double] { Set(radii.compactMap(\.self)).filter { $0.isFinite && isKnown(at: $0) }.sorted() }

        /// The fraction of images that are right at `radius`, in [0, 1]; 0 without images.
        public func accuracy(at radius: Double) -> Double {
            radii.isEmpty ? 0 : Double(count(at: radius)) / Double(radii.count)
        }
    }

    /// The classifier, with its data and norm.
    public let subject: Subject
    /// What is known about each image, in the order of the images.
    public let brackets: [Bracket]
    /// Which attacks were made, with m_test for those on a smoothed classifier.
    public let attacks: [AttackRun]
    /// The loss's gradient and the estimates made from it, for each run of bounds.
    public let regularities: [Regularity]
    /// Whether radii were decided by columns: each may then be larger than stated, and so may their mean.
    public let hasColumns: Bool

    init(_ subject: Subject, runs: [ReportInput]) {
        self.subject = subject
        var brackets: [Int: Bracket] = [:]
        var attacks: [AttackRun] = []
        var regularities: [Regularity] = []
        for run in runs where run.subjects == [subject] {
            switch run {
            case .certificates(let record, let certificates):
                for it in certificates { brackets[it.image, default: Bracket(image: it.image, label: it.label)].add(it, record) }
            case .bounds(let record, let bounds, let fits):
                regularities.append(Regularity(record, bounds, fits))
                for it in bounds { brackets[it.image, default: Bracket(image: it.image, label: it.label)].add(it, record) }
            case .attack(let attack):
                attacks.append(attack)
                for it in attack.images {
                    brackets[it.image, default: Bracket(image: it.image, label: it.label)].search(upTo: attack.searchedRadius)
                }
            }
        }
        // An adversarial image found in another norm is a counterexample in this one too; a failure to find one there means
        // nothing here.
        for case .attack(let attack) in runs where attack.subject(in: subject.norm) == subject {
            for it in attack.images { brackets[it.image]?.add(it, subject.norm) }
        }
        self.brackets = brackets.values.sorted { $0.image < $1.image }
        self.attacks = attacks
        self.regularities = regularities
        hasColumns = runs.contains { run in
            guard case .certificates(let record, _) = run, run.subjects == [subject] else { return false }
            return record.settings.procedure.stopping != nil
        }
    }

    /// The radii of attacks that need one, rising.
    public var attackedRadii: [Double] { Set(attacks.flatMap(\.record.settings.epsilon)).sorted() }

    /// The curves for which something is known.
    public var curves: [Curve] {
        func curve(
            _ name: String, _ kind: Curve.Kind, of isKnown: (Bracket) -> Bool, _ radius: (Bracket) -> Double?
        ) -> Curve? {
            let known = brackets.filter(isKnown)
            return known.isEmpty ? nil : Curve(name: name, kind: kind, radii: known.map(radius))
        }
        let certified = curve("certified, with probability \(confidence) each", .guarantee, of: { $0.probableRadius != nil }) {
            $0.rightRadius { $0.alpha != nil }
        }
        let proven = curve("proven", .guarantee, of: { $0.provenRadius != nil }) { $0.rightRadius { $0.alpha == nil } }
        let estimates = Bracket.Estimate.allCases.map { estimate in
            curve("\(estimate.rawValue) (estimate)", .estimate, of: { $0.estimates[estimate] != nil }) {
                $0.isCorrect == false ? nil : $0.estimates[estimate]
            }
        }
        var attacked = curve("under attack", .attack, of: \.isAttacked) { bracket in
            guard let attack = bracket.attack else { return .infinity }
            return attack.distance > 0 ? attack.distance : nil
        }
        // What was found farther away, for instance by attacks in another norm, says nothing about the images without a find.
        attacked?.limit = brackets.compactMap(\.searchedRadius).min().flatMap { $0.isFinite ? $0 : nil }
        return ([certified, proven] + estimates + [attacked]).compactMap(\.self)
    }

    /// 1 − α of the certificates, in words; they all come from one run.
    private var confidence: String {
        let standing = brackets.lazy.flatMap(\.guarantees).map(\.standing).first { $0.alpha != nil }
        guard let standing, let alpha = standing.alpha else { return "1 − α" }
        return standing == .highProbability(alpha: alpha) ? "1 − \(alpha)" : "1 − \(alpha), \(standing.name)"
    }

    /// How many clean images the classifier gets right, among those for which that is known.
    public var naturalAccuracy: (count: Int, of: Int) {
        let known = brackets.compactMap(\.isCorrect)
        return (known.count(where: \.self), known.count)
    }

    /// The mean certified radius over the images that have a guarantee, counted as 0 if the answer is wrong (ACR); nil without
    /// guarantees.
    public var averageCertifiedRadius: Double? { brackets.compactMap(\.certifiedRadius).mean }

    /// The median distance of attacks over the images attacked, counting those on which none succeeded as infinite, and
    /// misclassified ones as 0; nil if it is infinite, or if there was no attack.
    public var medianAttack: Double? {
        guard let attacked = curves.first(where: { $0.kind == .attack }) else { return nil }
        let middle = attacked.radii.map { $0 ?? 0 }.sorted()[attacked.radii.count / 2]
        return middle.isFinite ? middle : nil
    }

    /// The mean gap between certified radius and attack, over the images that have both.
    public var meanGap: Double? { brackets.compactMap(\.gap).mean }

    /// NAUC over the radii attacked on all images; nil if there are none.
    public var normalisedArea: Double? {
        guard let curve = curves.first(where: { $0.kind == .attack }) else { return nil }
        return NormalisedAreaUnderCurve(over: attackedRadii.filter(curve.isKnown), accuracy: curve.accuracy)?.value
    }

    /// The mean of an estimate over the images that have it; nil if none does.
    public func mean(of estimate: Bracket.Estimate) -> Double? { brackets.compactMap { $0.estimates[estimate] }.mean }

    /// On how many of the attacked images with this estimate the attack shows that it was too large.
    public func beaten(_ estimate: Bracket.Estimate) -> (count: Int, of: Int) {
        let both = brackets.filter { $0.estimates[estimate] != nil && $0.isAttacked }
        return (both.count { $0.beaten.contains(estimate) }, both.count)
    }
}

extension Bracket {
    fileprivate mutating func add(_ certificate: Certificate, _ record: SmoothingRecord) {
        guard case .certify = record.settings.procedure else { return }
        guarantees.append(
            Guarantee(
                radius: certificate.verdict.radius ?? 0, answer: certificate.verdict.answer,
                standing: record.settings.standing, undecidedBeyond: certificate.verdict.undecidedBeyond))
    }

    fileprivate mutating func search(upTo radius: Double) { searchedRadius = max(radius, searchedRadius ?? 0) }

    fileprivate mutating func add(_ bounds: ImageBounds, _ record: BoundsRecord) {
        add(answer: bounds.answer)
        let isSharp = record.settings.omega == .sharp
        for (estimate, value) in [
            (Estimate.lipschitzOnLogits, bounds.logits?.lipschitz),
            (isSharp ? .sharpOnLogits : .modulusOnLogits, bounds.logits?.modulus),
            (.lipschitzOnProbabilities, bounds.probabilities?.lipschitz),
            (isSharp ? .sharpOnProbabilities : .modulusOnProbabilities, bounds.probabilities?.modulus),
        ] {
            // The smallest of several runs: the largest of several estimates would be the luckiest.
            if let value { estimates[estimate] = min(value, estimates[estimate] ?? .infinity) }
        }
        if let proven = bounds.proven {
            guarantees.append(
                Guarantee(
                    radius: proven.radius, answer: bounds.answer, standing: .proven, undecidedBeyond: nil))
        }
    }

    fileprivate mutating func add(_ found: AttackedImage, _ norm: Norm) {
        add(answer: found.cleanClass)
        if found.isSuccess, let distance = found.distance(in: norm) {
            add(Attack(distance: distance, answer: found.adversarialClass, name: found.attack))
        }
    }
}
