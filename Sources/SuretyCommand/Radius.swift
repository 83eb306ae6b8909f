import ArgumentParser
import Foundation
import Surety

/// `surety radius`: the calculator.
struct Radius: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compute the bound and the radius that some votes certify.",
        discussion: """
            pA and the radius are rounded down, pB is rounded up.

            Examples:
              surety radius --votes 99000 --samples 100000 --alpha 0.001 --sigma 0.25
              surety radius --rows table.csv
            """)

    @Option(parsing: .unconditional, help: "Votes for the class.")
    var votes: Int?

    @Option(parsing: .unconditional, help: "Samples.")
    var samples: Int?

    @Option(parsing: .unconditional, help: "The probability with which a certificate may be wrong.", transform: Fraction.number)
    var alpha: Double = 0.001

    @Option(parsing: .unconditional, help: "Standard deviation of the noise.", transform: Fraction.number)
    var sigma: Double?

    @Option(
        parsing: .unconditional,
        help: "Votes for the most frequent other class: gives the two-bound radius, pA at .98 α and pB at .02 α.")
    var runnerUp: Int?

    @Option(help: "A CSV file with the columns k, n and alpha: answers each row.", completion: .file(extensions: ["csv"]))
    var rows: String?

    func validate() throws {
        let isSingle = votes != nil || samples != nil || sigma != nil || runnerUp != nil
        if isSingle == (rows != nil) || isSingle && (votes == nil || samples == nil || sigma == nil) {
            throw ValidationError("Give --votes, --samples and --sigma for one answer, or --rows for a table.")
        }
    }

    func run() throws {
        if let rows { return try answer(table: rows) }
        guard let votes, let samples, let sigma else { return }
        let bounds = if let runnerUp {
            try VoteBounds(votes: votes, runnerUp: runnerUp, samples: samples, alpha: alpha, split: .standard)
        } else {
            try VoteBounds(votes: votes, samples: samples, alpha: alpha)
        }
        let radius = try radius(bounds, sigma: sigma)
        print("pA lower bound  \(bounds.pALower)")
        if let upper = bounds.pBUpper { print("pB upper bound  \(upper)") }
        print("radius          \(radius.map { "\($0)" } ?? "none: the classifier abstains")")
    }

    /// In ℓ2, where the number of pixels does not matter.
    private func radius(_ bounds: VoteBounds, sigma: Double) throws -> Double? {
        try Noise.gaussian(sigma: sigma).radius(in: .l2, pALower: bounds.pALower, pBUpper: bounds.pBUpper, dimensions: 1)
    }

    private func answer(table path: String) throws {
        let text: String
        do {
            text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
        } catch {
            throw SuretyError("cannot read \(path): \(error.systemReason)")
        }
        let lines = text.split(whereSeparator: \.isNewline)
        let header = lines.first.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } } ?? []
        guard let k = header.firstIndex(of: "k"), let n = header.firstIndex(of: "n"), let a = header.firstIndex(of: "alpha")
        else { throw SuretyError("\(path): the first line must name the columns k, n and alpha") }
        print("k,n,alpha,lower,radius_over_sigma")
        for (index, line) in lines.enumerated().dropFirst() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard fields.count == header.count, let successes = Int(fields[k]), let trials = Int(fields[n]),
                let level = Double(fields[a])
            else { throw SuretyError("\(path), line \(index + 1): '\(line)' does not give whole numbers k and n and a number alpha") }
            do {
                let bounds = try VoteBounds(votes: successes, samples: trials, alpha: level)
                let radius = try radius(bounds, sigma: 1).map { "\($0)" } ?? ""
                print("\(successes),\(trials),\(fields[a]),\(bounds.pALower),\(radius)")
            } catch {
                throw SuretyError("\(path), line \(index + 1): \(error)")
            }
        }
    }
}
