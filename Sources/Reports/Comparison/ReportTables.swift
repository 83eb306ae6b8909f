import Foundation

/// A report in tables of finished text, which all its forms share. What is guaranteed is rounded down.
struct ReportTables {
    let report: RobustnessReport

    /// Alarms first, then models side by side, then each classifier.
    var alarms: TextTable? {
        let alarms = report.alarms
        guard !alarms.isEmpty else { return nil }
        return TextTable(
            title: "Soundness alarms: an adversarial image inside a guaranteed radius. One of the two is wrong.",
            header: ["model", "classifier", "norm", "image", "guaranteed", "answer", "attack", "at distance", "answer", "allowed"],
            rows: alarms.map { alarm in
                [
                    report.name(of: alarm.subject), "\(alarm.subject.classifier)", alarm.subject.norm.symbol, "\(alarm.image)",
                    Self.floored(alarm.guarantee.radius), Self.answer(alarm.guarantee.answer), alarm.attack.name ?? "none",
                    Self.plain(alarm.attack.distance), Self.answer(alarm.attack.answer), allowed(alarm),
                ]
            })
    }

    /// How many false certificates the confidence admits.
    private func allowed(_ alarm: SoundnessAlarm) -> String {
        guard case .highProbability(let alpha) = alarm.guarantee.standing else { return "none: it was proven" }
        let count = report.models.flatMap(\.classifiers).filter { $0.subject == alarm.subject }
            .flatMap(\.brackets).count { $0.probableRadius != nil }
        return "\(Self.plain(alpha * Double(count))) of \(count), on average"
    }

    /// One row per classifier and norm.
    var comparison: TextTable {
        TextTable(
            title: "All models. Each row speaks of one classifier in one norm; rows of different classifiers cannot be mixed.",
            header: [
                "model", "defense", "classifier", "norm", "images", "accuracy", "mean radius", "guaranteed at r", "under attack at r", "r",
                "median attack", "mean gap", "NAUC",
            ],
            rows: report.models.flatMap { model in
                model.classifiers.map { classifier in
                    let radius = Self.standardRadius(classifier)
                    func accuracy(_ kind: ClassifierReport.Curve.Kind) -> String {
                        guard let radius else { return "–" }
                        let best = classifier.curves.filter { $0.kind == kind }
                            .max { $0.accuracy(at: radius) < $1.accuracy(at: radius) }
                        return best.map { Self.fraction($0.count(at: radius), of: $0.radii.count) } ?? "–"
                    }
                    return [
                        model.name, model.record.metadata["defense"] ?? "–", "\(classifier.subject.classifier)",
                        classifier.subject.norm.symbol, "\(classifier.brackets.count)",
                        Self.fraction(classifier.naturalAccuracy.count, of: classifier.naturalAccuracy.of), Self.floored(classifier.averageCertifiedRadius),
                        accuracy(.guarantee), accuracy(.attack), radius.map(Self.short) ?? "–", median(classifier),
                        Self.plain(classifier.meanGap), Self.fraction(classifier.normalisedArea),
                    ]
                }
            })
    }

    private func median(_ classifier: ClassifierReport) -> String {
        guard let attacked = classifier.curves.first(where: { $0.kind == .attack }) else { return "–" }
        let middle = attacked.radii.sorted()[attacked.radii.count / 2]
        return middle.isFinite ? Self.plain(middle) : "not found"
    }

    /// The curves at even radii.
    func curves(of classifier: ClassifierReport) -> TextTable {
        let radii = Self.radii(for: classifier)
        return TextTable(
            title: "Accuracy of the classifier (\(classifier.subject.classifier)) at \(classifier.subject.norm.symbol) radius r",
            header: ["", "images"] + radii.map { "r = \(Self.short($0))" },
            rows: classifier.curves.map { curve in
                [curve.name, "\(curve.radii.count)"] + radii.map { radius in
                    radius > curve.limit ?? .infinity ? "–" : Self.fraction(curve.count(at: radius), of: curve.radii.count)
                }
            })
    }

    /// Accuracy under the attacks of each run; on a smoothed classifier with m_test, as a weak attack overstates robustness.
    func attacks(of classifier: ClassifierReport) -> TextTable? {
        guard !classifier.attacks.isEmpty else { return nil }
        let radii = Array(Set(classifier.attacks.flatMap(\.record.settings.epsilon))).sorted()
        let shown = radii.isEmpty ? Self.radii(for: classifier) : radii
        let isSmoothed = classifier.subject.classifier != .base
        return TextTable(
            title: isSmoothed
                ? "Accuracy under each attack. m_test: the noisy copies the attack averages over; PREDICT judges."
                : "Accuracy under each attack",
            header: ["attack", isSmoothed ? "m_test" : "from", "images"] + shown.map { "r = \(Self.short($0))" },
            rows: classifier.attacks.map { run in
                let settings = run.record.settings
                let second = isSmoothed ? "\(settings.copies ?? 0)" : settings.source?.file ?? "itself"
                return [settings.attacks.joined(separator: ", "), second, "\(run.images.count)"]
                    + shown.map { Self.fraction(run.robustCount(at: $0), of: run.images.count) }
            })
    }

    /// How often attacks show an estimate to be too large.
    func estimates(of classifier: ClassifierReport) -> TextTable? {
        let rows = Bracket.Estimate.allCases.compactMap { estimate -> [String]? in
            let (count, all) = classifier.beaten(estimate)
            let values = classifier.brackets.compactMap { $0.estimates[estimate] }
            guard !values.isEmpty else { return nil }
            return [
                estimate.rawValue, "\(values.count)", Self.plain(values.reduce(0, +) / Double(values.count)),
                "\(count) of \(all)", Self.fraction(count, of: all),
            ]
        }
        return rows.isEmpty ? nil : TextTable(
            title: "Estimates, and how often an attack shows one to be too large",
            header: ["estimate", "images", "mean radius", "beaten", "share"], rows: rows)
    }

    /// Each image's bracket.
    func brackets(of classifier: ClassifierReport) -> TextTable {
        let estimates = Bracket.Estimate.allCases.filter { estimate in
            classifier.brackets.contains { $0.estimates[estimate] != nil }
        }
        return TextTable(
            title: "Each image: guaranteed radius ≤ true radius ≤ distance of the nearest adversarial image",
            header: ["image", "label", "certified", "proven"] + estimates.map(\.rawValue) + ["attack", "by"],
            rows: classifier.brackets.map { bracket in
                ["\(bracket.image)", "\(bracket.label)", Self.floored(bracket.probableRadius), Self.floored(bracket.provenRadius)]
                    + estimates.map { Self.plain(bracket.estimates[$0]) }
                    + [
                        bracket.isAttacked ? bracket.attack.map { Self.ceiled($0.distance) } ?? "not found" : "–",
                        bracket.attack.map { $0.name ?? "misclassified" } ?? "–",
                    ]
            })
    }

    /// The radius at which models are compared: the largest attacked, or half of the largest guaranteed.
    private static func standardRadius(_ classifier: ClassifierReport) -> Double? {
        if let largest = classifier.attacks.flatMap(\.record.settings.epsilon).max() { return largest }
        return radii(for: classifier).dropFirst().first
    }

    /// About eight even steps as far as anything reaches.
    static func radii(for classifier: ClassifierReport) -> [Double] {
        let largest = classifier.curves.flatMap(\.radii).filter(\.isFinite).max() ?? 0
        guard largest > 0 else { return [0] }
        let steps = [0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10]
        let step = steps.first { largest / $0 <= 9 } ?? largest / 8
        return (0...Int(largest / step)).map { Double($0) * step }
    }

    static func short(_ value: Double) -> String { String(format: "%g", value) }
    static func plain(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "–" }
    static func floored(_ value: Double?) -> String { value.map { $0.decimalRoundedDown(digits: 4) } ?? "–" }
    /// A distance at which an attack succeeded is rounded up: there it surely has.
    static func ceiled(_ value: Double) -> String { String(format: "%.4f", (value * 1e4).rounded(.up) / 1e4) }
    static func fraction(_ value: Double?) -> String { value.map { $0.decimalRoundedDown(digits: 3) } ?? "–" }
    /// In thousandths, rounded down as a ratio of whole numbers: 411 of 500 are 0.822, though the double nearest to that may
    /// lie below it.
    static func fraction(_ count: Int, of all: Int) -> String {
        all > 0 ? String(format: "%.3f", Double(count * 1000 / all) / 1000) : "–"
    }
    static func answer(_ value: Int?) -> String { value.map { "\($0)" } ?? "none" }
}
