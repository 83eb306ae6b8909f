import Foundation
import Surety
import SuretySmoothing
import TestSupport
import Testing

/// What a run will cost, beside what it does cost.
@Suite struct PlanningTests {
    private let images: LabelledImages
    private let model: Model
    private let certifier: Certifier
    private let selection: ImageSelection

    init() throws {
        images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        model = try Model(contentsOf: VerifiedDirectoryTests.model, imageShape: images.shape)
        certifier = try Certifier(
            noise: .gaussian(sigma: 1), alpha: 0.001, n0: 20, n: 5000, stopping: .columns(try Columns(radii: [0.25, 1, 2])))
        selection = try ImageSelection(skip: 3, max: 150)
    }

    /// The pilot of these images with noise of its own, each simulated from `limit` samples on.
    private func pilot(key: UInt64, limit: Int) throws -> Pilot {
        var pilot = Pilot(n0: certifier.n0, key: key)
        let classifier = try SmoothedClassifier(model.network, certifier.noise, key: key)
        try classifier.extend(
            &pilot, with: Array(selection.indices(of: images.count)), of: images, by: certifier, limit: limit, threads: 2)
        return pilot
    }

    /// From a few of the samples on, the rest is simulated: the cost of the run lies in the range in nine of ten cases.
    @Test func theCostLiesInTheRange() throws {
        let temporary = try TemporaryFolder()
        let run = try model.certify(images, with: certifier, selection: selection, into: temporary.url("run"))
        let cost = Double(run.certificates.reduce(0) { $0 + $1.samples })
        let ranges = try (1...10).map { try #require(try pilot(key: $0, limit: 150).cost(of: 150, seed: $0)).range }
        #expect(ranges.count { $0.contains(cost) } >= 9, "\(cost): \(ranges)")
        #expect(ranges.allSatisfy { $0.upperBound < 2 * $0.lowerBound })
    }

    /// If no image is left undecided, nothing is guessed: the typical cost is what the pilot took.
    @Test func aPilotToTheEndIsTheCost() throws {
        let pilot = try pilot(key: 1, limit: certifier.n)
        let cost = try #require(try pilot.cost(of: 300))
        #expect(pilot.imageCount == 150)
        #expect(abs(cost.typical - 2 * Double(pilot.samples)) < 1e-6 * cost.typical)
        #expect(cost.range.contains(cost.typical) && cost.largestShare > 1 && cost.largestShare <= 150)
        #expect(try Pilot(n0: 20, key: 1).cost(of: 300) == nil)
    }
}
