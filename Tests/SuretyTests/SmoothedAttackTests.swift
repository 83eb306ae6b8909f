import Foundation
import Surety
import TestSupport
import Testing

/// Attacks on a smoothed classifier, which sees points of its grid alone.
@Suite struct SmoothedAttackTests {
    /// At radii that are no multiples of a step, and smaller than a step's worth of rounding in ℓ2: what is found lies on the grid
    /// and within the radius, and is judged again with equal classes.
    @Test(arguments: [(Norm.linf, 0.01), (.linf, 0.3), (.l2, 0.05), (.l2, 3)], [Grid.levels8, .levels16])
    func adversarialImagesLieOnTheGrid(ball: (norm: Norm, radius: Double), grid: Grid) throws {
        let folder = try TemporaryFolder()
        let images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        let model = try Model(contentsOf: VerifiedDirectoryTests.model, imageShape: images.shape)
        let noise = try Noise.gaussian(sigma: 0.5, grid: grid)
        let smoothing = try AttackPlan.Smoothing(predictor: Predictor(noise: noise, alpha: 0.001, n: 100), copies: 4)
        let plan = try AttackPlan(
            attacks: ["pgd"], norm: ball.norm, radii: [ball.radius], settings: ["steps": "5"], smoothing: smoothing)
        let run = try model.attack(images, with: plan, selection: ImageSelection(skip: 3, max: 8), into: folder.url("run"))
        let adversarial = try LabelledImages(archive: folder.url("run").appendingPathComponent("adversarial.npz"))
        for (place, line) in run.lines.enumerated() {
            let found = adversarial.image(at: place)
            #expect(grid.contains(found))
            if line.isSuccess { #expect(ball.norm.distance(found, images.image(at: line.image)) <= ball.radius) }
        }
        // Most abstain or are misclassified at the large radii: the search is not idle.
        if ball.radius >= 0.3 { #expect(run.lines.contains { $0.attack != nil }) }
        #expect(run.record.settings.noise == noise)
        let material = VerificationMaterial(model: VerifiedDirectoryTests.model, images: { _ in images })
        #expect(try VerifiedDirectory(folder("run"), against: material).findings.isEmpty)
    }

    /// A run with noise of a family from outside can be read, continued and verified where that family is known.
    @Test func runsWithNoiseFromOutsideAreRead() throws {
        let folder = try TemporaryFolder()
        let images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        let model = try Model(contentsOf: VerifiedDirectoryTests.model, imageShape: images.shape)
        let noise = Noise(CountingNoise(step: 1 / 1024))
        let smoothing = try AttackPlan.Smoothing(predictor: Predictor(noise: noise, alpha: 0.001, n: 100), copies: 2)
        let plan = try AttackPlan(attacks: ["pgd"], norm: .linf, radii: [0.3], settings: ["steps": "3"], smoothing: smoothing)
        func attack() throws -> AttackRun {
            try model.attack(images, with: plan, selection: ImageSelection(max: 4), into: folder.url("run"))
        }
        let first = try attack()
        #expect(first.lines.contains { $0.attack != nil })
        #expect(throws: RunError.self) { try AttackRun(of: folder.url("run")) }
        let material = VerificationMaterial(model: VerifiedDirectoryTests.model, images: { _ in images })
        let (read, again, verified) = try Noise.$families.withValue(Noise.families + [CountingNoise.self]) {
            (try AttackRun(of: folder.url("run")), try attack(), try VerifiedDirectory(folder("run"), against: material))
        }
        #expect(read.record.settings.noise == noise)
        #expect(again.lines.map(\.image) == first.lines.map(\.image))
        #expect(verified.findings.isEmpty)
    }
}
