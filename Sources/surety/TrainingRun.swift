import ArgumentParser
import Datasets
import Foundation
import Networks
import Training

/// A training with its directory: `checkpoint` and `history.csv` after each epoch, `model.onnx` at the end.
struct TrainingRun {
    let network: Network
    let defense: any Defense
    let images: LabelledImages
    let settings: TrainingSettings
    let metadata: [String: String]
    let output: String

    private var directory: URL { URL(fileURLWithPath: output) }
    private var checkpointFile: URL { directory.appendingPathComponent("checkpoint") }

    /// Trains to the end, from the checkpoint where there is one; returns the epochs.
    ///
    /// - Throws: Whatever stops it. The checkpoint of the last epoch is then kept.
    func start() throws -> [Trainer.Epoch] {
        let isResuming = FileManager.default.fileExists(atPath: checkpointFile.path)
        var trainer = try makeTrainer(resuming: isResuming ? Checkpoint(contentsOf: checkpointFile) : nil)
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw CommandError("cannot make the directory \(output): \(error.systemReason)")
        }
        if isResuming { Terminal.note("going on after epoch \(trainer.history.count) of \(settings.epochs)") }
        try train(&trainer)
        try write(history: trainer.history)
        try write(ONNXWriter.data(for: trainer.trainedNetwork(), metadata: metadata), to: "model.onnx")
        return trainer.history
    }

    private func makeTrainer(resuming checkpoint: Checkpoint?) throws -> Trainer {
        do {
            return try Trainer(network, defense, on: images, settings, resuming: checkpoint)
        } catch let error as TrainingError where checkpoint != nil {
            throw CommandError("\(output): \(error.description). Train with the same settings, or into another directory.")
        }
    }

    private func train(_ trainer: inout Trainer) throws {
        let interruption = Interruption(finishing: "the step in hand")
        let stepsPerEpoch = images.count / settings.batchSize
        let epochs = settings.epochs
        let before = trainer.history.count
        let bar = ProgressBar(total: (epochs - before) * stepsPerEpoch, unit: "steps")
        defer { bar.finish() }
        let start = ContinuousClock.now
        while !trainer.isFinished {
            let epoch = trainer.history.count
            try trainer.runEpoch { done, steps, loss in
                let sum = (epoch - before) * stepsPerEpoch + done
                let rate = Double(sum * settings.batchSize) / ((ContinuousClock.now - start) / .seconds(1))
                bar.show(sum, remark: """
                    epoch \(epoch + 1)/\(epochs), loss \(String(format: "%.4f", loss)), \
                    \(Int(clamping: rate).formatted()) images/s
                    """)
                if done < steps { try stop(at: interruption.signal, epochs: epoch) }
            }
            try trainer.checkpoint.write(to: checkpointFile)
            try write(history: trainer.history)
            if !trainer.isFinished { try stop(at: interruption.signal, epochs: epoch + 1) }
        }
    }

    /// Ends the training if a signal has come. What it leaves is whole: the checkpoint of the last completed epoch.
    private func stop(at signal: Int32?, epochs: Int) throws {
        guard let signal else { return }
        Terminal.note("""

            \(output) has \(epochs) of \(settings.epochs) epochs; start again with the same settings to go on
            """)
        throw ExitCode(128 + signal)
    }

    private func write(history: [Trainer.Epoch]) throws(CommandError) {
        let rows = history.map { "\($0.number),\($0.loss),\($0.learningRate),\(String(format: "%.3f", $0.seconds))\n" }
        try write(Data("epoch,loss,learning_rate,seconds\n\(rows.joined())".utf8), to: "history.csv")
    }

    private func write(_ data: Data, to name: String) throws(CommandError) {
        do {
            try data.write(to: directory.appendingPathComponent(name), options: .atomic)
        } catch {
            throw CommandError("cannot write \(output)/\(name): \(error.systemReason)")
        }
    }
}
