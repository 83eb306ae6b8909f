import Attacks
import Testing

/// Whatever can be set of an attack that moves mass is taken, and recorded as it was set.
struct WassersteinSettingsTests {
    @Test(arguments: [
        ("wasser", [
            "iterations": "31", "window": "9", "p": "1.5", "alpha": "3.0", "beta": "4.0", "gamma": "5.0", "rate": "0.02",
            "tolerance": "0.002", "rest": "false",
        ]),
        ("sinkhorn", [
            "iterations": "32", "window": "3", "p": "1.0", "lambda": "3000.0", "step": "0.05", "tolerance": "0.01",
            "projection-iterations": "77", "rest": "false",
        ]),
    ])
    func everySettingIsTakenAndRecorded(_ name: String, _ given: [String: String]) throws {
        var (usual, changed) = (MethodSettings(), MethodSettings(given))
        let attacks: [any WassersteinAttack] = name == "wasser"
            ? [try WasserAttack(settings: &usual), try WasserAttack(settings: &changed)]
            : [try ProjectedSinkhorn(settings: &usual), try ProjectedSinkhorn(settings: &changed)]
        try changed.checkAllRead(by: name)
        #expect(Set(usual.entries.map(\.key)) == Set(given.keys))
        for (key, value) in given {
            #expect(attacks[1].parameters[key] == value, "\(key)")
            #expect(attacks[0].parameters[key] == usual.entries.first { $0.key == key }?.usual, "\(key)")
            #expect(attacks[0].parameters[key] != value, "\(key)")
        }
        #expect(!attacks[1].restsOnSuccess && attacks[0].restsOnSuccess)
        // Beside them stands only how the radius grows.
        #expect(Set(attacks[0].parameters.keys) == Set(given.keys).union(["epsilon", "factor", "interval", "largest-epsilon"]))
    }

    @Test(arguments: [
        ["window": "4"], ["iterations": "0"], ["p": "0"], ["tolerance": "nan"], ["rest": "never"], ["gamma": "-1"],
    ])
    func nonsenseIsNamed(_ settings: [String: String]) throws {
        var reader = MethodSettings(settings)
        #expect { try WasserAttack(settings: &reader) } throws: { error in
            settings.allSatisfy { "\(error)".contains("\($0.key) is \($0.value)") }
        }
    }
}
