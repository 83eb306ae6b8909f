import SuretyDatasets
import Testing

struct LabelledImagesClassesTests {
    /// Five images of 1×1×2, each holding its index.
    private func set(_ pixels: LabelledImages.Pixels = .uint8([0, 0, 1, 1, 2, 2, 3, 3, 4, 4])) throws -> LabelledImages {
        try LabelledImages(
            name: "five", split: .test, pixels: pixels, count: 5, shape: [1, 1, 2], labels: [3, 1, 0, 1, 3], classCount: 10,
            note: "made", source: "five")
    }

    @Test func keepsTheClassesAndNumbersThemAnew() throws {
        let kept = try set().keeping(classes: [1, 3])
        #expect(kept.pixels == .uint8([0, 0, 1, 1, 3, 3, 4, 4]) && kept.labels == [1, 0, 0, 1])
        #expect(kept.name == "five:1,3" && kept.classCount == 2 && kept.note == "made" && kept.split == .test)
        let other = try set().keeping(classes: [3, 1])
        #expect(other.labels == [0, 1, 1, 0] && other.name == "five:3,1")
        #expect(Set([try set().sha256, kept.sha256, other.sha256]).count == 3)
    }

    @Test func keepsIntensities() throws {
        let kept = try set(.float32((0..<10).map { Float($0) / 10 })).keeping(classes: [0])
        #expect(kept.pixels == .float32([0.4, 0.5]) && kept.labels == [0])
    }

    @Test(arguments: [([], "no classes"), ([1, 1], "twice"), ([1, 7], "no image of class 7. Its classes are 0, 1, 3")])
    func senselessSelectionsAreErrors(_ classes: [Int], _ words: String) throws {
        let error = #expect(throws: DatasetError.self) { try set().keeping(classes: classes) }
        #expect(error?.description.contains(words) == true)
    }
}
