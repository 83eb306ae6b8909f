import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretySmoothing
import SuretyTensors
import TestSupport
import Testing

/// Networks built to be certified falsely: by reading low bits that noise in floating point keeps of the image, and by knowing
/// the noise. Each deceives certificates of the first version, but not the present ones.
@Suite struct DeceptiveNetworkTests {
    /// Counts, among the pixels between two limits, those that are multiples of a step, less half of all, with additions, products
    /// and clipping alone: class 1 where that exceeds a threshold.
    struct LowBits: Sendable {
        let step: Float
        /// For a step that is no power of two, its digits in groups so short that whole steps times each are exact. Then positive
        /// pixels count that are nearer to a multiple than a quarter of a step.
        var parts: [Float] = []
        let gate: ClosedRange<Float>
        let threshold: Float

        func network(pixels count: Int) throws -> Network {
            var builder = try NetworkBuilder(imageShape: [1, 1, count])
            func constant(_ name: String, _ value: Float) throws { try builder.add(Tensor(shape: [1], values: [value]), as: name) }
            func combined(_ operation: Layer.Arithmetic, _ name: String, _ value: Float, _ vertex: Int) throws -> Int {
                try constant(name, value)
                return try builder.append(.arithmeticWithParameter(operation, operand: name, side: .right), to: [vertex])
            }
            // Adding and subtracting 1.5·2²³ steps rounds to whole ones; a rectifier between keeps that from being simplified.
            func whole(_ step: Float, of vertex: Int) throws -> Int {
                let high = try builder.append(.relu, to: [combined(.add, "up", 1.5 * 0x1p23 * step, vertex)])
                return try combined(.subtract, "down", 1.5 * 0x1p23 * step, high)
            }
            var offset = builder.image
            if parts.isEmpty {
                offset = try builder.append(.arithmetic(.subtract), to: [builder.image, whole(step, of: builder.image)])
            } else {
                let steps = try builder.append(.relu, to: [whole(1, of: combined(.multiply, "inverse", 1 / step, builder.image))])
                for (place, part) in parts.enumerated() {
                    offset = try builder.append(.arithmetic(.subtract), to: [offset, combined(.multiply, "part \(place)", part, steps)])
                }
            }
            let negative = try combined(.multiply, "minus", -1, offset)
            var size = try builder.append(
                .arithmetic(.add), to: [builder.append(.relu, to: [offset]), builder.append(.relu, to: [negative])])
            if !parts.isEmpty { size = try builder.append(.relu, to: [combined(.subtract, "quarter", step / 4, size)]) }
            let isMultiple = try builder.append(.clip(0...1), to: [combined(.add, "one", 1, combined(.multiply, "steep", -0x1p40, size))])
            func above(_ limit: Float, _ name: String) throws -> Int {
                try builder.append(.clip(0...1), to: [
                    combined(.multiply, "\(name) steep", 0x1p40, combined(.subtract, name, limit, builder.image)),
                ])
            }
            let isInside = try builder.append(
                .arithmetic(.subtract), to: [above(gate.lowerBound, "low"), above(gate.upperBound, "high")])
            let both = try builder.append(
                .relu, to: [combined(.subtract, "but one", 1, builder.append(.arithmetic(.add), to: [isMultiple, isInside]))])
            let half = try combined(.multiply, "half", 0.5, isInside)
            let votes = try builder.append(.reshape(to: [count]), to: [builder.append(.arithmetic(.subtract), to: [both, half])])
            try builder.add(Tensor(shape: [2, count], values: .init(repeating: 0, count: count) + .init(repeating: 1, count: count)), as: "sum")
            try builder.add(Tensor(shape: [2], values: [threshold, 0]), as: "threshold")
            let logits = try builder.append(.dense(weights: "sum", bias: "threshold"), to: [votes])
            return try builder.network(output: logits)
        }
    }

    /// Two images of one colour each, and a network that tells them apart by low bits of float noise.
    struct Pair: Sendable, CustomTestStringConvertible {
        let sigma: Double
        let colours: [Float]
        let lowBits: LowBits
        let testDescription: String
    }

    /// Under this σ the noise, σ times a float, is added in one operation that rounds once: σ is no power of two, so that no low
    /// bits stay as they are. But where the noise nearly cancels the image, between 1σ and 2σ, the sum is exact to a small part of
    /// 2⁻²³ σ, and whole steps of that away from the image. Modulo a step, grey 49 is 0 and grey 50 is one half.
    static let sigma12 = Float(0.12).nextUp
    static let parts12: [Float] = [0xF0000, 0x05000, 0x00C00, 0x00020, 0x00009].map { $0 * 0x1p-46 }

    static let pairs = [
        Pair(
            sigma: 0.12, colours: [49 / 255, 50 / 255],
            lowBits: LowBits(step: sigma12 * 0x1p-23, parts: parts12, gate: 0...0x1p-7, threshold: 0), testDescription: "grey 49 and 50, σ .12"),
        Pair(
            sigma: 0.25, colours: [63 / 255, 64 / 255],
            lowBits: LowBits(step: 0x1p-25, gate: -0.125 ... -0.002, threshold: -0.37), testDescription: "grey 63 and 64, σ .25"),
        Pair(
            sigma: 0.5, colours: [152 / 255, 153 / 255],
            lowBits: LowBits(step: 0x1p-22, gate: -2 ... -0.05, threshold: -24.8), testDescription: "grey 152 and 153, σ .5"),
        Pair(
            sigma: 1, colours: [152 / 255, 153 / 255],
            lowBits: LowBits(step: 0x1p-22, gate: -1 ... -0.02, threshold: -54.8), testDescription: "grey 152 and 153, σ 1"),
        Pair(
            sigma: 0.25, colours: [0x1.999998p-3, 0x1.99999ap-3],
            lowBits: LowBits(step: 0x1p-25, gate: -0.125 ... -0.002, threshold: 0.42), testDescription: "floats 4·10⁻⁷ apart in all"),
    ]

    private func certificates(of pair: Pair, under noise: Noise) throws -> [Certificate] {
        let count = 1024
        let images = try LabelledImages(
            name: "pair", split: .test, pixels: .float32(pair.colours.flatMap { [Float](repeating: $0, count: count) }), count: 2,
            shape: [1, 1, count], labels: [0, 1], source: "pair")
        let certifier = try Certifier(noise: noise, alpha: 0.001, n0: 50, n: 1000)
        return try SmoothedClassifier(pair.lowBits.network(pixels: count), noise, key: 0)
            .certificates(.certify(certifier), on: [0, 1], of: images)
    }

    /// Whether two classes are promised in balls that overlap.
    private func contradict(_ certificates: [Certificate], _ pair: Pair) -> Bool {
        let distance = Double(abs(pair.colours[0] - pair.colours[1])) * 32
        let radii = certificates.compactMap(\.verdict.radius)
        return radii.count == 2 && certificates[0].verdict.answer != certificates[1].verdict.answer && radii[0] + radii[1] > distance
    }

    @Test(arguments: pairs) func lowBitsDeceiveFloatNoiseAlone(pair: Pair) throws {
        let float = try certificates(of: pair, under: Noise(FloatGaussian(sigma: pair.sigma)))
        #expect(contradict(float, pair), "\(float.map(\.verdict))")
        for grid in [Grid.levels8, .levels16] {
            let exact = try certificates(of: pair, under: .gaussian(sigma: pair.sigma, grid: grid))
            #expect(!contradict(exact, pair), "\(grid): \(exact.map(\.verdict))")
        }
    }

    /// A half-space whose border runs through the image, along the sum of the noise that seeds 0 to 3 would give if they were the
    /// keys: its true radius is 0.
    @Test func knowledgeOfTheSeedIsOfNoUse() throws {
        let (size, n) = (3072, 250)
        let image = (0..<size).map { Float($0 * 37 % 256) / 255 }
        let noise = try Noise.gaussian(sigma: 0.25)
        var weights = [Float](repeating: 0, count: size)
        for seed in 0..<4 as Range<UInt64> {
            let sampler = try #require(noise.family.sampler(key: seed) as? GridNoise)
            for stream in [RandomStream.selection, .estimation] {
                for sample in 0..<UInt32(stream == .selection ? 20 : n) {
                    let drawn = sampler.integers(count: size, sample: sample, image: 0, stream: stream)
                    for place in 0..<size { weights[place] += Float(drawn[place]) }
                }
            }
        }
        let border = zip(image, weights).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        var builder = try NetworkBuilder(imageShape: [3, 32, 32])
        try builder.add(Tensor(shape: [2, size], values: [Float](repeating: 0, count: size) + weights), as: "weights")
        try builder.add(Tensor(shape: [2], values: [0, Float(-border)]), as: "bias")
        let pixels = try builder.append(.reshape(to: [size]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "weights", bias: "bias"), to: [pixels])
        let network = try builder.network(output: logits)
        let images = try LabelledImages(
            name: "one", split: .test, pixels: .float32(image), count: 1, shape: [3, 32, 32], labels: [1], source: "one")
        // Any digest: it depends on the weights, which depend on the noise, which depends on it.
        let digest = SHA256.hexadecimal(of: weights.withUnsafeBytes { Data($0) })
        let certifier = try Certifier(noise: noise, alpha: 0.001, n0: 20, n: n)
        for seed in 0..<4 as Range<UInt64> {
            func verdict(key: UInt64) throws -> Verdict {
                try SmoothedClassifier(network, noise, key: key).certificates(.certify(certifier), on: [0], of: images)[0].verdict
            }
            #expect(try verdict(key: seed).radius ?? 0 > 0.2)
            let key = NoiseKey(
                seed: seed, model: ModelRecord(file: "m", sha256: digest), data: DataRecord(images), noise: noise, procedure: .certify)
            #expect(try verdict(key: key.value).outcome == .abstained)
        }
    }
}
