import Foundation
import SuretyDatasets
import SuretyRecords
import SuretySmoothing
import Synchronization

/// The images of a run of certify or predict, done in order or, within a budget of time, spread over the set.
///
/// Certificates reach the run's directory in the order of the images. Those that are finished out of order are set aside on
/// disk, together with what is known about images in progress, so that neither a signal nor a crash loses more than a minute
/// of looks.
final class SmoothingWork: Sendable {
    private let directory: RunDirectory<SmoothingSettings>
    private let classifier: SmoothedClassifier
    private let images: LabelledImages
    private let execution: Execution
    private let known: [Int: Certificate]
    private let state: Mutex<State>

    private struct State {
        /// Images for which the directory has no certificate yet, in order.
        var missing: ArraySlice<Int>
        /// Certificates that were finished before their turn.
        var waiting: [Int: Certificate] = [:]
        /// What was known about images in progress when last asked.
        var unfinished: [Int: Certificate] = [:]
        var samples = 0
    }

    /// - Parameter earlier: Certificates of a run that this one continues.
    init(
        _ directory: RunDirectory<SmoothingSettings>, _ classifier: SmoothedClassifier, _ images: LabelledImages,
        earlier: [Certificate], _ execution: Execution
    ) {
        (self.directory, self.classifier, self.images, self.execution) = (directory, classifier, images, execution)
        // What was set aside is further along than the run that this one continues.
        known = Dictionary((earlier + directory.setAside).map { ($0.image, $0) }) { $1 }
        state = Mutex(State(missing: directory.remaining[...]))
    }

    /// Does all images, or as many as the budget of seconds allows.
    func run(_ counter: ProgressCounter, budget: Double?) throws {
        let deadline = budget.map { ContinuousClock.now + .seconds($0) }
        let (monitor, procedure) = (execution.monitor, directory.record.settings.procedure)
        let isOver = { @Sendable in deadline.map { ContinuousClock.now >= $0 } ?? false }
        let order = budget == nil ? directory.remaining : directory.remaining.spread
        try classifier.run(
            procedure, on: order, of: images, known: known, threads: execution.threads,
            shouldStop: { isOver() || monitor.shouldStop() },
            counted: { samples in
                self.state.withLock { $0.samples += samples }
                self.show(counter, 0)
            },
            keep: { certificates in
                self.state.withLock { $0.unfinished = Dictionary(certificates.map { ($0.image, $0) }) { $1 } }
                try self.setAside()
            }
        ) { certificate in
            try self.deliver([certificate])
            self.show(counter, 1)
        }
        // What was known before, but not reached this time, is still known.
        if isOver(), !monitor.shouldStop() { try leaveOpen() } else { try setAside() }
    }

    private func show(_ counter: ProgressCounter, _ done: Int) {
        let samples = state.withLock(\.samples)
        counter.advance(by: done) { _, seconds in
            "\(samples.formatted()) samples, \(Int(clamping: Double(samples) / max(seconds, 1e-3)).formatted()) a second"
        }
    }

    /// Takes certificates in any order, and writes those whose turn it is.
    private func deliver(_ certificates: [Certificate]) throws {
        let due = state.withLock { state in
            for certificate in certificates { state.waiting[certificate.image] = certificate }
            var due: [Certificate] = []
            while let next = state.missing.first, let certificate = state.waiting.removeValue(forKey: next) {
                due.append(certificate)
                state.missing.removeFirst()
            }
            return due
        }
        if !due.isEmpty { try directory.append(due) }
    }

    /// What is known about images that are still missing.
    private var atHand: [Int: Certificate] {
        state.withLock { state in
            let missing = Set(state.missing)
            return known.merging(state.unfinished) { $1 }.merging(state.waiting) { $1 }.filter { missing.contains($0.key) }
        }
    }

    private func setAside() throws {
        let certificates = atHand.values.sorted { $0.image < $1.image }
        if !certificates.isEmpty { try directory.setAside(certificates) }
    }

    /// Gives every missing image a certificate: what is known about it, or an open one.
    private func leaveOpen() throws {
        let atHand = atHand, settings = directory.record.settings
        let missing = state.withLock(\.missing)
        try deliver(missing.compactMap { image in
            try atHand[image].flatMap { try settings.procedure.restated($0, of: images) } ?? settings.procedure.openCertificate(of: image, in: images, classCount: classifier.classCount)
        })
    }
}

extension [Int] {
    /// The same numbers, ordered so that any first part of them is spread over the whole: by the reversed bits of their places.
    var spread: [Int] {
        let bits = count > 1 ? Int.bitWidth - (count - 1).leadingZeroBitCount : 0
        return (0..<1 << bits).lazy
            .map { place in (0..<bits).reduce(0) { $0 | (place >> $1 & 1) << (bits - 1 - $1) } }
            .filter { $0 < self.count }
            .map { self[$0] }
    }
}
