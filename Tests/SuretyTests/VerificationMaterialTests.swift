import Foundation
import Surety
import TestSupport
import Testing

@Suite struct VerificationMaterialTests {
    /// What is there once is not read again, and what nobody asks for is not missed.
    @Test func eachPartIsLoadedOnce() throws {
        let folder = try TemporaryFolder()
        let digits = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        try digits.write(archive: folder.url("digits.npz"))
        let images = try #require(VerificationMaterial(data: folder("digits.npz")).images)
        #expect(try images(.test).sha256 == digits.sha256)
        try FileManager.default.removeItem(at: folder.url("digits.npz"))
        #expect(try images(.test).sha256 == digits.sha256)
        #expect(throws: DatasetError.self) { try images(.train) }
    }

    @Test func withoutDataThereAreNoImages() throws {
        #expect(VerificationMaterial(data: nil).images == nil)
        let unknown = try #require(VerificationMaterial(data: "unknown").images)
        #expect(throws: DatasetError.self) { try unknown(.test) }
    }

    @Test func theSystemDrawsTheSeed() {
        #expect(VerificationMaterial.Fresh(.all, seed: 3).seed == 3)
        #expect(VerificationMaterial.Fresh(.all).seed != VerificationMaterial.Fresh(.all).seed)
    }
}
