import ArgumentParser
import Foundation
import Surety

/// `surety attack`: how far an attacker gets.
struct AttackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attack",
        abstract: "Attack a model's predictions: adversarial images, their distances, and robust accuracy.",
        discussion: """
            Writes run.json, attacks.jsonl (a line per image), adversarial.npz and grid.png. Every image that an attack \
            proposes is limited to [0, 1], classified anew and measured: no attack judges its own results. The nearest \
            image of several attacks counts.

            With --sigma the smoothed classifier is attacked, by its mean over noisy copies, and PREDICT judges. With --source \
            the attack follows another model's gradients: a transfer attack, in which nothing but the model's own answer decides. \
            Attacks that seek the smallest distance show the model each image they try.

            A model that ends in softmax is followed up to its logits, and judged as it is. Where the gradient of cross \
            entropy is zero, attacks follow that of rescaled logits, and the number of such images is shown.

            Attacks: \(AttackCatalogue.attacks.map { $0.name }.joined(separator: ", ")). 'surety list attacks' says what each \
            does, in which norms, and what can be set. The radii of wasser and sinkhorn, which move mass, are for images of \
            mass 1, and --norm does not matter to them.

            Suites: \(AttackSuite.help)

            Examples:
              surety attack model.onnx --data mnist --attack pgd --norm linf --epsilon 0.1,0.2,0.3 --output pgd
              surety attack model.onnx --data mnist --attack ddn --norm l2 --max 100 --output ddn
              surety attack model.onnx --data mnist --attack pgd --norm l2 --epsilon 0.5 --sigma 0.5 --copies 16 --output smooth
            """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var data: DataOptions

    @Option(name: .customLong("attack"), help: "An attack; several may be given.")
    var attacks: [String] = []

    @Option(help: "A suite of attacks: standard.")
    var suite: AttackSuite?

    @Option(help: "What is kept small: \(Norm.allCases.map(\.rawValue).joined(separator: " or ")).")
    var norm: Norm = .linf

    @Option(
        parsing: .unconditional,
        help: "The radius, in pixels of [0, 1]: one or several, separated by commas. Needed by attacks within a radius.")
    var epsilon: NumberList?

    @Option(
        name: .customLong("set"), help: ArgumentHelp("A setting of the attack; with a single --attack.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(help: "The data set whose training images bound the Voronoi cells, for voronoi: mnist, cifar10, or an .npz file.")
    var cells: String?

    @Option(help: "An ONNX model to follow the gradients of, in place of the one attacked.")
    var source: String?

    @Option(
        parsing: .unconditional, help: "Attack the smoothed classifier with noise of this standard deviation.",
        transform: Fraction.number)
    var sigma: Double?

    @OptionGroup var gridOption: GridOption

    @Option(parsing: .unconditional, help: "Noisy copies that the attack averages over (m_test).")
    var copies: Int = 16

    @Option(parsing: .unconditional, help: "Noisy samples of PREDICT, which judges.")
    var n: Int = 1000

    @Option(parsing: .unconditional, help: "The probability with which PREDICT may be wrong.", transform: Fraction.number)
    var alpha: Double = 0.001

    @Option(parsing: .unconditional, help: "Take every K-th image.")
    var skip: Int = 1

    @Option(parsing: .unconditional, help: "Take at most this many images.")
    var max: Int?

    @Option(parsing: .unconditional, help: "The seed of all that is random.")
    var seed: UInt64 = 0

    @Option(parsing: .unconditional, help: "Images that a thread attacks at a time. Results do not depend on it.")
    var batch: Int?

    @OptionGroup var threadOptions: ThreadOptions
    @OptionGroup var preflight: PreflightOptions

    @OptionGroup var destination: DestinationOptions

    func validate() throws {
        if attacks.isEmpty == (suite == nil) { throw ValidationError("Give either --attack or --suite.") }
        if !assignments.isEmpty, attacks.count != 1 { throw ValidationError("--set needs a single --attack.") }
        if let batch, !(1...65_536).contains(batch) {
            throw ValidationError("--batch is \(batch): it must lie between 1 and 65536.")
        }
        if !(1...4096).contains(copies) { throw ValidationError("--copies is \(copies): it must lie between 1 and 4096.") }
        if let values = epsilon?.values, !values.allSatisfy({ $0 >= 0 }) {
            throw ValidationError("--epsilon is \(values): a radius must not be negative.")
        }
    }

    func run() throws {
        let selection = try ImageSelection(skip: skip, max: max)
        let images = try data.load(preset: model.preset, keeping: selection.contains)
        let loaded = try model.load(imageShape: images.shape)
        try loaded.requireClasses(of: images, from: data.data, note: Terminal.note)
        if let sigma {
            try Sense.require(alpha: alpha)
            Terminal.warn(Plausibility.noise(sigma: sigma) + Plausibility.level(alpha: alpha))
        }
        let smoothing = try sigma.map {
            AttackPlan.Smoothing(
                predictor: try Predictor(noise: .gaussian(sigma: $0, grid: gridOption.grid(for: images, loaded)), alpha: alpha, n: n), copies: copies)
        }
        let plan = try AttackPlan(
            attacks: suite?.names(norm) ?? attacks, norm: norm, radii: epsilon?.values.sorted() ?? [],
            settings: settings(from: assignments), smoothing: smoothing, seed: seed,
            cells: try cells.map { try DatasetSource($0).load(.train, under: DatasetRoot(data.dataRoot)) })
        try plan.requireSense(shape: images.shape)
        let other = try source.map { try Model(contentsOf: $0, imageShape: images.shape) }
        if let other { try loaded.requireSource(other) }
        _ = try preflight.check(loaded, on: images)
        if let share = destination.shared {
            return try DestinationOptions.work(share, threadOptions.threads, batch: batch) { execution in
                try loaded.attack(images, with: plan, source: other, selection: selection, sharing: share, execution)
            }
        }
        let output = destination.directory
        let run = try Terminal.follow(output, finishing: "the images in hand", threads: threadOptions.threads, batch: batch) { execution in
            try loaded.attack(
                images, with: plan, source: other, selection: selection, into: URL(fileURLWithPath: output, isDirectory: true),
                execution)
        }
        AttackSummary(run).show()
    }
}

extension Norm: ExpressibleByArgument {}
extension AttackSuite: ExpressibleByArgument {}
