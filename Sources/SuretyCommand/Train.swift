import ArgumentParser
import Surety

/// `surety train`: a robust classifier, and how it was made.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a classifier with a defense; the result is an ONNX model with its provenance.",
        discussion: """
            Writes model.onnx, checkpoint, history.csv and a plot of it. After Ctrl-C or a crash, start it again with the same \
            settings and it continues after the last completed epoch, and ends with the same model.

            A recipe is a YAML file whose keys are the names of the options below, with the defense's settings under set. \
            'surety recipes' lists those that are part of this program. Options override the recipe.

            Defenses: \(DefenseCatalogue.all.map { $0.name }.joined(separator: ", ")). 'surety list defenses' says what each does \
            and what can be set.

            Examples:
              surety train --defense gaussian --set sigma=0.25 --arch lenet --data mnist --epochs 3 --output gaussian
              surety train --recipe mnist-trades-0.3 --epochs 2 --output trades
            """)

    @Option(help: "A recipe: a YAML file, or the name of one that 'surety recipes' lists.")
    var recipe: String?

    @OptionGroup var options: TrainingOptions

    @Option(help: "The folder of data sets (default: $SURETY_DATA, else ~/.cache/surety).")
    var dataRoot: String?

    @Option(help: "The directory to write to. Given again with the same settings, the training goes on where it stopped.")
    var output: String

    @Option(
        help: """
            How convolutions of 3×3 are computed: winograd, faster where the processor can, or direct, as earlier versions did. \
            The models differ by rounding. A training goes on as it was begun.
            """)
    var convolution: ConvolutionAlgorithm = .winograd

    @Flag(help: "Only say what would be trained.")
    var dryRun = false

    func run() throws {
        let base = try recipe.map { name throws(SuretyError) in try BundledRecipe.recipe(named: name) } ?? TrainingRecipe()
        let plan = try TrainingPlan(options.recipe().completed(by: base))
        let images = try plan.images(under: DatasetRoot(dataRoot))
        if let note = images.note { Terminal.note(note) }
        try Terminal.warn(plan.requireSense(shape: images.shape))
        if dryRun {
            let network = try plan.network(for: images)
            print("\(network.summary.parameterCount.formatted()) parameters, \(images.count.formatted()) images")
            for (key, value) in try plan.metadata(images).sorted(by: { $0.key < $1.key }) { print("\(key): \(value)") }
        } else {
            let (epochs, signal) = try Terminal.follow(finishing: "the step in hand") {
                var execution = $0
                execution.convolution = convolution
                return try plan.train(on: images, into: output, execution)
            }
            let total = plan.settings.epochs
            try Terminal.stop(epochs.count < total ? signal : nil, output, epochs.count, total, "epochs")
            summarise(epochs, plan, images)
        }
    }

    /// A share as a percentage; 0 % means none at all.
    private static func percentage(_ share: Double) -> String {
        share == 0 ? "0 %" : String(format: share < 0.01 ? "%.2g %%" : "%.1f %%", 100 * share)
    }

    private func summarise(_ epochs: [Trainer.Epoch], _ plan: TrainingPlan, _ images: LabelledImages) {
        let parameters = plan.defense.parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let seconds = epochs.reduce(0) { $0 + $1.seconds }
        let share = epochs.last?.confinedShare
        let stopped = share.map { "\ncells     stopped \(Self.percentage($0)) of the images in the last epoch" } ?? ""
        print("""
            \(plan.architecture.rawValue), \(([type(of: plan.defense).name] + parameters).joined(separator: ", ")), on \
            \(images.count) images of \(images.name)
            epochs    \(epochs.count)
            loss      \(epochs.last.map { String($0.loss) } ?? "none")
            accuracy  \(epochs.last.map { String($0.accuracy) } ?? "none"), on the training images as they were seen
            time      \(ProgressBar.duration(seconds))\(stopped)

            \(output)/model.onnx    the model, with how it was made
            \(output)/history.csv   loss, accuracy, learning rate and seconds of each epoch; drawn in history.svg and .png
            \(output)/checkpoint    what another start would go on from

            Next:
              surety evaluate \(output)/model.onnx --data \(plan.data)
              surety certify \(output)/model.onnx --data \(plan.data) --sigma \(plan.defense.parameters["sigma"] ?? "0.25") \
            --skip 20 --output \(output)/certificates
            """)
    }
}
