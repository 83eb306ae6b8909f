import ArgumentParser
import Surety

/// The command `surety`. Each subcommand is a file; the mathematics is in the libraries.
@main
struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "surety",
        abstract: "Certifies how far the predictions of an image classifier can be trusted.",
        discussion: """
            A saved model (ONNX) and a test set give, per image, a certified radius and a certificate that anyone \
            can check; tables and plots are made of those.

              surety certify model.onnx --data mnist --sigma 0.25 --output run
              surety verify run
              surety table run
            """,
        version: RecordFormat.version,
        groupedSubcommands: [
            CommandGroup(name: "Train", subcommands: [Train.self, Recipes.self]),
            CommandGroup(name: "Certify", subcommands: [Plan.self, Certify.self, Predict.self, Merge.self, Status.self, Submit.self, Verify.self, Bounds.self]),
            CommandGroup(name: "Attack", subcommands: [AttackCommand.self]),
            CommandGroup(name: "Methods", subcommands: [List.self]),
            CommandGroup(
                name: "Report", subcommands: [Report.self, Table.self, Plot.self, Radius.self, GEV.self]),
            CommandGroup(
                name: "Models and data", subcommands: [Info.self, Evaluate.self, Quantise.self, TradesBound.self, DataCommand.self, Demo.self]),
        ])
}
