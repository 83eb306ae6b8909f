import ArgumentParser
import Foundation
import Surety

/// The options that make a certifier, apart from noise, α and n: for `surety certify` and `surety plan`.
struct CertifierOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "Noisy samples that choose the class.")
    var n0: Int = 100

    @Option(
        help: """
            The bounds behind the radius: two-bound (of the top class at .98 α, of the second at .02 α), clopper-pearson (of \
            the top class alone), or two-bound-halves (two at α/2 each, to continue runs of earlier versions).
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
        help: """
            Stop an image when, judged by its votes, the chance that --n samples would gain more than this share of its radius is \
            below --hope. 0.05 takes about half of the samples.
            """)
    var stopAt: Double?

    @Option(parsing: .unconditional, help: "Stop an image when this radius is certified.", transform: Fraction.number)
    var maxRadius: Double?

    @Option(
        parsing: .unconditional,
        help: """
            With --radii, --stop-at or --max-radius: give an image up when the chance to certify its next radius, or any, is below \
            this (default: \(Stopping.usualHope)); with 0 it is never given up. It costs no α.
            """)
    var hope: Double?

    func validate() throws {
        if radii != nil, stopAt != nil || maxRadius != nil {
            throw ValidationError("--radii decides radii that are given, --stop-at and --max-radius look for the largest: give one or the other.")
        }
        if hope != nil, radii == nil, stopAt == nil, maxRadius == nil {
            throw ValidationError("--hope says when images are given up that stop by their votes: give --radii, --stop-at or --max-radius too.")
        }
    }

    func certifier(noise: Noise, alpha: Double, n: Int) throws -> Certifier {
        let stopping = try Stopping(radii: radii?.values, loss: stopAt, limit: maxRadius, hope: hope ?? Stopping.usualHope)
        return try Certifier(noise: noise, alpha: alpha, n0: n0, n: n, bound: bound, norm: norm, stopping: stopping)
    }
}

extension Certifier.Bound: ExpressibleByArgument {}

/// A time such as 90m, 2h, 1h30m or 45s.
struct TimeSpan: ExpressibleByArgument {
    let seconds: Double

    init(seconds: Double) { self.seconds = seconds }

    init?(argument: String) {
        let units: [Character: Double] = ["d": 86_400, "h": 3600, "m": 60, "s": 1]
        var (seconds, number) = (0.0, "")
        for character in argument {
            if let unit = units[character] {
                guard let value = Double(number), value >= 0, value.isFinite else { return nil }
                seconds += value * unit
                number = ""
            } else {
                number.append(character)
            }
        }
        guard number.isEmpty, seconds > 0 else { return nil }
        self.init(seconds: seconds)
    }

    var defaultValueDescription: String { "\(Int(seconds))s" }
}
