import Foundation
import Surety

/// The results of an attack, for the terminal.
struct AttackSummary {
    private let run: AttackRun

    init(_ run: AttackRun) { self.run = run }

    func show() {
        let settings = run.record.settings
        let clean = run.images.count { !$0.isMisclassified }
        print("attacked   \(settings.attacks.joined(separator: ", ")) on the \(settings.classifier.rawValue) classifier")
        print("images     \(run.images.count), of which \(clean) are classified correctly")
        for radius in settings.epsilon {
            let robust = String(format: "%.4f", run.robustAccuracy(at: radius))
            print("accuracy   \(robust) within \(settings.norm) \(radius)")
        }
        for radius in settings.epsilon {
            guard let loss = run.meanCrossEntropy(at: radius) else { continue }
            let mean = String(format: "%.4f", loss.mean)
            let beyond = loss.beyond == 0 ? "" : ", of which \(loss.beyond) lie a little beyond"
            print("loss       \(mean) within \(settings.norm) \(radius), the mean cross entropy of \(loss.count) images\(beyond)")
        }
        if let area = run.normalisedArea { print("NAUC       \(String(format: "%.4f", area))") }
        let median = run.medianDistance.map { String(format: "%.6f", $0) } ?? "beyond what was found"
        print("median     \(median), the distance in \(settings.norm) over all images")
        if run.zeroGradientCount > 0 {
            print("""
                gradient   zero on \(run.zeroGradientCount) of \(run.images.count) images: attacks that follow it say little there, and \
                --attack square, or boundary in l2, needs none
                """)
        }
        print("queries    \(run.images.reduce(0) { $0 + $1.queries } / max(1, run.images.count)) per image")
    }
}
