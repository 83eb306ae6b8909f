import SuretyAttacks
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

struct AttackCatalogueTests {
    /// What can be set has a usual value that is itself accepted.
    @Test func usualSettingsAreAccepted() throws {
        for type in AttackCatalogue.attacks {
            let settings = AttackCatalogue.settings(of: type)
            let usual = Dictionary(
                uniqueKeysWithValues: settings.compactMap { entry in entry.usual.map { (entry.key, $0) } })
            for norm in type.norms.isEmpty ? [.l2] : type.norms {
                let given = try AttackCatalogue.attack(named: type.name, norm: norm, radius: 0.3, settings: usual)
                let left = try AttackCatalogue.attack(named: type.name, norm: norm, radius: 0.3)
                #expect(given.parameters == left.parameters, "\(type.name)")
                #expect(type.aim != .withinRadius || left.parameters["epsilon"].flatMap(Float.init) == 0.3, "\(type.name)")
            }
            #expect(!type.summary.isEmpty && settings.allSatisfy { !$0.meaning.isEmpty })
        }
        #expect(Set(AttackCatalogue.attacks.map { $0.name }).count == AttackCatalogue.attacks.count)
    }

    @Test(arguments: [
        ("guesswork", Norm.l2, 1, [:], "no attack 'guesswork': choose fgsm, mi-fgsm, pgd"),
        ("ddn", .linf, 1, [:], "ddn does not know the norm linf, only l2"),
        ("carlini-wagner", .linf, nil, [:], "in linf choose deepfool, pgd-bisection, log-barrier"),
        ("pgd-bisection", .linf, nil, ["radii": "0"], "radii is 0, and must be a whole number"),
        ("pgd", .l2, nil, [:], "pgd: it looks for success within a radius, and none is given"),
        ("fgsm", .l2, -1, [:], "fgsm: the attack's radius is -1.0"),
        ("square", .linf, Float.nan, [:], "square: the attack's radius is nan"),
        ("pgd", .l2, 1, ["stepps": "3"], "pgd has no setting 'stepps'. It has steps, step, "),
        ("fgsm", .l2, 1, ["steps": "3"], "fgsm has no setting 'steps': it has none"),
        ("deepfool", .l2, nil, ["steps": "many"], "deepfool: steps is many, and must be a whole number"),
        ("pgd", .linf, 1, ["loss": "hinge"], "cross-entropy or margin"),
        ("pgd", .linf, 1, ["step-sizes": "0.1,"], "step-sizes is 0.1,, and must be numbers"),
        ("ddn", .l2, nil, ["levels": "1"], "levels is 1"),
        ("wasser", .l2, nil, [:], "wasser: it looks for success within a radius"),
        ("sinkhorn", .l2, 1, ["window": "4"], "window is 4, and must be an odd number"),
        ("voronoi", .linf, nil, ["confinement": "project"], "needs the norm l2"),
    ] as [(String, Norm, Float?, [String: String], String)])
    func mistakesAreNamed(
        _ name: String, _ norm: Norm, _ radius: Float?, _ settings: [String: String], _ words: String
    ) {
        #expect { try AttackCatalogue.attack(named: name, norm: norm, radius: radius, settings: settings) } throws: {
            "\($0)".contains(words)
        }
    }

    @Test func helpNamesEveryAttackAndSetting() {
        let help = AttackCatalogue.help()
        for type in AttackCatalogue.attacks {
            #expect(help.contains("\(type.name) (") && help.contains(type.summary))
            for setting in AttackCatalogue.settings(of: type) { #expect(help.contains("  \(setting.key)")) }
        }
        #expect(help.contains("ddn (l2; seeks the smallest distance)"))
        #expect(help.contains("pgd (l2, linf; needs a radius)"))
        #expect(help.contains("wasser (Wasserstein distance; needs a radius)"))
        #expect(help.contains("voronoi (l2, linf; needs no radius, but samples)"))
    }

    @Test func severalStepSizesAndStartsAreRecorded() throws {
        let attack = try AttackCatalogue.attack(
            named: "pgd", norm: .linf, radius: 0.3, settings: ["step-sizes": "0.05,0.1", "restarts": "3"])
        #expect(attack.parameters["step-sizes"] == "0.05,0.1" && attack.parameters["restarts"] == "3")
        #expect(attack.parameters["steps"] == "40" && attack.parameters["step"] == "2.5·radius/steps")
    }
}
