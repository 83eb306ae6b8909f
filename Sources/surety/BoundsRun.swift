import ArgumentParser
import Bounds
import Certification
import Datasets
import Foundation
import Records
import Reports
import Statistics
import Synchronization
import Tensors

/// Bounds of a model on a data set, with what they rest on, kept in a directory.
struct BoundsRun {
    let model: LoadedModel
    let images: LabelledImages
    let selection: ImageSelection
    let norm: Norm
    /// nil for none.
    let estimates: BoundsRecord.Sample?
    let method: ProvenBound.Method?
    let epsilon: Double?
    let threads: Int
    let output: String

    /// Goes on with the run until it is finished, and prints its summary.
    ///
    /// - Throws: Whatever stops it, an exit code for a signal; what is complete by then is kept.
    func start() throws {
        let settings = BoundsRecord.Settings(
            norm: norm, estimates: estimates, proven: method.map { .init(method: $0, epsilon: epsilon) })
        let record = BoundsRecord(model: model.record, data: images, selection: selection, settings: settings)
        let directory = try BoundsDirectory(at: URL(fileURLWithPath: output), for: record)
        let total = directory.bounds.count + directory.remaining.count
        if !directory.bounds.isEmpty { Terminal.note("going on after \(directory.bounds.count) of \(total) images") }
        let interruption = Interruption(finishing: "the images in hand")
        let provenBound = provenBound()
        let estimated = try estimate(interruption)
        for it in estimated.all {
            for failure in it.failures { Terminal.note("\(it.scores.rawValue): estimate failed: \(failure)") }
        }
        try directory.save(estimated)
        if estimates != nil { draw(estimated) }
        try treat(directory, estimated, provenBound, interruption)
        print(BoundsSummary(directory.bounds, estimated, norm: norm, epsilon: epsilon).text)
        if let signal = interruption.signal, directory.bounds.count < total {
            Terminal.note("""
                \(output) has \(directory.bounds.count) of \(total) images; start again with the same settings to go on
                """)
            throw ExitCode(128 + signal)
        }
    }

    /// The bound by proof; nil, with a note, where the network has a layer for which there is none.
    private func provenBound() -> ProvenBound? {
        guard let method else { return nil }
        do {
            return try ProvenBound(of: model.network, norm: norm, method: method)
        } catch {
            Terminal.note("\(error); the estimates go on without it")
            return nil
        }
    }

    private func estimate(_ interruption: Interruption) throws -> EstimatedBounds {
        guard let estimates else { return try EstimatedBounds(withoutEstimatesOf: model.network, norm: norm) }
        let blocks = estimates.scores.count * estimates.sampling.blocks
        let bar = Mutex((bar: ProgressBar(total: blocks, unit: "blocks"), done: 0))
        defer { bar.withLock { $0.bar.finish() } }
        return try EstimatedBounds(
            of: model.network, norm: norm, scores: estimates.scores, sampling: estimates.sampling, from: estimates.images,
            threads: threads
        ) {
            bar.withLock { bar in
                bar.done += 1
                bar.bar.show(bar.done, remark: "sampling L and ω")
            }
            // Nothing of it is kept: the run begins anew.
            if let signal = interruption.signal { throw ExitCode(128 + signal) }
        }
    }

    private func treat(
        _ directory: BoundsDirectory, _ estimated: EstimatedBounds, _ provenBound: ProvenBound?, _ interruption: Interruption
    ) throws {
        let remaining = directory.remaining
        let bar = ProgressBar(total: remaining.count, unit: "images")
        defer { bar.finish() }
        // What is stopped loses a portion at most: not much of a short run, and of a long one not much time.
        let portion = min(max(remaining.count / 16, 4 * threads), 64 * threads)
        for start in stride(from: 0, to: remaining.count, by: portion) where interruption.signal == nil {
            let indices = Array(remaining[start..<min(remaining.count, start + portion)])
            var bounds = try estimated.bounds(of: images, at: indices, threads: threads)
            if let provenBound {
                for (place, proven) in try proven(provenBound, bounds).enumerated() { bounds[place].proven = proven }
            }
            try directory.append(bounds)
            bar.show(start + indices.count, remark: provenBound == nil ? "estimating" : "proving")
        }
    }

    /// The least margin of every image within the one radius asked for, or the proven radii: 0 for images that are
    /// misclassified, for which none is sought.
    private func proven(_ bound: ProvenBound, _ bounds: [ImageBounds]) throws -> [ImageBounds.Proven] {
        let isRight = bounds.map { $0.answer == $0.label }
        if let epsilon {
            let margins = try bound.margins(of: images, at: bounds.map(\.image), epsilon: epsilon, threads: threads)
            return zip(margins, isRight).map { margin, isRight in
                .init(
                    method: bound.method, radius: isRight && margin > 0 ? epsilon : 0,
                    margin: margin.isFinite ? margin : nil)
            }
        }
        let right = bounds.indices.filter { isRight[$0] }
        var radii = [Double](repeating: 0, count: bounds.count)
        let found = try bound.radii(of: images, at: right.map { bounds[$0].image }, threads: threads)
        for (place, radius) in zip(right, found) { radii[place] = radius }
        return radii.map { .init(method: bound.method, radius: $0) }
    }

    private func draw(_ estimated: EstimatedBounds) {
        do {
            try QuantilePlot(estimated).draw(to: URL(fileURLWithPath: output).appending(path: "fits.svg"))
        } catch {
            Terminal.note("no plot of the fits: \(error)")
        }
    }
}

/// What is printed of bounds in the end.
private struct BoundsSummary {
    let text: String

    init(_ bounds: [ImageBounds], _ estimated: EstimatedBounds, norm: Norm, epsilon: Double?) {
        let correct = bounds.filter { $0.answer == $0.label }
        var rows = [["images", "\(bounds.count)", "of which right: \(Self.share(correct.count, bounds.count))"]]
        if let symbol = estimated.all.first?.kind.symbol {
            rows.append(["", "L", "mean L-bound", "mean \(symbol)-bound", "standing"])
        }
        rows += estimated.all.map { Self.row($0, bounds) }
        let proven = bounds.compactMap(\.proven)
        if let method = proven.first?.method {
            let name = "\(method.rawValue), \(norm == .l2 ? "ℓ2" : "ℓ∞")"
            rows.append(
                epsilon.map { epsilon in
                    let count = proven.filter { $0.radius >= epsilon }.count
                    return [name, "robust within \(epsilon)", Self.share(count, bounds.count), "", "proven"]
                } ?? [name, "", "mean radius", Self.mean(proven.map(\.radius)), "proven"])
        }
        text = columns(rows)
    }

    private static func share(_ count: Int, _ total: Int) -> String {
        // In hundredths of a per cent, rounded down.
        let share = 10_000 * count / Swift.max(1, total)
        return "\(count) (\(String(format: "%.2f", Double(share) / 100)) %)"
    }

    private static func mean(_ radii: [Double]) -> String {
        (radii.reduce(0, +) / Double(Swift.max(1, radii.count))).decimalRoundedDown(digits: 5)
    }

    /// Estimates, each with where nine tenths of the bootstrap's lie.
    private static func row(_ it: LossBounds, _ bounds: [ImageBounds]) -> [String] {
        let losses = bounds.compactMap { it.scores == .logits ? $0.logits : $0.probabilities }
        func figure(_ value: Double?, _ spread: ClosedRange<Double>?, _ text: (Double) -> String) -> String {
            guard let value else { return "–" }
            return text(value) + (spread.map { " (\(text($0.lowerBound)) to \(text($0.upperBound)))" } ?? "")
        }
        func mean(_ radius: (LossConstants, ImageBounds.Estimates) -> Double) -> String {
            func mean(_ constants: LossConstants) -> Double {
                losses.reduce(0) { $0 + radius(constants, $1) } / Double(Swift.max(1, losses.count))
            }
            return figure(it.constants.map(mean), it.spread(of: mean)) { $0.decimalRoundedDown(digits: 5) }
        }
        return [
            it.scores.rawValue, figure(it.lipschitz.value, it.lipschitzSpread) { String(format: "%.5g", $0) },
            mean { $0.lipschitzBound(loss: $1.loss) }, mean { $0.modulusBound(loss: $1.loss, gradientNorm: $1.gradientNorm) },
            it.failures.isEmpty ? "estimate" : "estimate, failed",
        ]
    }
}
