import ArgumentParser
import Surety

/// `surety list`: the attacks and defenses there are.
struct List: ParsableCommand {
    enum Methods: String, CaseIterable, ExpressibleByArgument { case attacks, defenses }

    static let configuration = CommandConfiguration(
        abstract: "List all attacks, or all defenses, with what can be set of each.",
        discussion: """
            Each setting is shown with its usual value, what it does, and which values there are. Those of a run's run.json and of \
            a model's metadata can be given back in the same words.

            Examples:
              surety list attacks
              surety list defenses pgd
            """)

    @Argument(help: "What to list: attacks or defenses.")
    var methods: Methods

    @Argument(help: "The one to list; all, where none is given.")
    var name: String?

    func run() throws {
        switch (methods, name) {
        case (.attacks, let name?): print(AttackCatalogue.help(of: try AttackCatalogue.type(named: name)))
        case (.attacks, nil): print(AttackCatalogue.help())
        case (.defenses, let name?): print(DefenseCatalogue.help(of: try DefenseCatalogue.type(named: name)))
        case (.defenses, nil): print(DefenseCatalogue.help())
        }
    }
}
