import SuretyTraining
import Testing

struct DefenseCatalogueTests {
    /// What can be set has a usual value that is itself accepted.
    @Test func usualSettingsAreAccepted() throws {
        for type in DefenseCatalogue.all {
            let settings = DefenseCatalogue.settings(of: type)
            let usual = Dictionary(uniqueKeysWithValues: settings.compactMap { entry in entry.usual.map { (entry.key, $0) } })
            let (given, left) = try (
                DefenseCatalogue.defense(named: type.name, usual), DefenseCatalogue.defense(named: type.name, [:])
            )
            #expect(given.parameters == left.parameters, "\(type.name)")
            #expect(!type.summary.isEmpty && settings.allSatisfy { !$0.meaning.isEmpty })
        }
        #expect(Set(DefenseCatalogue.all.map { $0.name }).count == DefenseCatalogue.all.count)
    }

    @Test(arguments: [
        ("guesswork", [:], "no defense 'guesswork'"),
        ("gaussian", ["sigmoid": "1"], "no setting 'sigmoid'. It has sigma"),
        ("standard", ["sigma": "1"], "it has none"),
        ("gaussian", ["sigma": "-1"], "sigma is -1"),
        ("gaussian", ["sigma": "nan"], "sigma is nan"),
        ("gaussian", ["sigma": "much"], "sigma is much, and must be a number between 0.0 and 100.0"),
        ("pgd", ["steps": "1.5"], "a whole number"),
        ("pgd", ["norm": "l3"], "l2 or linf"),
    ] as [(String, [String: String], String)])
    func mistakesAreNamed(_ name: String, _ settings: [String: String], _ words: String) {
        #expect { try DefenseCatalogue.defense(named: name, settings) } throws: { "\($0)".contains(words) }
    }
}
