import SuretyDatasets
import Testing

struct LabelledImagesJoiningTests {
    private func set(
        _ name: String, _ pixels: LabelledImages.Pixels, labels: [Int], shape: [Int] = [1, 1, 2], classCount: Int? = nil
    ) throws -> LabelledImages {
        try LabelledImages(
            name: name, split: .train, pixels: pixels, count: labels.count, shape: shape, labels: labels,
            classCount: classCount, note: name, source: name)
    }

    @Test func greyLevelsStayGreyLevels() throws {
        let joined = try set("a", .uint8([1, 2]), labels: [4], classCount: 5)
            .joined(with: set("b", .uint8([3, 4, 5, 6]), labels: [0, 1]))
        #expect(joined.pixels == .uint8([1, 2, 3, 4, 5, 6]) && joined.labels == [4, 0, 1])
        #expect(joined.name == "a+b" && joined.classCount == 5 && joined.note == "a b")
    }

    @Test func otherwiseIntensities() throws {
        let joined = try set("a", .uint8([51, 255]), labels: [0]).joined(with: set("b", .float32([0.5, 1]), labels: [1]))
        #expect(joined.pixels == .float32([0.2, 1, 0.5, 1]))
    }

    @Test func contradictionsAreErrors() throws {
        let one = try set("a", .uint8([1, 2]), labels: [0], classCount: 2)
        #expect(throws: DatasetError.self) { try one.joined(with: set("b", .uint8([1, 2]), labels: [0], shape: [1, 2, 1])) }
        #expect(throws: DatasetError.self) { try one.joined(with: set("b", .uint8([1, 2]), labels: [2])) }
    }
}
