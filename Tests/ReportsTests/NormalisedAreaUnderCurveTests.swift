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
}

extension Double {
    fileprivate func isNear(_ other: Double) -> Bool { abs(self - other) < 1e-12 }
}
