import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyRecords
import SuretySmoothing

/// How work is done. No result depends on it, but for the rounding of `convolution`, which records name.
public struct Execution: Sendable {
    /// Threads that share the work.
    public var threads: Int
    /// Images, or noisy copies, that a thread processes at a time; nil for as many as suit the cache.
    public var batchSize: Int?
    /// How convolutions in floating point are computed, unless a run continues with what it was started with. Proofs, and the
    /// judge of attacks on the network itself, always compute them directly.
    public var convolution: ConvolutionAlgorithm
    /// Who watches.
    public var monitor: Monitor

    /// All processors, the fastest convolutions, and nobody watching.
    public init(
        threads: Int = ProcessInfo.processInfo.activeProcessorCount, batchSize: Int? = nil,
        convolution: ConvolutionAlgorithm = .winograd, monitor: Monitor = Monitor()
    ) {
        (self.threads, self.batchSize, self.convolution, self.monitor) = (threads, batchSize, convolution, monitor)
    }

    /// The network, which convolves as it did for the results that a run already has or continues; otherwise as wanted.
    func convolving<Settings: RunSettings>(_ network: Network, as run: RunRecord<Settings>?) throws -> Network {
        let earlier = run?.environment
        return network.convolving(by: try earlier.map { try $0.convolutionAlgorithm } ?? convolution)
    }

    /// What a record says about where the work was done.
    func environment(batch: Int? = nil, convolution: ConvolutionAlgorithm = .direct) -> RunEnvironment {
        RunEnvironment(
            processor: Processor.name, threads: threads, batch: batch, libraries: SmoothedClassifier.libraries,
            convolution: convolution.recorded)
    }
}

/// How a run is watched, and stopped, from outside.
public struct Monitor: Sendable {
    /// How far a piece of work has come.
    public struct Progress: Sendable {
        /// How many are done, and how many there are.
        public let done, total: Int
        /// What is counted, as in "images".
        public let unit: String
        /// Something about it, such as a rate.
        public let remark: String
    }

    /// Told what a person should know, a sentence at a time.
    public var note: @Sendable (String) -> Void
    /// Told how far the work has come, by one thread at a time.
    public var progress: @Sendable (Progress) -> Void
    /// Asked now and then: once true, the work ends in good order, and what is complete is kept.
    public var shouldStop: @Sendable () -> Bool

    /// By default nobody is told anything, and nothing stops the run.
    public init(
        note: @escaping @Sendable (String) -> Void = { _ in }, progress: @escaping @Sendable (Progress) -> Void = { _ in },
        shouldStop: @escaping @Sendable () -> Bool = { false }
    ) {
        (self.note, self.progress, self.shouldStop) = (note, progress, shouldStop)
    }
}

extension Monitor {
    /// Draws a picture of results. Without it they still count, and a note says why there is none.
    func draw(_ picture: String, _ drawing: () throws -> Void) {
        do { try drawing() } catch { note("no \(picture): \(error)") }
    }
}

/// The machine's processor, for the provenance of results.
enum Processor {
    static var name: String {
        guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("model name") }),
            let colon = line.firstIndex(of: ":")
        else { return "unknown" }
        return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
}
