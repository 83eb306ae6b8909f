import Foundation
import Surety
import TestSupport
import Testing

/// Runs of a few digits, verified in one call.
@Suite struct VerifiedDirectoriesTests {
    private let folder: TemporaryFolder
    private let images: LabelledImages
    private let model: Model

    init() throws {
        folder = try TemporaryFolder()
        images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        model = try Model(contentsOf: VerifiedDirectoryTests.model, imageShape: images.shape)
    }

    private func certify(_ name: String, seed: UInt64) throws -> SmoothingRun {
        try model.certify(
            images, with: Certifier(noise: .gaussian(sigma: 1), alpha: 0.001, n0: 20, n: 200), seed: seed,
            selection: ImageSelection(skip: 3, max: 6), into: folder.url(name))
    }

    private func verify(_ names: String..., data: String? = "synthetic") throws -> VerifiedDirectories {
        try VerifiedDirectories(names.map { folder($0) }, against: VerificationMaterial(model: model.file.path, data: data))
    }

    @Test func honestRunsPassTogether() throws {
        let runs = try [certify("0", seed: 0), certify("1", seed: 1)]
        let radii = runs.flatMap(\.certificates).compactMap(\.verdict.radius).count
        let verified = try verify("0", "1")
        #expect(verified.passes && radii > 0 && verified.contradictions?.certificates == radii, "\(verified)")
        let words = (verified.directories.map(\.description) + ["\(try #require(verified.contradictions))"]).joined(separator: "\n")
        #expect(verified.description == words)
        // Of directories that are verified already, the same is said.
        #expect(try VerifiedDirectories(verified.directories, threads: 1).description == words)
    }

    /// Without images, and among predictions, nothing is compared.
    @Test func comparesRadiiOfImagesAlone() throws {
        _ = try certify("run", seed: 0)
        let without = try verify("run", data: nil)
        #expect(without.passes && without.contradictions == nil)
        try model.predict(
            images, with: Predictor(noise: .gaussian(sigma: 1), alpha: 0.001, n: 200), selection: ImageSelection(max: 3),
            into: folder.url("predictions"))
        let predictions = try verify("predictions")
        #expect(predictions.passes && predictions.contradictions == nil)
    }

    /// The votes of one run moved on by a class: each run passes alone, and together they do not.
    @Test func runsThatContradictEachOtherFail() throws {
        let run = try certify("run", seed: 0), settings = run.record.settings
        let directory = try RunDirectory(
            at: folder.url("turned"),
            for: SmoothingRecord(
                model: run.record.model, data: run.record.data, settings: settings, selection: run.record.selection,
                environment: #require(run.record.environment)))
        for it in run.certificates {
            func turned(_ counts: [Int]) -> [Int] { counts.suffix(1) + counts.dropLast() }
            let (selection, counts) = (turned(it.selectionCounts ?? []), turned(it.counts))
            try directory.append(Certificate(
                image: it.image, imageSHA256: it.imageSHA256, label: it.label, selectionCounts: selection, counts: counts,
                verdict: settings.procedure.verdict(selection, counts, dimensions: 784, rounding: nil), seconds: 1))
        }
        try directory.save()
        #expect(try verify("run").passes && verify("turned").passes)
        let together = try verify("run", "turned")
        let radii = run.certificates.compactMap(\.verdict.radius).count
        #expect(!together.passes && together.directories.allSatisfy(\.findings.isEmpty))
        #expect(radii > 0 && together.contradictions?.count ?? 0 >= radii, "\(together)")
    }

    @Test func oneFindingFailsAll() throws {
        _ = try (certify("0", seed: 0), certify("1", seed: 1))
        let line = try #require(folder.contents(of: "1/certificates.jsonl")?.split(separator: UInt8(ascii: "\n")).first)
        try folder.write(line + Data("\n".utf8), to: "1/certificates.jsonl")
        let verified = try verify("0", "1")
        #expect(!verified.passes && verified.directories.map(\.findings.isEmpty) == [true, false])
    }
}
