import Foundation
import Testing

/// Small trainings: an MLP on synthetic digits, a tenth of a second per epoch.
@Suite struct TrainTests {
    /// The arguments of a training; of an option given again the last one counts.
    private func arguments(_ output: String, _ more: [String] = [], defense: String = "standard") -> [String] {
        [
            "train", "--defense", defense, "--arch", "mlp", "--data", "synthetic", "--epochs", "1",
            "--learning-rate", "0.1", "--output", output,
        ] + more
    }

    private func train(_ output: String, _ more: String..., defense: String = "standard") throws -> Command {
        try Command(arguments(output, more, defense: defense))
    }

    /// The rows of `history.csv` below its header; none where there is no file.
    private func history(_ folder: TemporaryFolder, _ name: String) -> [[String]] {
        let text = folder.contents(of: "\(name)/history.csv").map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").dropFirst().map { $0.split(separator: ",").map(String.init) }
    }

    /// `surety evaluate` on test images that the training has not seen.
    private func accuracy(_ model: String) throws -> Double {
        let command = try Command("evaluate", model, "--data", "synthetic")
        let line = try #require(command.output.split(separator: "\n").first { $0.hasPrefix("accuracy") }, "\(command)")
        return try #require(line.split(separator: " ").last.flatMap { Double($0) })
    }

    static let defenses = [
        ("standard", []), ("gaussian", ["sigma=0.5"]), ("pgd", ["epsilon=0.1", "step=0.04", "steps=4"]),
        ("pgd", ["norm=l2", "epsilon=1", "step=0.5", "steps=3"]), ("trades", ["epsilon=0.1", "step=0.04", "steps=4"]),
        ("smoothadv", ["sigma=0.25", "copies=2", "steps=2"]), ("gradient-regularisation", []),
        ("gradient-regularisation", ["norm=l1", "h=0.1", "lambda=0.01"]),
    ]

    @Test(arguments: defenses)
    func everyDefenseTrainsAModel(defense: String, settings: [String]) throws {
        let folder = try TemporaryFolder()
        let command = try Command(
            arguments(folder("run"), settings.flatMap { ["--set", $0] }, defense: defense))
        #expect(command.status == 0, "\(command)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("run")).sorted() == [
            "checkpoint", "history.csv", "model.onnx",
        ])
        #expect(try accuracy(folder("run/model.onnx")) > 0.9)
        #expect(command.output.contains("surety certify \(folder("run/model.onnx")) --data synthetic --sigma"))
        let rows = history(folder, "run")
        #expect(rows.count == 1 && rows[0].count == 4 && rows[0][0] == "1" && rows[0][2] == "0.1")
        let loss = try #require(Double(rows[0][1]))
        #expect(loss > 0 && loss < 2.3 * 3)
        #expect(command.output.contains("loss    \(rows[0][1])"))
        #expect(command.errors.contains("images/s"))
    }

    @Test func convolutionalNetworksToo() throws {
        let folder = try TemporaryFolder()
        let command = try train(folder("run"), "--arch", "lenet", "--learning-rate", "0.02", defense: "gaussian")
        #expect(command.status == 0, "\(command)")
        #expect(try accuracy(folder("run/model.onnx")) > 0.9)
    }

    /// From the command line into the model, from there into the run of `certify`.
    @Test func provenanceTravelsWithTheModel() throws {
        let folder = try TemporaryFolder()
        let command = try train(
            folder("run"), "--set", "sigma=0.375", "--seed", "7", "--batch", "100", "--optimiser", "adam",
            "--learning-rate", "0.002", "--schedule", "cosine", defense: "gaussian")
        #expect(command.status == 0, "\(command)")
        #expect(command.output.contains("--sigma 0.375"))
        let run = folder("certified")
        let certify = try Command(
            DigitsRun.arguments(run, ["--split", "train"], method: "certify", model: folder("run/model.onnx")))
        #expect(certify.status == 0, "\(certify)")
        let files = try RunFiles(run)
        let metadata = try #require(files.group("model")["metadata"] as? [String: String])
        let version = try Command("--version").output.trimmingCharacters(in: .newlines)
        let expected = [
            "surety": version, "architecture": "mlp", "defense": "gaussian", "defense.sigma": "0.375", "data": "synthetic",
            "data.split": "train", "data.sha256": try #require(files.group("data")["sha256"] as? String), "epochs": "1",
            "batch": "100", "learning-rate": "0.002", "schedule": "cosine", "seed": "7",
            "optimiser": "adam, beta 0.9 and 0.999, epsilon 1e-08, weight decay 0.0",
        ]
        #expect(metadata == expected)
        let info = try Command("info", folder("run/model.onnx")).output
        for (key, value) in expected { #expect(info.contains("\n\(key): \(value)\n"), "\(key)") }
    }

    /// Stopped between or within epochs, by force or in good order, a training ends with the model of one left alone.
    @Test(arguments: [SIGKILL, SIGINT, SIGTERM])
    func goesOnWhereItWasStopped(signal: Int32) throws {
        let folder = try TemporaryFolder()
        func command(_ name: String) -> [String] { arguments(folder(name), ["--epochs", "16"], defense: "gaussian") }
        let undisturbed = try Command(command("whole"))
        #expect(undisturbed.status == 0, "\(undisturbed)")
        for epochs in [1, 4] {
            let running = try RunningCommand(command("stopped"))
            while running.isRunning, history(folder, "stopped").count < epochs { usleep(500) }
            running.send(signal)
            let stopped = try running.wait()
            #expect(stopped.status == (signal == SIGKILL ? -SIGKILL : 128 + signal), "\(stopped)")
            if signal != SIGKILL {
                #expect(stopped.errors.contains("stopping after the step in hand"))
                #expect(stopped.errors.contains("start again with the same settings to go on"))
            }
            #expect((epochs..<16).contains(history(folder, "stopped").count))
            #expect(folder.has("stopped/checkpoint") && !folder.has("stopped/model.onnx"))
        }
        let again = try Command(command("stopped"))
        #expect(again.status == 0 && again.errors.contains("going on after epoch"), "\(again)")
        let models = ["stopped", "whole"].map { folder.contents(of: "\($0)/model.onnx") }
        #expect(models[0] != nil && models[0] == models[1])
        #expect(history(folder, "stopped").map { $0.dropLast() } == history(folder, "whole").map { $0.dropLast() })
    }

    /// What is finished is only written again.
    @Test func aFinishedTrainingStaysAsItIs() throws {
        let folder = try TemporaryFolder()
        #expect(try train(folder("run")).status == 0)
        let model = folder.contents(of: "run/model.onnx")
        try FileManager.default.removeItem(atPath: folder("run/model.onnx"))
        let again = try train(folder("run"))
        #expect(again.status == 0 && again.errors.contains("going on after epoch 1 of 1"), "\(again)")
        #expect(model != nil && folder.contents(of: "run/model.onnx") == model)
        #expect(try train(folder("other"), "--seed", "1").status == 0)
        #expect(folder.contents(of: "other/model.onnx") != model)
    }

    @Test func otherSettingsDoNotGoOn() throws {
        let folder = try TemporaryFolder()
        #expect(try train(folder("run"), defense: "gaussian").status == 0)
        let checkpoint = folder.contents(of: "run/checkpoint")
        for (change, words) in [
            (["--set", "sigma=0.5"], "the defense's sigma was 0.25 and is 0.5"),
            (["--epochs", "2"], "the number of epochs was 1 and is 2"),
            (["--batch", "64"], "the batch size was 128 and is 64"),
            (["--learning-rate", "0.2"], "the learning rate was 0.1 and is 0.2"),
            (["--seed", "1"], "the seed was 0 and is 1"),
            (["--arch", "wong"], "the network had other layers"),
            (["--split", "test"], "the images were others"),
            (["--optimiser", "adam"], "the optimiser was"),
            (["--schedule", "cosine"], "the schedule was"),
        ] {
            let command = try Command(arguments(folder("run"), change, defense: "gaussian"))
            #expect(command.refused(naming: words) && command.errors.contains(folder("run")), "\(command)")
        }
        #expect(try train(folder("run"), defense: "pgd").refused(naming: "the defense was standard and is pgd"))
        #expect(folder.contents(of: "run/checkpoint") == checkpoint)
        try folder.write(Data("surety".utf8), to: "run/checkpoint")
        #expect(try train(folder("run")).refused(naming: "it is not a checkpoint"))
    }

    /// The first epoch goes well; then the rate is multiplied by ten million.
    @Test func stopsWhenTheLossIsNoNumber() throws {
        let folder = try TemporaryFolder()
        let lost = try train(folder("lost"), "--learning-rate", "1e6")
        #expect(lost.refused(naming: "of epoch 1"), "\(lost)")
        #expect(lost.errors.contains(/the loss is .* at step \d+ of epoch 1/))
        #expect(!folder.has("lost/model.onnx") && !folder.has("lost/checkpoint"))

        let schedule = ["--epochs", "3", "--schedule", "steps", "--milestones", "1", "--decay", "1e7"]
        for start in ["first", "second"] {
            let late = try Command(arguments(folder("late"), schedule))
            #expect(late.refused(naming: "of epoch 2"), "\(start) \(late)")
            #expect(folder.has("late/checkpoint") && !folder.has("late/model.onnx"))
            #expect(history(folder, "late").count == 1)
        }
    }

    /// A ball of radius 0 leaves only the image itself: training as if there were no adversary.
    @Test(arguments: ["linf", "l2"])
    func anAttackOfNoRadiusIsStandardTraining(norm: String) throws {
        let folder = try TemporaryFolder()
        #expect(try train(folder("standard")).status == 0)
        let command = try train(
            folder("pgd"), "--set", "epsilon=0", "--set", "steps=2", "--set", "norm=\(norm)", defense: "pgd")
        #expect(command.status == 0, "\(command)")
        let losses = [history(folder, "standard"), history(folder, "pgd")].map { $0.map { $0[1] } }
        #expect(losses[0].count == 1 && losses[0] == losses[1])
    }

    /// Steps: at thirds, or where wanted.
    @Test func theLearningRateFollowsItsSchedule() throws {
        let folder = try TemporaryFolder()
        func rates(_ name: String, _ more: [String]) throws -> [String] {
            let command = try Command(arguments(folder(name), ["--epochs", "3", "--split", "test"] + more))
            #expect(command.status == 0, "\(command)")
            return history(folder, name).map { $0[2] }
        }
        #expect(try rates("constant", ["--nesterov", "--momentum", "0.5"]) == ["0.1", "0.1", "0.1"])
        let steps = try rates("steps", ["--schedule", "steps"]).compactMap(Double.init)
        #expect(zip(steps, [0.1, 0.01, 0.001]).allSatisfy { abs($0 / $1 - 1) < 1e-6 } && steps.count == 3)
        #expect(try rates("chosen", ["--schedule", "steps", "--milestones", "2", "--decay", "0.5"]) == ["0.1", "0.1", "0.05"])
        let cosine = try rates("cosine", ["--schedule", "cosine"]).compactMap(Double.init)
        #expect(zip(cosine, [0.1, 0.075, 0.025]).allSatisfy { abs($0 / $1 - 1) < 1e-6 } && cosine.count == 3)
    }

    @Test(arguments: [
        ("gaussian", ["sigma=0"], "sigma must be a positive number"), ("gaussian", ["sigma=nan"], "sigma=0.25"),
        ("gaussian", ["sigma"], "write key=value"), ("gaussian", ["noise=1"], "gaussian has no parameter 'noise'"),
        ("gaussian", ["sigma=1", "sigma=2"], "given twice"), ("standard", ["sigma=1"], "standard takes no parameters"),
        ("pgd", ["norm=l3"], "norm must be l2 or linf"), ("pgd", ["epsilon=-1"], "epsilon must be a number, at least 0"),
        ("pgd", ["step=0"], "step must be a positive number"), ("pgd", ["steps=1.5"], "steps must be a whole number"),
        ("pgd", ["beta=1"], "steps=40"), ("trades", ["beta=-1"], "beta must be"), ("trades", ["lambda=1"], "beta=6"),
        ("smoothadv", ["copies=0"], "between 1 and 1024"), ("smoothadv", ["warm-up=-1"], "warm-up must be"),
        ("smoothadv", ["epsilon=inf"], "epsilon must be"), ("gradient-regularisation", ["h=0"], "h must be a positive"),
        ("gradient-regularisation", ["norm=linf"], "norm must be l2 or l1"),
        ("gradient-regularisation", ["lambda="], "lambda must be"),
    ])
    func refusesParameters(defense: String, settings: [String], words: String) throws {
        let folder = try TemporaryFolder()
        let command = try Command(
            arguments(folder("run"), settings.flatMap { ["--set", $0] }, defense: defense))
        #expect(command.refused(naming: words), "\(command)")
        #expect(command.errors.contains("\(defense) takes") && !folder.has("run"))
    }

    @Test(arguments: [
        (["--defense", "magic"], "magic"), (["--arch", "perceptron"], "perceptron"), (["--data", "imagenet"], "imagenet"),
        (["--split", "half"], "half"), (["--epochs", "0"], "--epochs is 0"), (["--epochs", "100001"], "--epochs is 100001"),
        (["--batch", "7"], "the batch size is 7"), (["--batch", "0"], "the batch size is 0"),
        (["--batch", "20000"], "synthetic has only 10000 images"), (["--learning-rate", "0"], "--learning-rate is 0"),
        (["--learning-rate", "nan"], "--learning-rate is nan"), (["--optimiser", "lbfgs"], "lbfgs"),
        (["--momentum", "1"], "--momentum is 1"), (["--weight-decay", "-1"], "--weight-decay is -1"),
        (["--optimiser", "adam", "--nesterov"], "--nesterov"), (["--schedule", "zigzag"], "zigzag"),
        (["--decay", "0.5"], "--decay belong"), (["--schedule", "steps", "--decay", "0"], "--decay is 0"),
        (["--schedule", "steps", "--milestones", "0"], "--milestones"), (["--seed", "-1"], "-1"),
        (["--output", "/dev/null/run"], "/dev/null/run"),
    ])
    func refusesOptions(options: [String], words: String) throws {
        let folder = try TemporaryFolder()
        let command = try Command(arguments(folder("run"), options))
        #expect(command.refused(naming: words), "\(command)")
        #expect(!folder.has("run"))
    }
}
