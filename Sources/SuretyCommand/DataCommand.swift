import ArgumentParser
import Foundation
import Surety

/// `surety data`: data sets on this machine.
struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Download public data sets, or write one as an .npz file.",
        subcommands: [Fetch.self, Export.self])

    /// `surety data fetch`.
    struct Fetch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Download a data set from its public mirrors and check it.",
            discussion: """
                A download that broke off is resumed; files already there are checked, not fetched again.

                Example:
                  surety data fetch mnist
                """)

        @Argument(help: "The data set: \(DatasetFetch.names.joined(separator: " or ")).")
        var name: String

        @Option(help: "The folder of data sets (default: $SURETY_DATA, else ~/.cache/surety).")
        var dataRoot: String?

        func run() async throws {
            let folder = try await DatasetFetch(name).run(under: DatasetRoot(dataRoot)) { event in
                switch event {
                case .alreadyThere(let file): Terminal.note("\(file): already there")
                case .received: break
                case .finished(let file): Terminal.note("\(file): done")
                }
            }
            print(folder.path)
        }
    }

    /// `surety data export`.
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a data set as an .npz file with the arrays images and labels.",
            discussion: "Example:\n  surety data export synthetic --split train --output digits.npz")

        @Argument(help: "The data set: mnist, cifar10, cifar100, synthetic, an .npz file or a folder of pictures.")
        var name: String

        @Option(help: "The folder of data sets (default: $SURETY_DATA, else ~/.cache/surety).")
        var dataRoot: String?

        @Option(help: "Which part of the set: test or train.")
        var split: Split = .test

        @OptionGroup var pictures: PictureOptions

        @Option(help: "The file to write.")
        var output: String

        func run() throws {
            let images = try DatasetSource(name, preparation: pictures.preparation ?? .none).load(split, under: DatasetRoot(dataRoot))
            try images.write(archive: URL(fileURLWithPath: output))
        }
    }
}
