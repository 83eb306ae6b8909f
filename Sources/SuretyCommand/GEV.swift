import ArgumentParser
import Foundation
import Surety

/// `surety gev`: an extreme value distribution for a column of numbers.
struct GEV: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gev",
        abstract: "Fit a generalised extreme value distribution to block maxima, by maximum likelihood.",
        discussion: """
            The file holds one number per line; empty lines and lines that begin with # are skipped. Shape, location and \
            scale are those of P[X ≤ x] = exp(−(1 + shape·(x − location)/scale)^(−1/shape)); scipy's c is −shape. The shape is \
            sought between −1 and 1, beyond which the likelihood may have no maximum; a fit at such a border, or one that Kolmogorov \
            and Smirnov's test refuses (p below 0.001), is called failed. The spread is where nine tenths of the estimates lie \
            that numbers drawn anew from the file, with replacement, give.

            Example:
              surety gev maxima.txt --p 0.001 --format json
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Argument(help: "The file of numbers.")
    var file: String

    @Option(parsing: .unconditional, help: "The probability with which the quantile is exceeded.")
    var p: Double = 0.001

    @Option(parsing: .unconditional, help: "The seed of the bootstrap that gives the spread.")
    var seed: UInt64 = 0

    @Option(help: "text or json.")
    var format: Format = .text

    func validate() throws {
        guard p > 0, p < 1 else { throw ValidationError("--p is \(p): it must lie strictly between 0 and 1.") }
    }

    func run() throws {
        let numbers = try NumberColumn(contentsOf: file).numbers
        let fit: ExtremeValueFit
        do { fit = try ExtremeValueFit(to: numbers) } catch { throw SuretyError("\(file): \(error)") }
        let answer = try Answer(fit, spread: fit.spread(ofUpperEstimate: p, from: numbers, seed: seed), p: p)
        switch format {
        case .text: print(answer.text)
        case .json:
            // It ends in a line feed already.
            print(String(decoding: CanonicalJSON.indented(try CanonicalJSON.data(answer)), as: UTF8.self), terminator: "")
        }
    }

    /// What is printed.
    private struct Answer: Encodable {
        let count: Int
        let shape, location, scale, logLikelihood, p, quantile, kolmogorovSmirnovP, maximum, estimate: Double
        let spread: [Double]?
        let poor: Bool
        let border: ExtremeValueFit.Border?
        let problem: String?

        init(_ fit: ExtremeValueFit, spread: ClosedRange<Double>?, p: Double) throws {
            self.spread = spread.map { [$0.lowerBound, $0.upperBound] }
            count = fit.count
            (shape, location, scale) = (fit.distribution.shape, fit.distribution.location, fit.distribution.scale)
            logLikelihood = fit.logLikelihood
            self.p = p
            quantile = try fit.distribution.upperQuantile(p)
            kolmogorovSmirnovP = fit.kolmogorovSmirnovP
            maximum = fit.maximum
            estimate = try fit.upperEstimate(p)
            (poor, border, problem) = (fit.isPoor, fit.border, fit.problem)
        }

        var text: String {
            let rows = [
                ("numbers", "\(count)"), ("shape", "\(shape)"), ("location", "\(location)"), ("scale", "\(scale)"),
                ("logLikelihood", "\(logLikelihood)"), ("quantile", "\(quantile), exceeded with probability \(p)"),
                ("maximum", "\(maximum)"), ("estimate", "\(estimate), the larger of quantile and maximum"),
                ("spread", spread.map { "\($0[0]) to \($0[1])" } ?? "none"),
                ("Kolmogorov–Smirnov p", "\(kolmogorovSmirnovP)"),
            ]
            let lines = rows.map { $0.0.padding(toLength: 22, withPad: " ", startingAt: 0) + $0.1 }
            let warning = problem.map { ["The estimate failed: \($0). Do not rely on the quantile."] } ?? []
            return (lines + warning).joined(separator: "\n")
        }
    }
}
