import Foundation
import SuretyNetworks
import SuretyTensors
import Testing

/// The image's shape and the input's declaration are brought together.
struct ONNXInputTests {
    private typealias Make = HandmadeONNX

    /// A model that flattens its input.
    private func flattening(_ declared: [Int?], imageShape: [Int]? = nil) throws -> Network {
        let file = Make.model(
            [Make.node("Flatten", ["x"], ["y"])], inputs: [Make.value("x", declared)])
        return try ONNXReader.model(from: file, imageShape: imageShape).network
    }

    @Test(arguments: [
        ([nil, 1, 28, 28], [1, 28, 28]), ([1, 3, 32, 32], [3, 32, 32]), ([nil, 28, 28, 1], [1, 28, 28]),
        ([nil, 32, 32, 3], [3, 32, 32]), ([nil, 16, 8, 8], [16, 8, 8]), ([nil, 28, 28], [1, 28, 28]), ([nil, 784], [1, 28, 28]),
        ([1, 784, 1], [1, 28, 28]), ([nil, 1, 1, 784], [1, 28, 28]), ([nil, 3072], [3, 32, 32]), ([nil, 5], [1, 1, 5]),
        ([0, 1, 28, 28], [1, 28, 28]), ([-1, 1, 28, 28], [1, 28, 28]),
    ] as [([Int?], [Int])])
    func imageShapeIsGuessed(_ declared: [Int?], _ expected: [Int]) throws {
        #expect(try flattening(declared).imageShape == expected)
    }

    @Test(arguments: [
        ([nil, 2, 3, 4], [2, 3, 4]), ([nil, 3, 4, 2], [2, 3, 4]), ([nil, 24], [2, 3, 4]), ([nil, 24, 1], [2, 3, 4]), ([nil, nil], [2, 3, 4]),
        ([nil, nil, nil, nil], [2, 3, 4]), ([nil, nil, nil, 2], [2, 3, 4]), ([nil, 4, 6], [1, 4, 6]), ([nil, 7], [7]),
    ] as [([Int?], [Int])])
    func imageIsRearranged(_ declared: [Int?], _ shape: [Int]) throws {
        let network = try flattening(declared, imageShape: shape)
        let count = shape.elementCount
        let image = Tensor(shape: [1] + shape, values: (0..<count).map { Float($0) })
        let isChannelsLast = declared.count == 4 && declared[3] == 2
        // Channels last: the two channels of a pixel follow each other.
        let expected = isChannelsLast ? (0..<count / 2).flatMap { [Float($0), Float($0 + count / 2)] } : image.values
        #expect(try network.logits(of: image).values == expected)
    }

    @Test(arguments: [1, 4])
    func aDeclaredBatchSizeIsNotBinding(_ batch: Int) throws {
        let file = Make.model(
            [
                Make.node("Slice", ["x", "zero", "batch", "zero"], ["s"], name: "whole batch"),
                Make.node("Reshape", ["s", "shape"], ["y"], name: "flatten"),
            ], [Make.list("zero", [0]), Make.list("batch", [batch]), Make.list("shape", [batch, -1])],
            inputs: [Make.value("x", [batch, 1, 2, 2])])
        let images = Tensor(shape: [3, 1, 2, 2], values: (0..<12).map { Float($0) })
        let network = try ONNXReader.model(from: file).network
        #expect(try network.logits(of: images) == images.reshaped(to: [3, 4]))
    }

    /// Half precision at its edges: 1, −2, the smallest and largest subnormal, the smallest normal and the largest number.
    @Test func halfPrecisionIsExact() throws {
        let bits: [UInt16] = [0x3C00, 0xC000, 0x0001, 0x03FF, 0x0400, 0x7BFF]
        let raw = bits.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
        let tensor = WireMessage().integer(1, 6).integer(2, 10).text(8, "w").bytes(9, raw)
        let file = Make.model(
            [Make.node("Mul", ["x", "w"], ["y"])], [tensor], inputs: [Make.value("x", [nil, 6])])
        let logits = try ONNXReader.model(from: file, imageShape: [6]).network.logits(of: Tensor(shape: [1, 6], repeating: 1))
        #expect(logits.values == [1, -2, 0x1p-24, 1023 * 0x1p-24, 0x1p-14, 65504])
    }
}
