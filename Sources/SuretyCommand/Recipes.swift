import ArgumentParser
import Surety

/// `surety recipes`: trainings with a name, ready to run.
struct Recipes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the recipes for 'surety train' that are part of this program, or print one.",
        discussion: "Example:\n  surety recipes mnist-trades-0.3")

    @Argument(help: "The recipe to print; without it, all are listed.")
    var name: String?

    func run() throws {
        if let name {
            print(try BundledRecipe.named(name).yaml, terminator: "")
        } else {
            let rows = try BundledRecipe.all.map { bundled throws(SuretyError) in
                [bundled.name, try bundled.recipe().description ?? ""]
            }
            print(columns(rows))
        }
    }
}
