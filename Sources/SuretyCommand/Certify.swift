import ArgumentParser
import Surety

/// `surety certify`: a radius and a certificate for each image.
struct Certify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Certify a model's predictions by randomized smoothing: a radius and a certificate per image.",
        discussion: """
            CERTIFY of Cohen, Rosenfeld and Kolter (2019); with --radii only these radii are decided, each image stopping as soon \
            as its votes allow. Writes run.json, certificates.jsonl and certificates.tsv. \
            Stopped by Ctrl-C or a crash, it goes on where it was when started again with the same settings.

            Example:
              surety certify model.onnx --data mnist --sigma 0.25 --skip 20 --output run
              surety certify model.onnx --data mnist --sigma 0.25 --radii 0.25,0.5,0.75 --output columns
            """)

    @OptionGroup var options: RunOptions

    @Option(parsing: .unconditional, help: "Noisy samples that choose the class.")
    var n0: Int = 100

    @Option(
        help: """
            The bounds behind the radius: two-bound (of the top class at .98 α, of the second at .02 α), clopper-pearson (of \
            the top class alone), or two-bound-halves (two at α/2 each, to go on with runs of earlier versions).
            """)
    var bound: Certifier.Bound = .twoBound

    @Option(help: "The norm of the radius: l2, or linf (the ℓ2 radius divided by √d).")
    var norm: Norm = .l2

    @Option(
        parsing: .unconditional,
        help: """
            Decide these radii, such as 0.25,0.5,0.75,1, from as few samples as each image needs, --n at most: about a tenth. \
            One radius takes about a hundredth.
            """)
    var radii: NumberList?

    @Option(
        parsing: .unconditional,
        help: "With --radii: give an image up when the chance to certify its next radius is below this; 0 for never. It costs no α.")
    var hope: Double = 0.05

    func run() throws {
        let columns = try radii.map { try Columns(radii: $0.values, hope: hope) }
        try options.run { model, images, noise, selection, output, execution in
            let certifier = try Certifier(
                noise: noise, alpha: options.alpha, n0: n0, n: options.n, bound: bound, norm: norm,
                columns: columns)
            return try model.certify(images, with: certifier, seed: options.seed, selection: selection, into: output, execution)
        }
    }
}

extension Certifier.Bound: ExpressibleByArgument {}
