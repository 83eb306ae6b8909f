import SuretyAttacks
import SuretyDatasets
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

/// What holds for every setting of every attack: how it is read, explained, checked, recorded and given back.
struct SettingsTests {
    static let types = AttackCatalogue.attacks
    static let names = types.map { $0.name }

    /// A value that is not the usual one, as it is recorded; of one attack, or of all that have the key.
    static let unusual: [String: String] = [
        "steps": "7", "step": "0.03", "random-start": "false", "loss": "margin", "step-sizes": "0.02,0.05", "restarts": "2",
        "decay": "0.5", "rho": "0.6", "overshoot": "0.05", "candidates": "2", "radii": "5", "initial-radius": "0.07",
        "initial-norm": "0.5", "gamma": "0.1", "levels": "16", "searches": "3", "rate": "0.02", "initial-weight": "0.5",
        "confidence": "0.1", "backtracking": "0.4", "outer-steps": "4", "inner-steps": "9", "tolerance": "0.002",
        "temperature": "300.0", "starts": "40", "spherical-step": "0.02", "source-step": "0.03", "adaptation": "1.3",
        "convergence": "0.001", "area": "0.5", "votes": "true", "m": "2", "step-norm": "linf", "confinement": "project",
        "iterations": "6", "window": "5", "p": "1.0", "alpha": "3.0", "beta": "4.0", "lambda": "500.0",
        "projection-iterations": "30", "rest": "false",
    ]

    private func attack(_ name: String, _ settings: [String: String] = [:]) throws -> any NamedAttack {
        let attack = try AttackCatalogue.attack(named: name, norm: .l2, radius: 0.2, settings: settings)
        guard let voronoi = attack as? VoronoiAttack else { return attack }
        return try voronoi.within(cellsOf: Self.samples())
    }

    private static func samples() throws -> LabelledImages {
        try LabelledImages(
            name: "samples", split: .train, pixels: .float32(LinearClassifier.images(45, seed: 31)), count: 45,
            shape: LinearClassifier.shape, labels: (0..<45).map { $0 % 3 }, source: "samples")
    }

    private func settings(_ name: String) throws -> [MethodSetting] {
        AttackCatalogue.settings(of: try AttackCatalogue.type(named: name))
    }

    @Test(arguments: names)
    func everySettingIsTakenAndRecorded(_ name: String) throws {
        let settings = try settings(name)
        var given: [String: String] = [:]
        for setting in settings { given[setting.key] = Self.unusual[setting.key] }
        #expect(given.count == settings.count)
        let (usual, changed) = try (attack(name), attack(name, given))
        #expect(changed.record == given)
        for setting in settings {
            #expect(usual.record[setting.key] != given[setting.key], "\(setting.key)")
            if let text = setting.usual { #expect(usual.record[setting.key] == text) }
            // One alone changes nothing else, but what is said to follow from it.
            let one = try attack(name, [setting.key: given[setting.key] ?? ""]).record
            let kept = usual.record.keys.filter { $0 != setting.key && !(setting.key == "step-norm" && $0 == "step") }
            for key in kept { #expect(one[key] == usual.record[key], "\(setting.key), \(key)") }
            #expect(one[setting.key] == given[setting.key])
        }
    }

    /// With every setting at an unusual value, and with none set, what comes of a record given back is the same, bit for bit.
    @Test(arguments: names)
    func aRecordGivenBackAttacksAlike(_ name: String) throws {
        let network = try CurvedClassifier.network()
        let clean = LinearClassifier.images(3)
        let labels = try CurvedClassifier.labels(of: clean, by: network)
        let noise = name == "gradient-free" ? LinearClassifier.images(3 * 16, in: -0.3...0.3, seed: 100) : []
        func found(_ attack: any NamedAttack) throws -> [Float] {
            try attack.run(on: network, images: clean, labels: labels, noise: noise)
        }
        let keys = try settings(name).map(\.key)
        let all = Self.unusual.filter { keys.contains($0.key) }
        // Nothing is set where that does not take long.
        let cheap = ["carlini-wagner": ["steps": "40"], "boundary": ["steps": "100"], "square": ["steps": "50"]][name] ?? [:]
        for settings in [all, cheap] {
            let set = try attack(name, settings)
            let again = try attack(name, set.record)
            #expect(again.record == set.record && again.parameters == set.parameters)
            #expect(try found(again) == found(set), "\(settings)")
        }
    }

    /// Values of the wrong kind or out of range are named together with what is expected.
    @Test(arguments: names)
    func nonsenseIsNamed(_ name: String) throws {
        for setting in try settings(name) {
            for wrong in ["", "#", "nan", "-1e30", "1e30", "1,,2"] {
                #expect { try attack(name, [setting.key: wrong]) } throws: {
                    "\($0)" == "\(name): \(setting.key) is \(wrong), and must be \(setting.expectation): \(setting.meaning)"
                }
            }
        }
        #expect { try attack(name, ["unheard-of": "1"]) } throws: { error in
            (try? settings(name).allSatisfy { "\(error)".contains($0.key) }) ?? false
        }
    }

    /// Both ends of a range belong to it.
    @Test(arguments: names)
    func theEndsOfRangesAreTaken(_ name: String) throws {
        for setting in try settings(name) {
            guard let ends = setting.expectation.firstMatch(of: /between ([^ ]+) and ([^ ,]+)/) else {
                for word in setting.expectation.split(separator: " or ").map(String.init) {
                    // Voronoi cells of another norm than ℓ2 cannot be projected onto; here the norm is ℓ2.
                    #expect(try attack(name, [setting.key: word]).record[setting.key] == word)
                }
                continue
            }
            for end in [String(ends.1), String(ends.2)] where !(setting.key == "m") {
                #expect(try attack(name, [setting.key: end]).record[setting.key] == end, "\(setting.key)")
            }
        }
    }

    @Test(arguments: names)
    func helpExplainsEverySetting(_ name: String) throws {
        let type = try AttackCatalogue.type(named: name)
        let help = AttackCatalogue.help(of: type)
        #expect(help.hasPrefix("\(name) (") && help.contains(type.summary) && AttackCatalogue.help().contains(help))
        for setting in try settings(name) {
            #expect(help.contains("\n  \(setting.key)\(setting.usual.map { "=" + $0 } ?? "")"))
            #expect(help.contains("  \(setting.meaning): \(setting.expectation)"))
        }
    }

    /// A program's attack is held to the same ranges.
    @Test func programsAreHeldToTheRanges() throws {
        let network = try CurvedClassifier.network()
        let attacks: [any Attack] = [
            ProjectedGradient(ball: Ball(.l2, radius: 1)).with(\.givenStepSize, .nan), 
            RepeatedAttack(SquareAttack(ball: Ball(.l2, radius: 1)).with(\.area, 2)),
            RepeatedAttack(SquareAttack(ball: Ball(.l2, radius: 1)), restarts: 0), DeepFool(norm: .l2).with(\.candidates, 1),
            MomentumIterative(ball: Ball(.l2, radius: -1)), WasserAttack().with(\.windowSize, 4), LogBarrier(norm: .linf).with(\.decay, 2),
            VoronoiAttack(norm: .linf, confinement: .project), VoronoiAttack(norm: .linf),
        ]
        for attack in attacks {
            #expect(throws: AttackError.self) { try attack.makeExecutor(on: network, batchSize: 1, copies: 0) }
        }
    }
}
