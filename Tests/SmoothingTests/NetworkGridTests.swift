import SuretyDatasets
import SuretyNetworks
import SuretySmoothing
import SuretyTensors
import Testing
import TestSupport

@Suite struct NetworkGridTests {
    /// An image with this pixel; all others are levels of 8 bits.
    private func images(_ pixel: Float) throws -> LabelledImages {
        try LabelledImages(
            name: "pixel", split: .test, pixels: .float32([pixel, 0, 0.2, 1]), count: 1, shape: [1, 2, 2], labels: [0],
            source: "pixel")
    }

    /// ½ lies between the levels 127 and 128.
    @Test func aNetworkOfNumbersTakesTheDataSets() throws {
        #expect(try KnownHalfSpace.network.grid(for: images(51 / 255)) == .levels8)
        #expect(try KnownHalfSpace.network.grid(for: images(0.5)) == .levels16)
    }

    @Test func anIntegerNetworkSeesLevelsOf8Bits() throws {
        var generator = SeededGenerator(seed: 1)
        let calibration = Images(count: 8, shape: [1, 28, 28])
        calibration.elements.fill { _ in Float.random(in: 0...1, using: &generator) }
        let network = try PostTrainingQuantisation(
            of: Architecture.lenet.network(imageShape: [1, 28, 28], classCount: 10, seed: 3), calibratingOn: calibration,
            largestPixel: 3).network
        #expect(network.isInteger)
        for pixel in [51 / 255, 0.5] as [Float] { #expect(try network.grid(for: images(pixel)) == .levels8) }
    }
}
