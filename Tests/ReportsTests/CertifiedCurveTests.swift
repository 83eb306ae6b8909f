import SuretyReports
import Testing

@Suite struct CertifiedCurveTests {
    @Test func fallsInStepsAtTheRadii() throws {
        let curve = try #require(CertifiedCurve(run(radii: [0.5, 0.2, 0.5, 0.9], wrong: [0.7], abstained: 3)))
        #expect(curve.images == 8)
        for (radius, count) in [(0, 4), (0.2, 4), (0.200001, 3), (0.5, 3), (0.51, 1), (0.9, 1), (0.91, 0)] {
            #expect(curve.count(at: radius) == count)
            #expect(curve.accuracy(at: radius) == Double(count) / 8)
        }
        #expect(curve.corners.map(\.radius) == [0, 0.2, 0.2, 0.5, 0.5, 0.9, 0.9])
        #expect(curve.corners.map(\.accuracy) == [4, 4, 3, 3, 1, 1, 0].map { $0 / 8 })
        #expect(abs(curve.averageRadius - 2.1 / 8) < 1e-15)
    }

    /// The area under the curve is the mean radius: the integral of P[R ≥ r] over r is E[R].
    @Test func itsAreaIsTheAverageRadius() throws {
        var generator = SystemRandomNumberGenerator()
        for count in [1, 2, 17, 400] {
            let radii = (0..<count).map { _ in Double.random(in: 0..<3, using: &generator) }
            let curve = try #require(CertifiedCurve(run(radii: radii, wrong: [1, 2], abstained: 5)))
            let corners = curve.corners
            let area = zip(corners, corners.dropFirst()).reduce(0) { $0 + ($1.1.radius - $1.0.radius) * $1.0.accuracy }
            #expect(abs(area - curve.averageRadius) < 1e-12)
            for radius in radii + [0, 1.5, 4] {
                #expect(curve.count(at: radius) == radii.count { $0 >= radius })
            }
        }
    }

    @Test func thereIsNoneForPredictions() {
        let image = ReportedImage(index: 0, label: 1, prediction: 1, radius: nil)
        #expect(CertifiedCurve(ReportedRun(name: "predictions", images: [image])) == nil)
    }

    @Test func isZeroWhereNothingIsRight() throws {
        let curve = try #require(CertifiedCurve(run(radii: [], wrong: [0.4], abstained: 1)))
        #expect(curve.accuracy(at: 0) == 0)
        #expect(curve.averageRadius == 0)
        #expect(curve.corners.count == 1)
    }

    private func run(radii: [Double], wrong: [Double], abstained: Int) -> ReportedRun {
        let right = radii.map { (prediction: Optional(1), radius: $0) }
        let others = wrong.map { (prediction: Optional(2), radius: $0) } + Array(repeating: (nil, 0), count: abstained)
        return ReportedRun(name: "run", images: (right + others).enumerated().map { index, image in
            ReportedImage(index: index, label: 1, prediction: image.prediction, radius: image.radius)
        })
    }
}
