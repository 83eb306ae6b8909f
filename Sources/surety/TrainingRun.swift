import ArgumentParser
import Datasets
import Foundation
import Networks
import Reports
import Training

/// A training with its directory, from the checkpoint where there is one to the model.
struct TrainingRun {
    let plan: TrainingPlan
    let images: LabelledImages
    let output: String

    /// Trains to the end; returns the epochs.
    ///
    /// - Throws: Whatever stops it. The checkpoint of the last epoch is then kept.
    func start() throws -> [Trainer.Epoch] {
        var metadata = try plan.metadata(images)
        let directory = try TrainingDirectory(output)
        var trainer: Trainer
        do {
            trainer = try makeTrainer(resuming: directory.checkpoint())
        } catch {
            directory.removeIfUnused()
            throw error
        }
        try train(&trainer, directory)
        try directory.write(history: trainer.history)
        if let share = trainer.history.last?.confinedShare { metadata["stopped-by-cell"] = "\(share)" }
        try directory.write(ONNXWriter.data(for: trainer.trainedNetwork(), metadata: metadata), to: "model.onnx")
        plot(trainer.history, directory)
        return trainer.history
    }

    private func makeTrainer(resuming checkpoint: Checkpoint?) throws -> Trainer {
        do {
            let trainer = try Trainer(
                plan.network(for: images), plan.defense, on: images, plan.settings, resuming: checkpoint)
            if let done = checkpoint?.history.count { Terminal.note("going on after epoch \(done) of \(plan.settings.epochs)") }
            return trainer
        } catch let error as TrainingError where checkpoint != nil {
            throw CommandError("\(output): \(error.description). Train with the same settings, or into another directory.")
        }
    }

    private func train(_ trainer: inout Trainer, _ directory: borrowing TrainingDirectory) throws {
        let interruption = Interruption(finishing: "the step in hand")
        let (epochs, batch) = (plan.settings.epochs, plan.settings.batchSize)
        let stepsPerEpoch = images.count / batch
        let before = trainer.history.count
        let bar = ProgressBar(total: (epochs - before) * stepsPerEpoch, unit: "steps")
        defer { bar.finish() }
        let start = ContinuousClock.now
        while !trainer.isFinished {
            let epoch = trainer.history.count
            try trainer.runEpoch { progress in
                let sum = (epoch - before) * stepsPerEpoch + progress.step
                let rate = Double(sum * batch) / ((ContinuousClock.now - start) / .seconds(1))
                bar.show(sum, remark: """
                    epoch \(epoch + 1)/\(epochs), loss \(String(format: "%.4f", progress.loss)), accuracy \
                    \(String(format: "%.4f", progress.accuracy)), \(Int(clamping: rate).formatted()) images/s
                    """)
                if progress.step < progress.steps { try stop(at: interruption.signal, epochs: epoch) }
            }
            try trainer.checkpoint.write(to: directory.checkpointFile)
            try directory.write(history: trainer.history)
            if let last = trainer.history.last { warn(of: last) }
            if !trainer.isFinished { try stop(at: interruption.signal, epochs: epoch + 1) }
        }
    }

    /// Says so when an epoch's adversary never came to the end of a cell: the cells then mean nothing.
    private func warn(of epoch: Trainer.Epoch) {
        guard epoch.confinedShare == 0 else { return }
        Terminal.note("""
            warning: in epoch \(epoch.number) cells stopped 0 % of the images. The steps end before any cell does, so that this is \
            training without cells: raise step or steps, unless it changes when the warm-up is over.
            """)
    }

    /// A share as a percentage, of which 0 % is none at all.
    static func percentage(_ share: Double) -> String {
        share == 0 ? "0 %" : String(format: share < 0.01 ? "%.2g %%" : "%.1f %%", 100 * share)
    }

    /// Ends the training if a signal has come. What it leaves is whole: the checkpoint of the last completed epoch.
    private func stop(at signal: Int32?, epochs: Int) throws {
        guard let signal else { return }
        Terminal.note("""

            \(output) has \(epochs) of \(plan.settings.epochs) epochs; start again with the same settings to go on
            """)
        throw ExitCode(128 + signal)
    }

    /// Draws the history. A training is not in vain for want of a picture.
    private func plot(_ history: [Trainer.Epoch], _ directory: borrowing TrainingDirectory) {
        do {
            let plot = try TrainingPlot(loss: history.map(\.loss), accuracy: history.map(\.accuracy))
            for kind in ["svg", "png"] { try plot.draw(to: directory.url("history.\(kind)")) }
        } catch {
            Terminal.note("\(output) has no plot of the history: \(error)")
        }
    }
}
