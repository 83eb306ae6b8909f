import Foundation
import SuretyTensors

/// Warnings about what is possible but probably not intended, each with what to do. Nothing here makes a statement false, but
/// it may be about something other than its reader thinks.
public enum Plausibility {
    /// Warnings about a normalisation of pixels in [0, 1]: means outside [0, 1], and deviations that such pixels cannot have.
    public static func normalisation(mean: [Double]?, std: [Double]?) -> [String] {
        let means = (mean ?? []).filter { !(0...1).contains($0) }
        let deviations = (std ?? []).filter { !(smallestDeviation...1).contains($0) }
        return means.prefix(1).map { mean in
            """
            a mean of \(number(mean)) is not one of pixels in [0, 1], which are normalised here\
            \(mean > 1 ? ": if it counts grey levels, divide it and the deviation by 255 (\(number(mean / 255)))" : "")
            """
        } + deviations.prefix(1).map { deviation in
            """
            divided by \(number(deviation)), pixels in [0, 1] \
            \(deviation > 1 ? "become almost one grey" : "become very large numbers"): give the deviation that the model was \
            trained with\(deviation > 1 ? ", divided by 255 if it counts grey levels (\(number(deviation / 255)))" : "")
            """
        }
    }

    /// Warnings about noise for which nothing is proven, or so strong that hardly anything is left of an image.
    public static func noise(_ noise: Noise) -> [String] {
        let strength = self.noise(sigma: noise.family.standardDeviation)
        return noise.isProven ? strength : strength + ["""
            float noise: not proven. An older version added the noise in floating point, which can keep what a network needs to \
            deceive (docs/certificates.md): certify again
            """]
    }

    /// Warnings about noise so strong that hardly anything is left of an image.
    public static func noise(sigma: Double) -> [String] {
        guard sigma > largestDeviationOfNoise else { return [] }
        return ["""
            σ = \(number(sigma)) is in units of pixels in [0, 1], and drowns them: if it counts grey levels, divide it by 255 \
            (\(number(sigma / 255)))
            """]
    }

    /// Warnings about the probability α with which each statement may be wrong.
    public static func level(alpha: Double) -> [String] {
        if isWorthless(alpha: alpha) {
            return ["α = \(number(alpha)) lets each statement be wrong half of the time: nothing is certified. Take 0.001"]
        }
        guard alpha > largestLevel else { return [] }
        return ["α = \(number(alpha)) lets \(number(100 * alpha)) of 100 statements be wrong: 0.001 is usual"]
    }

    /// Whether statements that may each be wrong with this probability say nothing.
    public static func isWorthless(alpha: Double) -> Bool { alpha >= 0.5 }

    private static let largestDeviationOfNoise = 4.0
    private static let largestLevel = 0.05
    /// Half a level of 16-bit images.
    private static let smallestDeviation = 1.0 / 131_072

    private static func number(_ value: Double) -> String { String(format: "%.4g", value) }
}
