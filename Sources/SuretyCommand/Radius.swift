import ArgumentParser
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
        if let rows { return try RadiusTable(contentsOf: rows).answer { print($0) } }
        guard let votes, let samples, let sigma else { return }
        let bounds = if let runnerUp {
            try VoteBounds(votes: votes, runnerUp: runnerUp, samples: samples, alpha: alpha, split: .standard)
        } else {
            try VoteBounds(votes: votes, samples: samples, alpha: alpha)
        }
        // In ℓ2 the number of pixels does not matter.
        let radius = try Noise.gaussian(sigma: sigma)
            .radius(in: .l2, pALower: bounds.pALower, pBUpper: bounds.pBUpper, dimensions: 1)
        print("pA lower bound  \(bounds.pALower)")
        if let upper = bounds.pBUpper { print("pB upper bound  \(upper)") }
        print("radius          \(radius.map { "\($0)" } ?? "none: the classifier abstains")")
    }
}
