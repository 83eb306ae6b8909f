import Foundation
import SuretyAttacks
import SuretyRecords
import SuretyTraining
import Testing

/// What holds for every setting of every defense: how it is read, explained, checked, recorded and given back.
struct DefenseSettingsTests {
    static let names = DefenseCatalogue.all.map { $0.name }

    /// A value that is not the usual one, as it is recorded; of one defense, or of all that have the key.
    private static func unusual(_ key: String, of name: String) -> String? {
        let values = [
            "sigma": "0.3", "norm": "l2", "epsilon": "0.2", "step": "0.03", "steps": "3", "random-start": "false",
            "replays": "3", "beta": "2.0", "lambda": "0.5", "copies": "2", "warm-up": "3", "attack": "ddn",
            "multi-noise": "false", "h": "0.1", "projections": "2", "m": "2", "step-norm": "l2", "confinement": "project",
            "cells": "batch", "omega": "0.4", "factor": "1.3", "interval": "4", "largest-epsilon": "1.5", "window": "3",
            "p": "1.0", "alpha": "3.0", "gamma": "5.0", "rate": "0.02", "tolerance": "0.02", "rest": "false",
            "iterations": "6", "projection-iterations": "30", "penalty": "squared norm / elements",
        ]
        return name == "gradient-regularisation" && key == "norm" ? "l1" : values[key]
    }

    private func settings(_ name: String) throws -> [MethodSetting] {
        DefenseCatalogue.settings(of: try DefenseCatalogue.type(named: name))
    }

    private func unusual(_ name: String) throws -> [String: String] {
        var given: [String: String] = [:]
        for setting in try settings(name) {
            given[setting.key] = Self.unusual(setting.key, of: name)
        }
        #expect(try given.count == settings(name).count)
        // 1/beta, another way to say it.
        if name == "trades" { given["lambda"] = nil }
        return given
    }

    @Test(arguments: names)
    func everySettingIsTakenAndRecorded(_ name: String) throws {
        let given = try unusual(name)
        let (usual, changed) = try (DefenseCatalogue.defense(named: name, [:]), DefenseCatalogue.defense(named: name, given))
        #expect(changed.record == given && changed.parameters == given)
        for setting in try settings(name) where given[setting.key] != nil {
            #expect(usual.record[setting.key] != given[setting.key], "\(setting.key)")
            if let text = setting.usual { #expect(usual.record[setting.key] == text) }
        }
    }

    /// With every setting at an unusual value, and with none set, a record given back trains the same network, bit for bit.
    @Test(arguments: names)
    func aRecordGivenBackTrainsAlike(_ name: String) throws {
        let classCount = name == "trades-binary" ? 2 : 3
        let images = try TinyTraining.images(classCount: classCount)
        var schedule = TinyTraining.settings
        schedule.epochs = 1
        func trained(_ defense: any Defense) throws -> [[UInt64]] {
            try TinyTraining.finished(
                Trainer(TinyTraining.network(classCount: classCount), defense, on: images, schedule)).bits
        }
        for settings in [try unusual(name), [:]] {
            let set = try DefenseCatalogue.defense(named: name, settings)
            let again = try DefenseCatalogue.defense(named: name, set.record)
            #expect(again.record == set.record)
            // Ten samples of each other class are more than there are.
            if name == "voronoi", settings.isEmpty { continue }
            #expect(try trained(again) == trained(set), "\(settings)")
        }
    }

    @Test(arguments: names)
    func nonsenseIsNamed(_ name: String) throws {
        for setting in try settings(name) {
            for wrong in ["", "#", "nan", "-1e30", "1e30"] {
                #expect { try DefenseCatalogue.defense(named: name, [setting.key: wrong]) } throws: {
                    "\($0)" == "\(name): \(setting.key) is \(wrong), and must be \(setting.expectation): \(setting.meaning)"
                }
            }
        }
    }

    @Test(arguments: names)
    func helpExplainsEverySetting(_ name: String) throws {
        let help = DefenseCatalogue.help(of: try DefenseCatalogue.type(named: name))
        #expect(help.hasPrefix("\(name): ") && DefenseCatalogue.help().contains(help))
        for setting in try settings(name) {
            #expect(help.contains("\n  \(setting.key)\(setting.usual.map { "=" + $0 } ?? "")"))
            #expect(help.contains("  \(setting.meaning): \(setting.expectation)"))
        }
    }

    /// What earlier versions wrote of the same training is understood: words that could not be given back, numbers that had been
    /// through single precision.
    @Test func earlierCheckpointsGoOn() throws {
        func trainer(_ settings: [String: String], resuming checkpoint: Checkpoint? = nil) throws -> Trainer {
            try Trainer(
                TinyTraining.network(), DefenseCatalogue.defense(named: "pgd", settings), on: TinyTraining.images(),
                TinyTraining.settings, resuming: checkpoint)
        }
        var whole = try trainer(["steps": "2"])
        try whole.runEpoch()
        let earlier = try Self.rewritten(whole.checkpoint) { parameters in
            parameters["random-start"] = nil
            (parameters["start"], parameters["loss"], parameters["step"]) = ("uniform", "crossEntropy", "0.009999999776482582")
        }
        #expect(try trainer(["steps": "2"], resuming: earlier).history.count == 1)
        #expect { try trainer(["steps": "2", "random-start": "false"], resuming: earlier) } throws: {
            "\($0)".contains("random-start was true and is false")
        }
        #expect { try trainer(["steps": "2", "step": "0.02"], resuming: earlier) } throws: {
            "\($0)".contains("the defense's step was")
        }
    }

    /// The checkpoint with other parameters of its defense in its header.
    private static func rewritten(
        _ checkpoint: Checkpoint, _ change: (inout [String: String]) -> Void
    ) throws -> Checkpoint {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try checkpoint.write(to: file)
        let data = try Data(contentsOf: file)
        let start = try #require(data.firstIndex(of: UInt8(ascii: "{"))) - 8
        let length = data[start..<start + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let end = start + 8 + length
        var header = try #require(JSONSerialization.jsonObject(with: data[start + 8..<end]) as? [String: Any])
        var origin = try #require(header["origin"] as? [String: Any])
        var parameters = try #require(origin["defenseParameters"] as? [String: String])
        change(&parameters)
        origin["defenseParameters"] = parameters
        header["origin"] = origin
        let changed = try JSONSerialization.data(withJSONObject: header)
        var written = Data(data[..<start])
        written.append(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: changed.count >> (8 * $0)) })
        written += changed + data[end..<data.count - 64]
        return try Checkpoint(written + Data(SHA256.hexadecimal(of: written).utf8))
    }
}
