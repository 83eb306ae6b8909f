import ArgumentParser
import Foundation
import Surety

/// `surety certify`: a radius and a certificate for each image.
struct Certify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Certify a model's predictions by randomized smoothing: a radius and a certificate per image.",
        discussion: """
            CERTIFY of Cohen, Rosenfeld and Kolter (2019); with --radii only these radii are decided, and with --stop-at nearly all \
            of the largest, each image stopping as soon as its votes allow. Writes run.json, certificates.jsonl and \
            certificates.tsv. After Ctrl-C or a crash, start it again with the same settings and it continues where it stopped. \
            'surety plan' says beforehand what it will cost.

            Example:
              surety certify model.onnx --data mnist --sigma 0.25 --skip 20 --output run
              surety certify model.onnx --data mnist --sigma 0.25 --radii 0.25,0.5,0.75 --output columns
              surety certify model.onnx --data mnist --sigma 0.25 --share /scratch/run    (on as many machines as you like)
            """)

    @OptionGroup var options: SmoothingOptions
    @OptionGroup var certifierOptions: CertifierOptions

    @OptionGroup var destination: DestinationOptions

    @Option(
        parsing: .unconditional,
        help: """
            The time to take at most, such as 90m or 2h. Images are then done in an order spread over the set; those for which \
            there is no time are left open, count as not certified, and are done when the command is given again.
            """)
    var budget: TimeSpan?

    @Option(
        help: """
            The directory of an earlier run to continue in --output: its votes are not counted again, and it stays as it is. It \
            may have had other images (--skip, --max) and, with --radii or --stop-at, a smaller --n.
            """)
    var extend: String?

    func validate() throws {
        try certifierOptions.validate()
        if destination.share != nil, budget != nil || extend != nil {
            throw ValidationError("""
                --budget and --extend are for a run of one process: workers that share a run may stop at any time, and go on.
                """)
        }
    }

    func run() throws {
        if let share = destination.shared {
            return try options.work(on: share) { model, images, noise, selection, execution in
                let certifier = try certifierOptions.certifier(noise: noise, alpha: options.alpha, n: options.n)
                return try model.certify(
                    images, with: certifier, seed: options.seed, selection: selection, sharing: share, execution)
            }
        }
        let output = destination.directory
        let earlier = try extend.map { path in
            let run = try SmoothingRun(of: URL(fileURLWithPath: path))
            guard URL(fileURLWithPath: path).standardizedFileURL != URL(fileURLWithPath: output).standardizedFileURL else {
                throw SuretyError("--extend and --output are one directory: give another to write to, the earlier run stays as it is")
            }
            return run
        }
        let run = try options.run(into: output) { model, images, noise, selection, output, execution in
            var certifier = try certifierOptions.certifier(noise: noise, alpha: options.alpha, n: options.n)
            if let earlier { certifier = try certifier.continuing(earlier.record.settings) }
            return try model.certify(
                images, with: certifier, seed: options.seed, selection: selection, extending: earlier, budget: budget?.seconds,
                into: output, execution)
        }
        let open = run.certificates.count(where: \.isOpen)
        if open > 0 {
            print("\(open) of \(run.certificates.count) images are left open: give the command again, with another --budget or none, to go on")
        }
        if let comparison = try FixedComparison(run) { print(comparison) }
    }
}
