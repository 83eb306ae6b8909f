import Foundation
import SuretyRecords

extension SharedRun {
    /// What all workers found.
    public struct Gathered: Sendable {
        /// One line for each decided image, by image: if there are several, the first by the workers' names.
        public var lines: [Int: Settings.Line] = [:]
        /// The worker that wrote each line, and how many lines it had written before.
        public var origins: [Int: (worker: String, place: Int)] = [:]
        /// Those who took part.
        public var workers: [Worker] = []
        /// Where two workers did the same work with different results: the image, and both workers.
        public var differences: [Difference] = []
        /// How often something was done twice, and compared.
        public var duplicates = 0
    }

    /// Two workers' results on one image that cannot both be right.
    public struct Difference: Sendable, CustomStringConvertible {
        /// Which image.
        public let image: Int
        /// The workers.
        public let first, second: Worker

        /// The image and both workers, for people.
        public var description: String {
            "image \(image): \(first.name) (\(first.environment.processor)) and \(second.name) (\(second.environment.processor)) differ"
        }

        /// Whether the same program on the same kind of processor gave both.
        var isOfOneKind: Bool {
            first.version == second.version && first.environment.processor == second.environment.processor
                && first.environment.libraries == second.environment.libraries
        }
    }

    /// Reads all journals, and compares what was done twice.
    public func gathered() throws -> Gathered {
        var reader = reader(), result = Gathered()
        var workers: [String: Worker] = [:], written: [String: Int] = [:]
        var lines: [Int: [(String, Settings.Line)]] = [:], votes: [RangeOf: [(String, RangeVotes)]] = [:]
        for (name, line) in try reader.readAll() {
            switch line {
            case .worker(let worker): workers[name] = worker
            case .line(let line):
                if !line.isOpen, result.lines[line.image] == nil {
                    result.lines[line.image] = line
                    result.origins[line.image] = (name, written[name, default: 0])
                }
                written[name, default: 0] += 1
                lines[line.image, default: []].append((name, line))
            case .votes(let range): votes[RangeOf(image: range.image, samples: range.samples), default: []].append((name, range))
            case .piece, .left: break
            }
        }
        result.workers = workers.values.sorted { $0.name < $1.name }
        func compare<Value>(
            _ image: Int, _ found: [(String, Value)], isOpen: (Value) -> Bool = { _ in false }, _ agree: (Value, Value) -> Bool
        ) {
            result.duplicates += max(0, found.count { !isOpen($0.1) } - 1)
            // All pairs are compared: two of one kind must agree, whatever a third of another kind found.
            for (place, one) in found.enumerated() {
                for other in found[(place + 1)...] where !agree(one.1, other.1) {
                    guard let first = workers[one.0], let second = workers[other.0] else { continue }
                    result.differences.append(Difference(image: image, first: first, second: second))
                }
            }
        }
        for (image, found) in lines.sorted(by: { $0.key < $1.key }) { compare(image, found, isOpen: \.isOpen) { $0.agrees(with: $1) } }
        for (range, found) in votes.sorted(by: { $0.key.image < $1.key.image }) {
            compare(range.image, found) { $0.counts == $1.counts && $0.selection == $1.selection }
        }
        return result
    }

    /// A range of an image's samples.
    private struct RangeOf: Hashable {
        let image: Int, samples: Range<Int>
    }

    /// Makes a run from what all workers found; line by line, it is the run of a single process.
    ///
    /// - Parameter files: Makes what is kept beside the lines, in the order of the images.
    /// - Returns: For a network that computes in floating point: what was done twice with different results on different
    ///   kinds of processors.
    /// - Throws: `RunError.notMergeable` if images are not decided, or if workers differ that cannot differ, because they
    ///   compute in integers or are of the same kind.
    public func merge(
        into output: URL, files: (Gathered, [Settings.Line]) throws -> [String: Data] = { _, _ in [:] }
    ) throws -> Gathered {
        let gathered = try gathered()
        let images = record.selection.indices(of: record.data.count)
        let missing = images.filter { gathered.lines[$0] == nil }
        guard missing.isEmpty else {
            throw RunError(.notMergeable, """
                \(missing.count) of \(images.count) images are not decided yet, image \(missing[0]) the first: start workers with \
                --share \(url.path) to go on
                """)
        }
        if let difference = gathered.differences.first(where: { agreement.isExact || $0.isOfOneKind }) {
            throw RunError(.notMergeable, """
                \(difference), and \(agreement.isExact ? "integer networks are the same on every machine" : "both are the same kind of machine"): \
                one of them is faulty, or its journal was altered. Find out which with `surety verify --replay`, remove its journal from \
                \(url.appending(path: "workers").path), and start a worker to do its part again
                """)
        }
        let lines = images.compactMap { gathered.lines[$0] }
        var whole = record
        whole.joinProvenance(of: gathered.workers.map { worker in
            var record = record
            (record.version, record.environment) = (worker.version, worker.environment)
            return record
        })
        let contents = try files(gathered, lines)
        for (name, data) in contents { whole.files.add(name, data) }
        whole.update(for: lines)
        try RunContents<Settings>.write(whole, lines, contents, to: output)
        return gathered
    }
}
