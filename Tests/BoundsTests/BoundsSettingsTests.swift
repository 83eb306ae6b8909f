import SuretyBounds
import SuretyDatasets
import Testing

@Suite struct BoundsSettingsTests {
    private func images(_ shape: [Int]) throws -> LabelledImages {
        let size = shape.reduce(1, *)
        return try LabelledImages(
            name: "grey", split: .test, pixels: .uint8(Array(repeating: 9, count: size)), count: 1, shape: shape, labels: [0],
            source: "grey")
    }

    /// As many pixels are not enough: they must lie in the same places.
    @Test func aSampleHasTheShapeOfTheImagesTested() throws {
        let tested = try images([1, 4, 6])
        try BoundsSettings.Sample.require(images([1, 4, 6]), shapedAs: tested)
        for shape in [[1, 6, 4], [2, 4, 3], [1, 4, 7]] {
            let error = #expect(throws: BoundsError.self) { try BoundsSettings.Sample.require(images(shape), shapedAs: tested) }
            #expect(error?.description.contains("\(shape)") == true && error?.description.contains("[1, 4, 6]") == true)
        }
    }
}
