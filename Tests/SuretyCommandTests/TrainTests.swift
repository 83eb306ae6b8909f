import Foundation
import TestSupport
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
        ("free", ["epsilon=0.1", "replays=2"]), ("jacobian-regularisation", ["lambda=0.01"]),
        ("voronoi", ["m=2", "steps=2"]),
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
            "checkpoint", "history.csv", "history.png", "history.svg", "model.onnx", "run.json",
        ])
        #expect(try accuracy(folder("run/model.onnx")) > 0.9)
        #expect(command.output.contains("surety certify \(folder("run/model.onnx")) --data synthetic --sigma"))
        let rows = history(folder, "run")
        #expect(rows.count == 1 && rows[0].count == (defense == "voronoi" ? 6 : 5) && rows[0][0] == "1" && rows[0][3] == "0.1")
        let loss = try #require(Double(rows[0][1]))
        #expect(loss > 0 && loss < 2.3 * 3)
        let seen = try #require(Double(rows[0][2]))
        #expect(seen > 0.1 && seen <= 1)
        #expect(command.output.contains("loss      \(rows[0][1])") && command.output.contains("accuracy  \(rows[0][2])"))
        #expect(command.errors.contains(/loss [0-9.]+, accuracy [0-9.]+, [0-9,]+ images\/s/))
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
        func command(_ name: String) -> [String] { arguments(folder(name), ["--epochs", "10"], defense: "gaussian") }
        let undisturbed = try Command(command("whole"))
        #expect(undisturbed.status == 0, "\(undisturbed)")
        for epochs in [1, 3] {
            let running = try RunningCommand(command("stopped"))
            while running.isRunning, history(folder, "stopped").count < epochs { usleep(500) }
            running.send(signal)
            let stopped = try running.wait()
            #expect(stopped.status == (signal == SIGKILL ? -SIGKILL : 128 + signal), "\(stopped)")
            if signal != SIGKILL {
                #expect(stopped.errors.contains("stopping after the step in hand"))
                #expect(stopped.errors.contains("start again with the same settings to go on"))
            }
            #expect((epochs..<10).contains(history(folder, "stopped").count))
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
            (["--arch", "wong"], "the network had different layers: 79510 parameters in 4 layers, and now 166406 parameters in"),
            (["--split", "test"], "the images were different: 10000 of synthetic (train), and now 1000 of synthetic (test)"),
            (["--mean", "0.1", "--std", "0.3"], "the network had different layers"),
            (["--flip"], "the mirroring was false and is true"),
            (["--optimiser", "adam"], "the optimiser was"),
            (["--schedule", "cosine"], "the schedule was"),
        ] {
            let command = try Command(arguments(folder("run"), change, defense: "gaussian"))
            #expect(command.refused(naming: words) && command.errors.contains(folder("run")), "\(command)")
        }
        #expect(try train(folder("run"), defense: "pgd").refused(naming: "the defense was gaussian and is pgd"))
        #expect(folder.contents(of: "run/checkpoint") == checkpoint)
        try folder.write(Data("surety".utf8), to: "run/checkpoint")
        #expect(try train(folder("run")).refused(naming: "it is not a checkpoint"))
    }

    /// The first epoch goes well; then the rate is multiplied by ten million.
    @Test func stopsWhenTheLossIsNoNumber() throws {
        let folder = try TemporaryFolder()
        let lost = try train(folder("lost"), "--learning-rate", "1e9")
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
            return history(folder, name).map { $0[3] }
        }
        #expect(try rates("constant", ["--nesterov", "--momentum", "0.5"]) == ["0.1", "0.1", "0.1"])
        let steps = try rates("steps", ["--schedule", "steps"]).compactMap(Double.init)
        #expect(zip(steps, [0.1, 0.01, 0.001]).allSatisfy { abs($0 / $1 - 1) < 1e-6 } && steps.count == 3)
        #expect(try rates("chosen", ["--schedule", "steps", "--milestones", "2", "--decay", "0.5"]) == ["0.1", "0.1", "0.05"])
        let cosine = try rates("cosine", ["--schedule", "cosine"]).compactMap(Double.init)
        #expect(zip(cosine, [0.1, 0.075, 0.025]).allSatisfy { abs($0 / $1 - 1) < 1e-6 } && cosine.count == 3)
    }

    /// Two trainings into one directory: the second is refused, and the first is not affected.
    @Test func oneProcessAtATime() throws {
        let folder = try TemporaryFolder()
        let first = try RunningCommand(arguments(folder("run"), ["--epochs", "200"]))
        while first.isRunning, history(folder, "run").isEmpty { usleep(500) }
        let second = try Command(arguments(folder("run"), ["--epochs", "200"]))
        #expect(second.refused(naming: "another process is training into this directory"), "\(second)")
        #expect(first.isRunning)
        first.send(SIGINT)
        #expect(try first.wait().status == 130)
        #expect(folder.has("run/checkpoint"))
    }

    /// No picture without gnuplot, but a model all the same.
    @Test func trainsWithoutGnuplot() throws {
        let folder = try TemporaryFolder()
        let command = try Command(arguments(folder("run"), ["--split", "test"]), environment: ["PATH": folder("nowhere")])
        #expect(command.status == 0 && command.errors.contains("no plot of the history: gnuplot"), "\(command)")
        #expect(folder.has("run/model.onnx") && !folder.has("run/history.svg"))
    }

    /// Steps that end before any cell does are adversarial training without cells, and it says so.
    @Test func voronoiTellsHowManyCellsBind() throws {
        let folder = try TemporaryFolder()
        let idle = try train(
            folder("idle"), "--split", "test", "--set", "norm=l2", "--set", "step=0.01", "--set", "steps=2", defense: "voronoi")
        #expect(idle.status == 0 && idle.errors.contains("warning: in epoch 1 cells stopped 0 % of the images"), "\(idle)")
        #expect(idle.output.contains("cells     stopped 0 % of the images in the last epoch"), "\(idle)")
        #expect(history(folder, "idle")[0].last == "0.0")
        let binding = try train(
            folder("binding"), "--split", "test", "--set", "norm=l2", "--set", "step-norm=linf", "--set", "step=0.3",
            "--set", "steps=3", defense: "voronoi")
        #expect(binding.status == 0 && !binding.errors.contains("warning"), "\(binding)")
        let share = try #require(history(folder, "binding")[0].last)
        #expect(try #require(Double(share)) > 0)
        #expect(try Command("info", folder("binding/model.onnx")).output.contains("stopped-by-cell: \(share)\n"))
    }

    @Test func aClassWithTooFewSamplesIsNamed() throws {
        let folder = try TemporaryFolder()
        let command = try train(folder("run"), "--split", "test", "--set", "m=500", defense: "voronoi")
        #expect(command.refused(naming: "class 0 of synthetic has"), "\(command)")
        #expect(command.errors.contains("fewer than the 500") && !folder.has("run"))
    }

    /// A model to begin from, and images to which it gives classes: both leave their names in the result.
    @Test func beginsFromAModelAndTakesItsLabels() throws {
        let folder = try TemporaryFolder()
        #expect(try train(folder("first")).status == 0)
        try Archive.writeImages(count: 100, shape: [1, 28, 28], isLabelled: false, to: folder("more.npz"))
        let model = folder("first/model.onnx")
        let command = try train(
            folder("second"), "--split", "test", "--learning-rate", "1e-6", "--start", model,
            "--unlabelled", folder("more.npz"), "--pseudo-labels", model)
        #expect(command.status == 0 && command.output.contains("1100 images of synthetic+more.npz"), "\(command)")
        // From the first step on it knows the digits; the other labels are its own.
        #expect(try #require(Double(history(folder, "second")[0][2])) > 0.9)
        let info = try Command("info", folder("second/model.onnx")).output
        for line in ["start: model.onnx", "unlabelled: more.npz", "pseudo-labels: model.onnx"] {
            #expect(info.contains("\n\(line)\n"), "\(line)")
        }
        #expect(info.contains(/start.sha256: [0-9a-f]{64}/))
        // Another beginning is another training.
        let other = try train(
            folder("second"), "--split", "test", "--learning-rate", "1e-6", "--unlabelled", folder("more.npz"),
            "--pseudo-labels", model)
        #expect(other.refused(naming: "the network started with different parameters"), "\(other)")
    }

    /// The networks that nobody trains on a CPU can be trained there: one step, and the resulting model.
    @Test(arguments: ["resnet110", "resnet18", "wrn-34-10"])
    func largeNetworksTakeAStep(architecture: String) throws {
        let folder = try TemporaryFolder()
        try Archive.writeImages(count: 2, shape: [3, 32, 32], classCount: 2, to: folder("two.npz"))
        let command = try train(
            folder("run"), "--arch", architecture, "--data", folder("two.npz"), "--batch", "2", "--learning-rate", "1e-4")
        #expect(command.status == 0, "\(command)")
        let evaluation = try Command("evaluate", folder("run/model.onnx"), "--data", folder("two.npz"))
        #expect(evaluation.status == 0 && evaluation.output.contains("images    2"), "\(evaluation)")
    }

    @Test(arguments: [
        ("gaussian", ["sigma=-1"], "gaussian: sigma is -1, and must be a number between"),
        ("gaussian", ["sigma=nan"], "sigma is nan, and must be a number"), ("gaussian", ["sigma"], "write key=value"),
        ("gaussian", ["noise=1"], "gaussian has no setting 'noise'. It has sigma"),
        ("gaussian", ["sigma=1", "sigma=2"], "sigma is given twice"), ("standard", ["sigma=1"], "it has none"),
        ("pgd", ["norm=l3"], "norm is l3, and must be l2 or linf"), ("pgd", ["epsilon=-1"], "epsilon is -1, and must be"),
        ("pgd", ["steps=1.5"], "steps is 1.5, and must be a whole number"), ("pgd", ["beta=1"], "pgd has no setting 'beta'"),
        ("trades", ["beta=-1"], "beta is -1"), ("pgd", ["epsilon=8"], "epsilon is 8.0: images in [0, 1] are at most 1 apart"),
        ("pgd", ["epsilon=29", "norm=l2"], "at most 28 apart"), ("smoothadv", ["epsilon=64"], "epsilon is 64.0"),
        ("smoothadv", ["copies=0"], "copies is 0, and must be a whole number between 1"),
        ("gradient-regularisation", ["lambda="], "lambda is "),
        ("magic", [], "there is no defense 'magic': choose standard"),
    ])
    func refusesSettings(defense: String, settings: [String], words: String) throws {
        let folder = try TemporaryFolder()
        let command = try Command(
            arguments(folder("run"), settings.flatMap { ["--set", $0] }, defense: defense))
        #expect(command.refused(naming: words), "\(command)")
        #expect(!folder.has("run"))
    }

    @Test(arguments: [
        (["--crop", "65"], "--crop is 65"), (["--warm-up-epochs", "-1"], "--warm-up-epochs is -1"),
        (["--accumulation", "0"], "--accumulation is 0"), (["--accumulation", "3"], "accumulation 3"),
        (["--mean", "0.1"], "--mean and --std belong together"),
        (["--mean", "0,0", "--std", "1,1"], "the image has 1 channel"),
        (["--unlabelled", "x.npz"], "--unlabelled and --pseudo-labels belong together"),
        (["--start", "none.onnx"], "none.onnx"),
        (["--arch", "perceptron"], "perceptron"), (["--data", "imagenet"], "imagenet"),
        (["--split", "half"], "half"), (["--epochs", "0"], "--epochs is 0"), (["--epochs", "100001"], "--epochs is 100001"),
        (["--batch", "7"], "the batch size is 7"), (["--batch", "0"], "--batch is 0"),
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
