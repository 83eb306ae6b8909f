import SuretyAttacks
import SuretyBounds
import SuretySmoothing

/// Models side by side, in tables like the papers'. A statement appears only beside the same statement about the same kind of
/// classifier in the same norm.
struct ComparisonTables {
    let report: RobustnessReport

    /// What contradicts a guarantee; nil if nothing does.
    var alarms: TextTable? {
        let alarms = report.alarms
        guard !alarms.isEmpty else { return nil }
        return TextTable(
            title: "Soundness alarms: an adversarial image inside a guaranteed radius. One of the two is wrong.",
            header: ["model", "classifier", "norm", "image", "guaranteed", "answer", "attack", "at distance", "answer", "allowed"],
            rows: alarms.map { alarm in
                [
                    report.name(of: alarm.subject), alarm.subject.label, alarm.subject.norm.symbol, "\(alarm.image)",
                    Figures.floored(alarm.guarantee.radius), Figures.answer(alarm.guarantee.answer),
                    alarm.attack.name ?? "none", Figures.plain(alarm.attack.distance), Figures.answer(alarm.attack.answer),
                    allowed(alarm),
                ]
            })
    }

    /// How many false certificates the confidence level allows.
    private func allowed(_ alarm: SoundnessAlarm) -> String {
        guard let alpha = alarm.guarantee.standing.alpha else { return "none: it was proven" }
        let count = report.models.flatMap(\.classifiers).filter { $0.subject == alarm.subject }
            .flatMap(\.brackets).count { $0.probableRadius != nil }
        return "\(Figures.plain(alpha * Double(count))) of \(count), on average"
    }

    /// What each run states: without it, no figure below means anything.
    var statements: TextTable { Premises.table(report.statements.map { ($0.name, $0.statement) }) }

    /// One row per classifier and norm.
    var summary: TextTable {
        TextTable(
            title: "Each row is about one classifier in one norm; rows of different classifiers cannot be mixed.",
            header: [
                "model", "defense", "classifier", "norm", "images", "accuracy", "mean radius (ACR)", "median attack", "mean gap",
                "NAUC",
            ],
            rows: report.models.flatMap { model in
                model.classifiers.map { classifier in
                    let (right, all) = classifier.naturalAccuracy
                    return [
                        model.name, model.record.metadata["defense"] ?? "–", classifier.subject.label,
                        classifier.subject.norm.symbol, "\(classifier.brackets.count)", Figures.fraction(right, of: all),
                        meanRadius(classifier), median(classifier),
                        Figures.plain(classifier.meanGap), Figures.fraction(classifier.normalisedArea),
                    ]
                }
            })
    }

    private func meanRadius(_ classifier: ClassifierReport) -> String {
        let mean = classifier.averageCertifiedRadius
        return (classifier.hasColumns && mean != nil ? "≥ " : "") + Figures.floored(mean)
    }

    private func median(_ classifier: ClassifierReport) -> String {
        classifier.medianAttack.map { Figures.plain($0) } ?? (classifier.attacks.isEmpty ? "–" : "not found")
    }

    /// For each kind of classifier and norm that several models have: accuracies at common radii, and the loss's regularity.
    var groups: [TextTable] {
        Group.all(in: report).flatMap { group in
            (group.isSmoothed ? [group.smoothed] : group.statements) + group.regularity
        }
    }
}

/// The classifiers of one kind in one norm, side by side.
private struct Group {
    let isSmoothed: Bool
    let members: [(model: String, classifier: ClassifierReport)]

    /// Groups of at least two, in the order in which they first occur.
    static func all(in report: RobustnessReport) -> [Group] {
        let all = report.models.flatMap { model in model.classifiers.map { (model: model.name, classifier: $0) } }
        func key(_ classifier: ClassifierReport) -> String {
            (classifier.subject.classifier == .base ? "base" : "smoothed") + classifier.subject.norm.symbol
        }
        var seen: Set<String> = []
        return all.map { key($0.classifier) }.filter { seen.insert($0).inserted }.compactMap { name in
            let members = all.filter { key($0.classifier) == name }
            return members.count < 2 ? nil : Group(
                isSmoothed: members[0].classifier.subject.classifier != .base, members: members)
        }
    }

    private var norm: String { members[0].classifier.subject.norm.symbol }

    /// The attacked radii, at most eight; if nothing was attacked, those of the classifier that reaches farthest.
    private var radii: [Double] {
        let attacked = Set(members.flatMap(\.classifier.attackedRadii)).sorted()
        if attacked.isEmpty {
            return members.map { ClassifierTables(classifier: $0.classifier).radii }.max { $0[$0.count - 1] < $1[$1.count - 1] } ?? []
        }
        let stride = (attacked.count + 7) / 8
        return [0] + attacked.enumerated().filter { ($0.offset + 1) % stride == 0 }.map(\.element)
    }

    private var columns: [String] { radii.map { "r = \(Figures.short($0))" } }

    /// A table for each kind of statement about the base classifier: proven, each estimate, under attack (tables 1 and
    /// B.6 of Finlay and Oberman 2020).
    var statements: [TextTable] {
        var seen: Set<String> = []
        let names = members.flatMap(\.classifier.curves).map(\.name).filter { seen.insert($0).inserted }
        return names.map { name in
            TextTable(
                title: "Base classifiers, \(norm): accuracy at radius r, \(name)", header: ["model", "images"] + columns,
                rows: members.flatMap { member in
                    member.classifier.curves.filter { $0.name == name }.map {
                        [member.model, "\($0.radii.count)"] + radii.map($0.figure)
                    }
                })
        }
    }

    /// What is certified, and the accuracy that attacks leave as they average over more and more copies (Salman et al. 2019,
    /// figure 3).
    var smoothed: TextTable {
        TextTable(
            title: "Smoothed classifiers, \(norm): accuracy at radius r. m_test: the noisy copies the attack averages over. "
                + "PREDICT judges, and is counted as wrong where it abstains, also at r = 0.",
            header: ["model", "noise", "accuracy", "m_test", "images"] + columns,
            rows: members.flatMap { member in
                let name = [member.model, member.classifier.subject.classifier.noise?.description ?? "–"]
                let certified = member.classifier.curves.filter { $0.kind == .guarantee }.map { curve in
                    name + ["certified", "–", "\(curve.radii.count)"] + radii.map(curve.figure)
                }
                return certified + member.classifier.attacks.map { run in
                    let settings = run.record.settings
                    return name + ["under \(settings.attacks.joined(separator: ", "))", "\(settings.copies ?? 0)", "\(run.images.count)"]
                        + radii.map(run.figure)
                }
            })
    }

    /// How steep and how curved the loss is, beside the estimates and attacks (tables 2 and B.3 of Finlay and
    /// Oberman 2020).
    var regularity: [TextTable] {
        func table(
            _ scores: String, _ of: @escaping (Regularity) -> Regularity.Loss?, _ omega: ModulusKind,
            _ lipschitz: Bracket.Estimate, _ modulus: Bracket.Estimate
        ) -> TextTable? {
            func losses(_ classifier: ClassifierReport) -> [Regularity.Loss] {
                classifier.regularities.filter { $0.omega == omega }.compactMap(of)
            }
            let known = members.filter { !losses($0.classifier).isEmpty }
            guard known.count > 1 else { return nil }
            // A loss whose estimates failed has no ω, and does not restrict the others.
            let shared = known.flatMap { losses($0.classifier) }.map { Set($0.modulus.map(\.epsilon)) }.filter { !$0.isEmpty }
            let first = shared.first ?? []
            let grid = shared.dropFirst().reduce(first) { $0.intersection($1) }.sorted()
            // A quarter and a half of the grid: 0.5 and 1 of the usual one in ℓ2.
            let shown = Set([0.25, 0.5].compactMap { part in
                grid.min { abs($0 - part * (grid.last ?? 0)) < abs($1 - part * (grid.last ?? 0)) }
            }).sorted()
            return TextTable(
                title: "Base classifiers, \(norm): gradient and \(omega.symbol) of the loss on \(scores); mean L-bound, "
                    + "\(omega.symbol)-bound and distance of attacks. L, \(omega.symbol) and the bounds are estimates; "
                    + "steeper: images whose gradient is beyond L; beaten: by an attack.",
                header: ["model", "mean ‖∇ℓ‖", "max ‖∇ℓ‖", "L", "steeper"] + shown.map { "\(omega.symbol)(\(Figures.short($0)))" }
                    + ["L-bound", "beaten", "\(omega.symbol)-bound", "beaten", "attack"],
                rows: known.flatMap { member in
                    losses(member.classifier).map { loss in
                        func estimate(_ name: Bracket.Estimate) -> [String] {
                            let (count, all) = member.classifier.beaten(name)
                            return [Figures.plain(member.classifier.mean(of: name)), all > 0 ? "\(count) of \(all)" : "–"]
                        }
                        let gradient = [loss.meanGradient, loss.largestGradient, loss.lipschitz].map { Figures.plain($0) }
                        return [member.model] + gradient + [loss.steeperImages.map { "\($0)" } ?? "–"]
                            + shown.map { radius in Figures.plain(loss.modulus.first { $0.epsilon == radius }?.value) }
                            + estimate(lipschitz) + estimate(modulus) + [meanAttack(member.classifier)]
                    }
                })
        }
        return [
            table("logits", \.logits, .sharp, .lipschitzOnLogits, .sharpOnLogits),
            table("probabilities", \.probabilities, .sharp, .lipschitzOnProbabilities, .sharpOnProbabilities),
            table("logits", \.logits, .paper, .lipschitzOnLogits, .modulusOnLogits),
            table("probabilities", \.probabilities, .paper, .lipschitzOnProbabilities, .modulusOnProbabilities),
        ].compactMap(\.self)
    }

    /// Over the images on which one was found, with a mark if there are others.
    private func meanAttack(_ classifier: ClassifierReport) -> String {
        let attacked = classifier.brackets.filter(\.isAttacked)
        let found = attacked.compactMap(\.attack?.distance)
        return found.isEmpty ? "–" : (found.count < attacked.count ? "≥ " : "") + Figures.plain(found.mean)
    }
}
