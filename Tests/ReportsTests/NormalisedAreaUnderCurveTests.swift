import Foundation
import SuretyAttacks
import SuretyReports
import Testing

struct NormalisedAreaUnderCurveTests {
    @Test func closedForms() throws {
        let radii = (0...10).map { Double($0) * 0.2 }
        #expect(try NormalisedAreaUnderCurve(radii: radii, accuracies: radii.map { _ in 0.7 }).value.isNear(0.7))
        #expect(try NormalisedAreaUnderCurve(radii: radii, accuracies: radii.map { 1 - $0 / 2 }).value.isNear(0.5))
        // Steps of different widths: 1 up to 1, then falling to 0 at 4.
        #expect(try NormalisedAreaUnderCurve(radii: [0, 1, 4], accuracies: [1, 1, 0]).value.isNear(2.5 / 4))
        // ∫ (1 − x²) over [0, 1] is 2/3, and the trapezoidal rule's error h²/6.
        let fine = (0...100).map { Double($0) / 100 }
        let value = try NormalisedAreaUnderCurve(radii: fine, accuracies: fine.map { 1 - $0 * $0 }).value
        #expect(abs(value - (2.0 / 3 - 1e-4 / 6)) < 1e-12)
    }

    @Test(arguments: [
        ([], []), ([0], [1]), ([0, 1], [1]), ([0.1, 1], [1, 1]), ([0, 1, 1], [1, 1, 1]), ([0, 2, 1], [1, 1, 1]),
        ([0, .infinity], [1, 1]), ([0, 1], [1, 1.1]), ([0, 1], [1, .nan]),
    ] as [([Double], [Double])])
    func refusesWhatIsNoCurve(radii: [Double], accuracies: [Double]) {
        #expect(throws: ReportError.self) { try NormalisedAreaUnderCurve(radii: radii, accuracies: accuracies) }
    }

    /// Radii of 0 and below add nothing to the 0 that every curve begins at.
    @Test func overRadii() {
        #expect(NormalisedAreaUnderCurve(over: [-1, 0, 1, 4]) { $0 <= 1 ? 1 : 0 }?.value.isNear(2.5 / 4) == true)
        #expect(NormalisedAreaUnderCurve(over: [2]) { 1 - $0 / 2 }?.value.isNear(0.5) == true)
        for radii in [[], [0], [2, 1]] as [[Double]] { #expect(NormalisedAreaUnderCurve(over: radii) { _ in 1 } == nil) }
        #expect(NormalisedAreaUnderCurve(over: [1]) { _ in 2 } == nil)
    }

    /// Three of four images are right at 0, two within 0.5 and one within 2.
    @Test func ofARunOfAttacks() throws {
        let runs = try HandMadeRuns(images: 4)
        func area(_ name: String, _ radii: [Double]) throws -> Double? {
            let path = try runs.attack(
                name, radii: radii,
                [.found(l2: 0.4, linf: 0.1, as: 1), .misclassified(1), .nothing, .found(l2: 1.5, linf: 0.2, as: 2)])
            return try AttackRun(of: URL(fileURLWithPath: path)).normalisedArea
        }
        let expected = (0.5 * (0.75 + 0.5) / 2 + 1.5 * (0.5 + 0.25) / 2) / 2
        #expect(try #require(try area("two", [0.5, 2])).isNear(expected))
        #expect(try #require(try area("from 0", [0, 0.5, 2])).isNear(expected))
        #expect(try area("one", [2]) == nil)
        #expect(try area("none", []) == nil)
    }
}

extension Double {
    fileprivate func isNear(_ other: Double) -> Bool { abs(self - other) < 1e-12 }
}
