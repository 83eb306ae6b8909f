import Foundation
import TestSupport
import Testing

@Suite struct SmoothingOptionsTests {
    /// What cannot be is refused by certify and predict alike, before anything is written.
    @Test(arguments: [
        (["--sigma", "0"], "sigma is 0"), (["--sigma", "-1"], "sigma is -1"), (["--sigma", "nan"], "sigma is nan"),
        (["--sigma", "inf"], "sigma is inf"), (["--sigma", "much"], "--sigma"),
        (["--n", "0"], "n is 0"), (["--n", "-5"], "n is -5"), (["--n", "4294967296"], "n is 4294967296"),
        (["--n", "99999999999999999999"], "--n"),
        (["--alpha", "0"], "alpha is 0"), (["--alpha", "1"], "alpha is 1"), (["--alpha", "2"], "alpha is 2"),
        (["--alpha", "nan"], "alpha is nan"), (["--alpha", "0.5"], "alpha is 0.5"), (["--alpha", "0.999"], "alpha is 0.999"),
        (["--seed", "-1"], "--seed"), (["--seed", "18446744073709551616"], "--seed"),
        (["--skip", "0"], "skip is 0"), (["--max", "0"], "max is 0"), (["--max", "-2"], "max is -2"),
        (["--shard", "3/2"], "shard 3/2"), (["--shard", "2/2"], "shard 2/2"), (["--shard", "0/0"], "shard 0/0"),
        (["--shard", "-1/2"], "shard"), (["--shard", "half"], "half"), (["--shard", "12/13"], "shard 12/13"),
        (["--batch", "0"], "--batch is 0"), (["--batch", "65537"], "--batch is 65537"),
        (["--threads", "0"], "--threads is 0"), (["--threads", "1000000"], "--threads is 1000000"),
    ])
    func refusesWhatCannotBe(options: [String], culprit: String) throws {
        let folder = try TemporaryFolder()
        for method in ["certify", "predict"] {
            let command = try Command(DigitsRun.arguments(folder("run"), options, method: method))
            #expect(command.refused(naming: culprit))
            #expect(!folder.has("run"))
        }
    }

    @Test(arguments: [
        (["--n0", "0"], "n0 is 0"), (["--n0", "-1"], "n0 is -1"), (["--n0", "4294967296"], "n0 is 4294967296"),
        (["--bound", "three-bound"], "three-bound"), (["--norm", "l1"], "l1"),
    ])
    func refusesWhatCannotBeCertified(options: [String], culprit: String) throws {
        let folder = try TemporaryFolder()
        let command = try Command(DigitsRun.arguments(folder("run"), options))
        #expect(command.refused(naming: culprit))
        #expect(!folder.has("run"))
    }

    /// What is possible and hardly meant is done, with a warning that says what may have been.
    @Test(arguments: [
        (["--sigma", "64"], "divide it by 255 (0.251)"), (["--alpha", "0.2"], "α = 0.2 lets 20 of 100"),
        (["--mean", "33.3", "--std", "0.3"], "divide it and the deviation by 255 (0.1306)"),
        (["--mean", "0.1", "--std", "1e9"], "become almost one grey"),
    ])
    func warns(options: [String], advice: String) throws {
        let folder = try TemporaryFolder()
        for method in ["certify", "predict"] {
            let command = try Command(DigitsRun.arguments(folder(method), options, method: method))
            #expect(command.status == 0 && command.errors.contains("warning: ") && command.errors.contains(advice), "\(command)")
        }
        if options[0] == "--mean" {
            for command in [
                ["evaluate", DigitsRun.model, "--data", "synthetic"], ["info", DigitsRun.model],
                ["attack", DigitsRun.model, "--data", "synthetic", "--max", "2", "--attack", "fgsm", "--epsilon", "0.1", "--output", folder("attack")],
            ] { #expect(try Command(command + options).errors.contains(advice), "\(command)") }
        }
        #expect(!(try Command(DigitsRun.arguments(folder("usual")))).errors.contains("warning"))
    }

    /// With other settings, a run does not continue and says what differs; its content is left unchanged.
    @Test func refusesToGoOnWithOtherSettings() throws {
        let folder = try TemporaryFolder()
        let run = try DigitsRun.make(folder("run"))
        let export = try Command("data", "export", "synthetic", "--split", "train", "--output", folder("train.npz"))
        #expect(export.status == 0, "\(export)")
        let changes = [
            (["--sigma", "0.5"], "settings.noise.sigma: 1 there, 0.5 here"),
            (["--grid", "65535"], "settings.noise.grid: 255 there, 65535 here"),
            (["--n", "501"], "settings.n: 500 there, 501 here"),
            (["--n0", "99"], "settings.n0: 100 there, 99 here"),
            (["--seed", "3"], "settings.seed: 0 there, 3 here"),
            (["--alpha", "0.01"], "settings.alpha: 0.001 there, 0.01 here"),
            (["--bound", "clopper-pearson"], "settings.bound: two-bound there, clopper-pearson here"),
            (["--bound", "two-bound-halves"], "Start with the settings it has (--bound two-bound), to go on with it"),
            (["--norm", "linf"], "settings.norm: l2 there, linf here"),
            (["--mean", "0", "--std", "1"], "model.mean: nothing there, [0] here"),
            (["--skip", "4"], "selection.skip: 3 there, 4 here"),
            (["--max", "13"], "selection.max: 12 there, 13 here"),
            (["--shard", "0/2"], "selection.shard: 0/1 there, 0/2 here"),
            (["--split", "train"], "data.split: test there, train here"),
            (["--data", folder("train.npz")], "data.name: synthetic there, train.npz here"),
        ]
        for (options, difference) in changes {
            let command = try Command(DigitsRun.arguments(folder("run"), options))
            #expect(command.refused(naming: difference))
            #expect(command.errors.contains(folder("run")))
            // Other images may be added elsewhere, to the same votes.
            let extends = ["--skip", "--max", "--shard"].contains(options[0])
            #expect(command.errors.contains("--extend \(folder("run"))") == extends, "\(command)")
        }
        let other = try folder.write(DigitsRun.otherModel(), to: "other.onnx").path
        #expect(try Command(DigitsRun.arguments(folder("run"), model: other)).refused(naming: "model.sha256: "))
        let prediction = try Command(DigitsRun.arguments(folder("run"), method: "predict"))
        #expect(prediction.refused(naming: "method: certify there, predict here"))
        #expect(try RunFiles(folder("run")).lines == run.lines)
    }

    /// Batch, threads and the name of the model file are not settings: a run can continue with others.
    @Test func goesOnWithOtherMeans() throws {
        let folder = try TemporaryFolder()
        let run = try DigitsRun.make(folder("run"))
        let renamed = try folder.write(Data(contentsOf: URL(fileURLWithPath: DigitsRun.model)), to: "renamed.onnx").path
        let command = try Command(
            DigitsRun.arguments(folder("run"), ["--threads", "1", "--batch", "8"], model: renamed))
        #expect(command.status == 0, "\(command)")
        #expect(command.errors.contains("going on after 12 of 12 images"))
        #expect(try RunFiles(folder("run")).lines == run.lines)
    }

    @Test func refusesAPathBelowAFile() throws {
        let folder = try TemporaryFolder()
        try folder.write(Data("a file".utf8), to: "file")
        for output in [folder("file"), folder("file/run")] {
            #expect(try Command(DigitsRun.arguments(output)).refused(naming: output))
        }
        #expect(folder.contents(of: "file") == Data("a file".utf8))
    }

    @Test func refusesADirectoryOfSomethingElse() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder("run"), withIntermediateDirectories: true)
        try folder.write(Data("{}".utf8), to: "run/run.json")
        #expect(try Command(DigitsRun.arguments(folder("run"))).refused(naming: "run.json"))
    }
}
