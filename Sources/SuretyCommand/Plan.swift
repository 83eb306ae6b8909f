import ArgumentParser
import Foundation
import Surety

/// `surety plan`: what certifying will cost.
struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Estimate what a certify run will cost on this machine and, with a budget, which settings fit.",
        discussion: """
            Takes the options of 'surety certify'. The rate is measured for some seconds; for --radii, --stop-at or --max-radius \
            images of a pilot are certified in part, with noise of their own, none of which counts in a run.

            Example:
              surety plan model.onnx --data mnist --sigma 0.25 --radii 0.25,0.5,0.75 --budget 10m
            """)

    @OptionGroup var options: SmoothingOptions
    @OptionGroup var certifierOptions: CertifierOptions

    @Option(parsing: .unconditional, help: "The time there is, such as 90m or 2h: settings that fit it are named.")
    var budget: TimeSpan?

    @Option(parsing: .unconditional, help: "The time that the pilot may take.")
    var pilot = TimeSpan(seconds: 60)

    func validate() throws { try certifierOptions.validate() }

    func run() throws {
        try Sense.require(alpha: options.alpha)
        let selection = try options.selection()
        let (images, model, noise) = try options.load(selection)
        let certifier = try certifierOptions.certifier(noise: noise, alpha: options.alpha, n: options.n)
        let (cost, signal) = try Terminal.follow(finishing: "the batch in hand", threads: options.threadOptions.threads, batch: options.batch) {
            var execution = $0
            execution.convolution = options.convolution
            return try model.cost(
                ofCertifying: images, with: certifier, seed: options.seed, selection: selection, seconds: pilot.seconds, execution)
        }
        if let signal { throw ExitCode(128 + signal) }
        print(lines(cost).joined(separator: "\n"))
    }

    private func lines(_ cost: CostEstimate) -> [String] {
        func time(_ samples: Double) -> String { ProgressBar.duration(cost.seconds(samples)) }
        func number(_ samples: Double) -> String { Int(clamping: samples).formatted() }
        var lines = [
            "\(cost.images.formatted()) images, \(number(cost.samplesPerSecond)) samples a second",
            "n = \(options.n.formatted()) for each image: \(number(cost.fixedSamples)) samples, \(time(cost.fixedSamples))",
        ]
        if let stopping = cost.stopping {
            let (low, high) = (stopping.range.lowerBound, stopping.range.upperBound)
            lines.append("""
                stopping by its votes: \(number(low)) to \(number(high)) samples, typically \(number(stopping.typical)), at most \
                \(number(cost.fixedSamples)); \(time(low)) to \(time(high))
                """)
            if let share = cost.largestShare, share > (certifierOptions.radii?.values.count == 1 ? 2 : 10) {
                lines.append("""
                    a few images decide the cost: the most expensive in the pilot took \(Int(share)) times the mean
                    """)
            }
            lines.append("by a pilot of \(cost.pilotImages) images, \(cost.pilotSamples.formatted()) samples that will not count")
            if cost.pilotImages < min(100, cost.images) { lines.append("fewer than 100 images: give --pilot more time for a range to rely on") }
        }
        return lines + (budget.map { advice(cost, $0.seconds) } ?? [])
    }

    /// Settings that fit a budget of seconds, in words.
    private func advice(_ cost: CostEstimate, _ seconds: Double) -> [String] {
        let span = ProgressBar.duration(seconds)
        switch cost.fit(within: seconds, skip: options.skip, n0: certifierOptions.n0) {
        case .asPlanned: return ["it fits \(span)"]
        case .reduced(let skip, let images, let n):
            let most = options.max == nil ? "" : " --max \(images)"
            var lines = ["in \(span) it fits with --skip \(skip)\(most): \(images) images"]
            if let n { lines.append("or for all images with --n \(n)") }
            if cost.stopping == nil { lines.append("or, as a rule, with --radii or --stop-at: plan those") }
            return lines + ["or as many images as fit, spread over the set: surety certify … --budget \(Int(seconds))s"]
        }
    }
}
