import Foundation
import SuretyDatasets
import Testing
import TestSupport

struct UnlabelledImagesTests {
    @Test func readsImagesWithOrWithoutLabels() throws {
        let folder = try TemporaryFolder()
        let set = try UnlabelledImages(archive: folder.write(NumPyFixtures.colours, to: "set.npz"))
        #expect(set.shape == [3, 2, 2] && set.count == 3 && set.name == "set.npz")
        let labelled = try LabelledImages(archive: folder.url("set.npz"))
        #expect(set.pixels == labelled.pixels)
        #expect(try set.labelled(labelled.labels).sha256 == labelled.sha256)
        let bare = try UnlabelledImages(archive: folder.write(NumPyFixtures.unlabelled, to: "bare.npz"))
        #expect(bare.shape == [1, 2, 2] && bare.pixels == .uint8([0, 9, 18, 27, 36, 45, 54, 63]))
        #expect(throws: DatasetError.self) { try LabelledImages(archive: folder.url("bare.npz")) }
    }

    @Test func labelsMustFit() throws {
        let folder = try TemporaryFolder()
        let set = try UnlabelledImages(archive: folder.write(NumPyFixtures.unlabelled, to: "bare.npz"))
        #expect(try set.labelled([1, 0], classCount: 2).labels == [1, 0])
        #expect(throws: DatasetError.self) { try set.labelled([1]) }
        #expect(throws: DatasetError.self) { try set.labelled([1, 2], classCount: 2) }
        #expect(throws: DatasetError.self) { try set.labelled([1, -1]) }
    }

    /// Shapes that hold nothing, however many images they claim.
    @Test func refusesFilesWithoutImages() throws {
        let folder = try TemporaryFolder()
        for bytes in [NumPyFixtures.empty, NumPyFixtures.vast, Array("PK, but no archive".utf8)] {
            #expect(throws: DatasetError.self) { try UnlabelledImages(archive: folder.write(bytes, to: "set.npz")) }
        }
        #expect(throws: DatasetError.self) { try UnlabelledImages(archive: URL(fileURLWithPath: "/nowhere/set.npz")) }
    }
}
