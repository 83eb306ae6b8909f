import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords

/// Computes bounds again and demands the same results: it repeats the proofs, and makes the estimates from their seeds.
///
///     let again = try BoundsVerification(of: directory, network, images, sample: trainingImages, threads: 2)
///     let findings = try again.findings(on: again.chosen(20))
///
/// On the processor of the run, with its version and libraries, every number must be the same. Elsewhere sums may be rounded
/// differently, and numbers may differ by one part in a thousand; `isExact` says which of the two was demanded.
public struct BoundsVerification: Sendable {
    /// Whether the run is verified on the same setup that made it.
    public let isExact: Bool
    private let run: BoundsRun
    private let images: LabelledImages
    private let computation: BoundsComputation
    private let fits: FitReport

    /// Makes the estimates again.
    ///
    /// - Parameters:
    ///   - network: The run's model, with its normalisation; `Verification` checks that it is the right one.
    ///   - sample: The images that the estimates were made from; without them, estimates are not made again.
    ///   - environment: Where the verification takes place.
    /// - Throws: `RunError` when the run cannot be read, or is of an older version; `NetworkError` or `GraphError`.
    public init(
        of directory: URL, _ network: Network, _ images: LabelledImages, sample: LabelledImages?, environment: RunEnvironment,
        threads: Int, progress: @escaping @Sendable () throws -> Void = {}
    ) throws {
        run = try BoundsRun(of: directory)
        fits = try FitReport(of: directory)
        self.images = images
        let settings = run.record.settings
        let there = run.record.environment
        isExact = run.record.version == RecordFormat.version
            && there.map { ($0.processor, $0.libraries) == (environment.processor, environment.libraries) } ?? false
        computation = try BoundsComputation(
            settings, of: network, sample: try sample.flatMap { try settings.sample(of: $0) }, threads: threads, progress: progress)
    }

    /// Positions of `count` lines, chosen at random so that nobody can know them beforehand; all lines for `nil`.
    public func chosen(_ count: Int?) -> [Int] {
        let all = Array(run.lines.indices)
        return count.map { all.shuffled().prefix($0).sorted() } ?? all
    }

    /// A finding for everything that comes out differently.
    public func findings(on positions: [Int], report: (Int) -> Void = { _ in }) throws -> [Finding] {
        var findings: [Finding] = []
        let hasEstimates = !computation.estimated.all.isEmpty
        if hasEstimates {
            let again = FitReport(computation.estimated)
            for (name, there, here) in [("logits", fits.logits, again.logits), ("probabilities", fits.probabilities, again.probabilities)]
            where there.count != here.count || !zip(there, here).allSatisfy({ agree($0.value, $1.value) }) {
                findings.append(Finding(file: FitReport.file, message: "the estimates on \(name) are not what the seed gives"))
            }
        }
        let portion = 64
        for start in stride(from: 0, to: positions.count, by: portion) {
            let part = positions[start..<min(positions.count, start + portion)]
            let again = try computation.bounds(of: images, at: part.map { run.lines[$0].image })
            for (place, here) in zip(part, again) {
                let there = run.lines[place]
                for difference in differences(there, here, hasEstimates) {
                    findings.append(Finding(file: BoundsSettings.linesFile, line: place + 1, image: there.image, message: difference))
                }
            }
            report(start + part.count)
        }
        return findings
    }

    private func differences(_ there: ImageBounds, _ here: ImageBounds, _ comparesEstimates: Bool) -> [String] {
        var differences: [String] = []
        func compare(_ name: String, _ stated: Double?, _ again: Double?) {
            guard !agree(stated, again) else { return }
            func text(_ number: Double?) -> String { number.map { "\($0)" } ?? "none" }
            differences.append("\(name) is \(text(stated)), but recomputing gives \(text(again))")
        }
        if there.answer != here.answer {
            differences.append("the class is \(there.answer), but recomputing gives \(here.answer)")
        }
        compare("the proven radius", there.proven?.radius, here.proven?.radius)
        compare("the proven margin", there.proven?.margin, here.proven?.margin)
        guard comparesEstimates else { return differences }
        for (scores, stated, again) in [("logits", there.logits, here.logits), ("probabilities", there.probabilities, here.probabilities)] {
            compare("the loss on \(scores)", stated?.loss, again?.loss)
            compare("the gradient of the loss on \(scores)", stated?.gradientNorm, again?.gradientNorm)
            compare("the L-bound on \(scores)", stated?.lipschitz, again?.lipschitz)
            compare("the ω-bound on \(scores)", stated?.modulus, again?.modulus)
        }
        return differences
    }

    private func agree(_ stated: Double?, _ again: Double?) -> Bool {
        guard let stated, let again else { return stated == nil && again == nil }
        return stated == again || !isExact && abs(stated - again) <= 1e-3 * max(abs(stated), abs(again))
    }
}
