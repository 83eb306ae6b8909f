import SuretyDatasets
import SuretyRecords
import SuretyReports
import SuretyTensors
import Testing

/// Two statements are compared only where all that makes a classifier is the same.
@Suite struct SubjectTests {
    private func data(_ count: Int) throws -> DataRecord { DataRecord(try HandMadeRuns(images: count).images) }

    @Test func everythingThatMakesAClassifierTellsItApart() throws {
        let (model, noise) = (HandMadeRuns.model(), try Noise.gaussian(sigma: 0.25))
        let subjects = try [
            Subject(model: model, data: data(1), classifier: .base, norm: .l2),
            Subject(model: HandMadeRuns.model(digit: 1), data: data(1), classifier: .base, norm: .l2),
            Subject(model: HandMadeRuns.model(mean: [0.5], std: [0.5]), data: data(1), classifier: .base, norm: .l2),
            Subject(model: HandMadeRuns.model(mean: [0.5], std: [0.25]), data: data(1), classifier: .base, norm: .l2),
            Subject(model: model, data: data(2), classifier: .base, norm: .l2),
            Subject(model: model, data: data(1), classifier: .smoothed(noise), norm: .l2),
            Subject(model: model, data: data(1), classifier: .smoothed(.gaussian(sigma: 0.5)), norm: .l2),
            Subject(model: model, data: data(1), classifier: .base, norm: .linf),
        ]
        #expect(Set(subjects).count == subjects.count)
        // What a file is called, and what it says about itself, does not.
        let renamed = HandMadeRuns.model("other", metadata: ["defense": "trades"])
        #expect(try Subject(model: renamed, data: data(1), classifier: .base, norm: .l2) == subjects[0])
    }

    @Test func labelsSayWhatIsInFrontOfTheNetwork() throws {
        let noise = try Noise.gaussian(sigma: 0.25)
        let normalised = HandMadeRuns.model(mean: [0.5, 0.25], std: [1, 2])
        let data = try data(1)
        #expect(Subject(model: HandMadeRuns.model(), data: data, classifier: .base, norm: .l2).label == "base")
        #expect(Subject(model: HandMadeRuns.model(), data: data, classifier: .smoothed(noise), norm: .l2).label == "smoothed, σ = 0.25 on 1/255")
        #expect(
            Subject(model: normalised, data: data, classifier: .smoothed(noise), norm: .linf).label
                == "smoothed, σ = 0.25 on 1/255, normalised by 0.5 0.25 1.0 2.0")
        #expect(Subject.Classifier.smoothed(noise).noise == noise && Subject.Classifier.base.noise == nil)
    }
}
