/// NAUC: the mean of robust accuracy over all perturbations from none to the largest considered, 1/ε_max ∫ acc(ε) dε
/// (Khoury and Hadfield-Menell, Adversarial training with Voronoi constraints, equation 5).
///
///     try NormalisedAreaUnderCurve(radii: [0, 0.5, 1], accuracies: [1, 1, 0]).value     // 0.75
public struct NormalisedAreaUnderCurve: Sendable, Hashable {
    /// In [0, 1]; 1 for a classifier that is right on everything under every perturbation considered.
    public let value: Double

    /// The area under the broken line through the points (the trapezoidal rule), over the largest radius.
    ///
    /// - Parameters:
    ///   - radii: ε of each measurement, rising from 0.
    ///   - accuracies: The fraction classified correctly under the strongest perturbation found of each ε.
    /// - Throws: `ReportError` when these are not at least two points, the radii do not rise from 0, or an accuracy lies
    ///   outside [0, 1].
    public init(radii: [Double], accuracies: [Double]) throws(ReportError) {
        guard radii.count >= 2, radii.count == accuracies.count else {
            throw ReportError(
                "\(radii.count) radii and \(accuracies.count) accuracies do not make a curve: give as many of each, at least 2")
        }
        guard radii[0] == 0, radii.allSatisfy(\.isFinite), zip(radii, radii.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw ReportError("the radii \(radii) must rise from 0")
        }
        guard accuracies.allSatisfy({ (0...1).contains($0) }) else {
            throw ReportError("the accuracies \(accuracies) must be fractions from 0 to 1")
        }
        let areas = radii.indices.dropFirst().map { place in
            (radii[place] - radii[place - 1]) * (accuracies[place] + accuracies[place - 1]) / 2
        }
        value = areas.reduce(0, +) / radii[radii.count - 1]
    }

    /// The area over 0 and those of the radii that lie above it; nil if there are none, they do not rise, or an
    /// accuracy lies outside [0, 1].
    package init?(over radii: [Double], accuracy: (Double) -> Double) {
        let radii = [0] + radii.filter { $0 > 0 }
        guard let area = try? Self(radii: radii, accuracies: radii.map(accuracy)) else { return nil }
        self = area
    }
}
