import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretyReports
import SuretyTraining

extension TrainingPlan {
    /// Trains on images, from the checkpoint in the directory where there is one, to the model.
    ///
    /// The directory holds `run.json`, `checkpoint` and `history.csv` after each epoch, and `model.onnx` in the end.
    ///
    /// - Returns: The epochs; fewer than requested if the monitor asked to stop.
    /// - Throws: Any error that stops it. The checkpoint of the last epoch is then kept.
    @discardableResult
    public func train(on images: LabelledImages, into path: String, _ execution: Execution = Execution()) throws -> [Trainer.Epoch] {
        var metadata = try metadata(images)
        let directory = try TrainingDirectory(path)
        var trainer: Trainer
        do {
            trainer = try makeTrainer(images, resuming: directory.checkpoint(), path, execution)
        } catch {
            directory.removeIfUnused()
            throw error
        }
        func record() -> TrainingRecord {
            TrainingRecord(
                data: .init(images), settings: metadata, environment: execution.environment(convolution: trainer.convolution),
                epochs: settings.epochs, history: trainer.history)
        }
        let rates = TrainingRate(settings, images, trainer.history.count, execution.monitor)
        while !trainer.isFinished {
            let epoch = trainer.history.count + 1
            do {
                try trainer.runEpoch { progress in
                    rates.show(progress, epoch: epoch)
                    if progress.step < progress.steps, execution.monitor.shouldStop() { throw Stopped() }
                }
            } catch is Stopped {
                return trainer.history
            }
            try trainer.checkpoint.write(to: directory.checkpointFile)
            try directory.write(record(), history: trainer.history, files: [TrainingFile.checkpoint, TrainingFile.history])
            if let last = trainer.history.last { warn(of: last, execution.monitor) }
            if !trainer.isFinished, execution.monitor.shouldStop() { return trainer.history }
        }
        if let share = trainer.history.last?.confinedShare { metadata["stopped-by-cell"] = "\(share)" }
        try directory.write(ONNXWriter.data(for: trainer.trainedNetwork(), metadata: metadata), to: TrainingFile.model)
        try directory.write(
            record(), history: trainer.history, files: [TrainingFile.checkpoint, TrainingFile.history, TrainingFile.model])
        plot(trainer.history, to: [directory.url("history.svg"), directory.url("history.png")], execution.monitor)
        return trainer.history
    }

    private struct Stopped: Error {}

    private func makeTrainer(
        _ images: LabelledImages, resuming checkpoint: Checkpoint?, _ path: String, _ execution: Execution
    ) throws -> Trainer {
        do {
            let network = try network(for: images).convolving(by: execution.convolution)
            let trainer = try Trainer(network, defense, on: images, settings, resuming: checkpoint)
            if let done = checkpoint?.history.count { execution.monitor.note("going on after epoch \(done) of \(settings.epochs)") }
            return trainer
        } catch let error as TrainingError where checkpoint != nil {
            throw SuretyError("\(path): \(error.description). Train with the same settings, or into another directory.")
        }
    }

    /// Says so if an epoch's adversary never reached the border of a cell: the cells are then meaningless.
    private func warn(of epoch: Trainer.Epoch, _ monitor: Monitor) {
        guard epoch.confinedShare == 0 else { return }
        monitor.note("""
            warning: in epoch \(epoch.number) cells stopped 0 % of the images. The steps end before any cell does, so that this is \
            training without cells: raise step or steps, unless it changes when the warm-up is over.
            """)
    }

    private func plot(_ history: [Trainer.Epoch], to files: [URL], _ monitor: Monitor) {
        monitor.draw("plot of the history") {
            let plot = try TrainingPlot(loss: history.map(\.loss), accuracy: history.map(\.accuracy))
            for file in files { try plot.draw(to: file) }
        }
    }
}

/// The progress and speed of a training, for observers.
private struct TrainingRate {
    private let epochs, batch, stepsPerEpoch, before: Int
    private let monitor: Monitor
    private let start = ContinuousClock.now

    init(_ settings: TrainingSettings, _ images: LabelledImages, _ before: Int, _ monitor: Monitor) {
        (epochs, batch, self.before, self.monitor) = (settings.epochs, settings.batchSize, before, monitor)
        stepsPerEpoch = images.count / settings.batchSize
    }

    func show(_ progress: Trainer.Progress, epoch: Int) {
        let sum = (epoch - 1 - before) * stepsPerEpoch + progress.step
        let rate = Double(sum * batch) / ((ContinuousClock.now - start) / .seconds(1))
        monitor.progress(.init(
            done: sum, total: (epochs - before) * stepsPerEpoch, unit: "steps", remark: """
                epoch \(epoch)/\(epochs), loss \(String(format: "%.4f", progress.loss)), accuracy \
                \(String(format: "%.4f", progress.accuracy)), \(Int(clamping: rate).formatted()) images/s
                """))
    }
}
