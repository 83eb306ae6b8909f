import SuretyAttacks
import SuretyStatistics

/// What is known about one classifier, in tables of finished text that all forms of a report share.
struct ClassifierTables {
    let classifier: ClassifierReport

    /// The curves at suitable radii.
    var curves: TextTable {
        let radii = radii
        return TextTable(
            title: "Accuracy of the classifier (\(classifier.subject.label)) at \(classifier.subject.norm.symbol) radius r",
            header: ["", "images"] + radii.map { "r = \(Figures.short($0))" },
            rows: classifier.curves.map { curve in
                [curve.name, "\(curve.radii.count)"] + radii.map(curve.figure)
            } + [undecided, trulyRobust].compactMap(\.self))
    }

    /// How many images stopped, or were given up, before a radius was decided; nil if there are none.
    private var undecided: [String]? {
        let certified = classifier.brackets.compactMap { bracket in bracket.guarantees.first { $0.standing.alpha != nil } }
        let counts = radii.map { radius in certified.count { $0.isUndecided(at: radius) } }
        guard counts.contains(where: { $0 > 0 }) else { return nil }
        return ["undecided, and counted as not certified", "\(certified.count)"]
            + counts.map { Figures.fraction($0, of: certified.count) }
    }

    /// What the certificates say about these images together, because some of them may be false: `TestSetStatement`. nil
    /// without certificates.
    private var trulyRobust: [String]? {
        let alpha = classifier.brackets.lazy.flatMap(\.guarantees).compactMap(\.standing.alpha).first
        // If there are certificates, their curve comes first.
        guard let alpha, let curve = classifier.curves.first,
              let allowed = try? TestSetStatement.wrongFractionUpperBound(alpha: alpha, images: curve.radii.count, rho: 0.01)
        else { return nil }
        return ["truly robust, at all radii together with probability 99 %", "\(curve.radii.count)"]
            + radii.map { Figures.fraction(max(0, curve.accuracy(at: $0) - allowed)) }
    }

    /// Accuracy under the attacks of each run; on a smoothed classifier, with m_test, because a weak attack overstates
    /// robustness.
    var attacks: TextTable? {
        guard !classifier.attacks.isEmpty else { return nil }
        let attacked = classifier.attackedRadii
        let shown = attacked.isEmpty ? radii : attacked
        let isSmoothed = classifier.subject.classifier != .base
        // A separate column only if there is something to say.
        let hidesGradients = classifier.attacks.contains { $0.zeroGradientCount > 0 }
        return TextTable(
            title: isSmoothed
                ? "Accuracy under each attack. m_test: the noisy copies the attack averages over; PREDICT judges."
                : "Accuracy under each attack" + (hidesGradients ? ". Where the gradient is zero, attacks that follow it say little." : ""),
            header: ["attack", isSmoothed ? "m_test" : "from", "images"] + (hidesGradients ? ["zero gradient"] : [])
                + shown.map { "r = \(Figures.short($0))" },
            rows: classifier.attacks.map { run in
                let settings = run.record.settings
                let second = isSmoothed ? "\(settings.copies ?? 0)" : settings.source?.file ?? "itself"
                return [settings.attacks.joined(separator: ", "), second, "\(run.images.count)"]
                    + (hidesGradients ? ["\(run.zeroGradientCount)"] : []) + shown.map(run.figure)
            })
    }

    /// How often attacks show an estimate to be too large.
    var estimates: TextTable? {
        let rows = Bracket.Estimate.allCases.compactMap { estimate -> [String]? in
            guard let mean = classifier.mean(of: estimate) else { return nil }
            let (count, all) = classifier.beaten(estimate)
            let images = classifier.brackets.count { $0.estimates[estimate] != nil }
            return [
                estimate.rawValue, "\(images)", Figures.plain(mean),
                "\(count) of \(all)", Figures.fraction(count, of: all),
            ]
        }
        return rows.isEmpty ? nil : TextTable(
            title: "Estimates, and how often an attack shows one to be too large",
            header: ["estimate", "images", "mean radius", "beaten", "share"], rows: rows)
    }

    /// Each image's bracket, with a column for whatever is known of some image.
    var brackets: TextTable {
        var columns: [(name: String, figure: (Bracket) -> String)] = [
            ("certified", { Figures.floored($0.probableRadius) }), ("proven", { Figures.floored($0.provenRadius) }),
        ]
        for estimate in Bracket.Estimate.allCases {
            columns.append((estimate.rawValue, { Figures.plain($0.estimates[estimate]) }))
        }
        columns.append(("attack", { bracket in bracket.attack.map { Figures.ceiled($0.distance) } ?? Self.missing(bracket) }))
        columns.append(("by", { bracket in bracket.attack.map { $0.name ?? "misclassified" } ?? "–" }))
        let known = columns.filter { column in classifier.brackets.contains { column.figure($0) != "–" } }
        return TextTable(
            title: "Each image: guaranteed radius ≤ true radius ≤ distance of the nearest adversarial image",
            header: ["image", "label"] + known.map(\.name),
            rows: classifier.brackets.map { bracket in
                ["\(bracket.image)", "\(bracket.label)"] + known.map { $0.figure(bracket) }
            })
    }

    /// The text used when there is no adversarial image.
    private static func missing(_ bracket: Bracket) -> String {
        guard let searched = bracket.searchedRadius else { return "–" }
        return searched.isFinite ? "none within \(Figures.short(searched))" : "none found"
    }

    /// Even steps as far as anything is known, and the radii that were attacked.
    var radii: [Double] {
        let largest = classifier.curves.compactMap(\.steps.last).max() ?? 0
        guard largest > 0 else { return [0] }
        // Multiples of fractions, so that 3/10 is the attacked radius 0.3, and not another one, 3 · 0.1, beside it.
        let fractions = [(1, 100), (1, 50), (1, 20), (1, 10), (1, 4), (1, 2), (1, 1), (2, 1), (5, 1), (10, 1)]
        let multiples = fractions.lazy.map { numerator, denominator in
            (0...7).map { Double($0 * numerator) / Double(denominator) }
        }
        let even = multiples.first { $0[7] >= largest } ?? (0...7).map { Double($0) * largest / 7 }
        return Set(even.filter { $0 <= largest } + classifier.attackedRadii.prefix(6)).sorted()
    }
}

extension ClassifierReport.Curve {
    /// The accuracy at a radius; a dash if nothing is known.
    func figure(at radius: Double) -> String {
        isKnown(at: radius) ? Figures.fraction(count(at: radius), of: radii.count) : "–"
    }
}

extension AttackRun {
    /// How far the run looked for adversarial images: the largest radius given; infinite if its attacks need none.
    var searchedRadius: Double { record.settings.epsilon.max() ?? .infinity }

    /// The accuracy left at a radius; a dash beyond the largest radius that the run tried.
    func figure(at radius: Double) -> String {
        radius > searchedRadius ? "–" : Figures.fraction(robustCount(at: radius), of: images.count)
    }
}
