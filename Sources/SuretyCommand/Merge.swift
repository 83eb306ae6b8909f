import ArgumentParser
import Foundation
import Surety

/// `surety merge`: joins the shards of a run.
struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Join what several machines did into one run.",
        discussion: """
            The result is the run that one machine would have made, line by line. It is made of a folder that workers shared (--share), \
            or of the shards of a run of certify or predict (--shard).

            Examples:
              surety merge shared --output run
              surety merge part0 part1 part2 part3 --output run
            """)

    @Argument(help: "The shared folder, or the directories of the shards in any order.", completion: .directory)
    var directories: [String]

    @Option(help: "The directory to write to.")
    var output: String

    func run() throws {
        let shared = directories.map { URL(fileURLWithPath: $0) }.filter(SharedRun<SmoothingSettings>.isShared)
        if let folder = shared.first {
            guard directories.count == 1 else { throw ValidationError("\(folder.path) is a shared folder: it is merged alone.") }
            return try merge(folder)
        }
        let progress = try mergeRuns(directories.map { URL(fileURLWithPath: $0) }, into: URL(fileURLWithPath: output))
        print("\(progress) images from \(directories.count) director\(directories.count == 1 ? "y" : "ies"): \(output) is complete")
    }

    private func merge(_ folder: URL) throws {
        let merged = try mergeShared(folder, into: URL(fileURLWithPath: output))
        let hosts = Set(merged.workers.map(\.host)).count
        let audit = merged.duplicates == 0 ? "" : ", \(merged.duplicates) results made twice and compared"
        print("\(merged.images) images from \(merged.workers.count) workers on \(hosts) host\(hosts == 1 ? "" : "s")\(audit): \(output) is complete")
        guard !merged.differences.isEmpty else { return }
        Terminal.warn(merged.differences.prefix(5).map { "\($0)" })
        Terminal.note("""
            \(merged.differences.count) results differ between kinds of processors, as votes of networks in floating point may where they are \
            almost equal; the first worker's stand. 'surety quantise' makes a network that is the same everywhere.
            """)
    }
}
