import ArgumentParser
import Datasets
import Networks
import Training

/// `surety train`: a robust classifier, and how it was made.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a classifier with a defense; the result is an ONNX model with its provenance.",
        discussion: """
            Writes model.onnx, checkpoint and history.csv. Stopped by Ctrl-C or a crash, it goes on after the last \
            completed epoch when started again with the same settings, and ends with the same model.

            Parameters of the defenses:
            \(DefenseName.allCases.filter { !$0.parameters.isEmpty }.map(\.explanation).joined(separator: "\n"))

            Example:
              surety train --defense gaussian --set sigma=0.25 --arch lenet --data mnist --epochs 3 --output gaussian
            """)

    @OptionGroup var defenseOptions: DefenseOptions

    @Option(help: "The network.")
    var arch: Architecture

    @Option(help: "The data set: mnist, cifar10, synthetic, or an .npz file with the arrays images and labels.")
    var data: String

    @Option(help: "The folder of data sets (default: $SURETY_DATA, else ~/.cache/surety).")
    var dataRoot: String?

    @Option(help: "Which part of the set: test or train.")
    var split: Split = .train

    @OptionGroup var trainingOptions: TrainingOptions

    @Option(help: "The directory to write to. Given again with the same settings, the training goes on where it stopped.")
    var output: String

    func run() throws {
        let defense = try defenseOptions.defense()
        let settings = trainingOptions.settings
        let images = try DatasetSource(data).load(split, under: DatasetRoot(dataRoot))
        if let note = images.note { Terminal.note(note) }
        let network = try arch.network(
            imageShape: images.shape, classCount: images.classCount ?? (images.labels.max() ?? 0) + 1, seed: settings.seed)
        let epochs = try TrainingRun(
            network: network, defense: defense, images: images, settings: settings,
            metadata: TrainingMetadata(arch, defenseOptions.name, defense, images, settings).properties, output: output
        ).start()
        summarise(epochs, defense, images)
    }

    private func summarise(_ epochs: [Trainer.Epoch], _ defense: any Defense, _ images: LabelledImages) {
        let parameters = defense.parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let seconds = epochs.reduce(0) { $0 + $1.seconds }
        print("""
            \(arch.rawValue), \(([defenseOptions.name.rawValue] + parameters).joined(separator: ", ")), on \
            \(images.count) images of \(images.name)
            epochs  \(epochs.count)
            loss    \(epochs.last.map { String($0.loss) } ?? "none")
            time    \(ProgressBar.duration(seconds))

            \(output)/model.onnx    the model, with how it was made
            \(output)/history.csv   loss, learning rate and seconds of each epoch
            \(output)/checkpoint    what another start would go on from

            Next:
              surety evaluate \(output)/model.onnx --data \(data)
              surety certify \(output)/model.onnx --data \(data) --sigma \(defense.parameters["sigma"] ?? "0.25") --skip 20 \
            --output \(output)/certificates
            """)
    }
}

extension Architecture: ExpressibleByArgument {}
