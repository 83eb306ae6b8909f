import ArgumentParser
import Foundation
import Surety

/// `surety merge`: joins the shards of a run.
struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Join the parts that several machines certified into one run.",
        discussion: """
            The result is the run that one machine would have made, line by line: of certify, predict or bounds.

            Example:
              surety merge part0 part1 part2 part3 --output run
            """)

    @Argument(help: "The directories of the shards, in any order.", completion: .directory)
    var directories: [String]

    @Option(help: "The directory to write to.")
    var output: String

    func run() throws {
        let progress = try mergeRuns(directories.map { URL(fileURLWithPath: $0) }, into: URL(fileURLWithPath: output))
        print("\(progress) images from \(directories.count) director\(directories.count == 1 ? "y" : "ies"): \(output) is complete")
    }
}
