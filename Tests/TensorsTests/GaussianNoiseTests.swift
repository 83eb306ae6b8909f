import Foundation
import SuretyTensors
import Testing

@Suite struct GaussianNoiseTests {
    /// The Box–Muller transform in `Double`, from the definition, of the words that `Philox` gives.
    private func exact(_ noise: GaussianNoise, sample: UInt32, image: UInt32, stream: RandomStream, count: Int) -> [Double] {
        (0..<count).map { index in
            let (chunk, k, lane) = (index / 64, index % 64 / 16, index % 16)
            let words = Philox(key: noise.key).block((UInt32(16 * chunk + lane), sample, image, stream.rawValue))
            let pair = k < 2 ? (words.0, words.1) : (words.2, words.3)
            let radius = (-2 * log((Double(pair.0) + 0.5) * 0x1p-32)).squareRoot()
            let angle = 2 * Double.pi * Double(pair.1) * 0x1p-32
            return radius * (k % 2 == 0 ? cos(angle) : sin(angle))
        }
    }

    private func values(
        _ noise: GaussianNoise, sample: UInt32 = 0, image: UInt32 = 0, stream: RandomStream = .estimation,
        count: Int, on pixels: [Float]? = nil
    ) -> [Float] {
        let rows = Images(count: 1, shape: [count])
        noise.copies(of: pixels ?? Array(repeating: 0, count: count), index: Int(image)).draw(Int(sample), stream: stream, to: rows[0])
        return Array(rows[0])
    }

    @Test(arguments: [1, 5, 63, 64, 65, 100, 784, 3072])
    func equalsTheTransformInDouble(count: Int) {
        let noise = GaussianNoise(key: 0xFEDC_BA98_7654_3210, sigma: 1)
        for sample in 0..<50 as Range<UInt32> {
            let found = values(noise, sample: sample, image: 3, stream: .selection, count: count)
            let truth = exact(noise, sample: sample, image: 3, stream: .selection, count: count)
            for (a, b) in zip(found, truth) {
                #expect(abs(Double(a) - b) <= 1e-6 * max(1, abs(b)), "\(a) for \(b)")
            }
        }
    }

    /// Where the logarithm is hardest: uniform numbers next to 0 and 1 occur once in some 10⁷.
    @Test func staysAccurateInTheTails() {
        let noise = GaussianNoise(key: 1, sigma: 1)
        var largest = 0.0
        for sample in 0..<3000 as Range<UInt32> {
            let found = values(noise, sample: sample, count: 3072)
            guard let extreme = found.map(abs).max(), extreme > 4.5 else { continue }
            let truth = exact(noise, sample: sample, image: 0, stream: .estimation, count: 3072)
            for (a, b) in zip(found, truth) { largest = max(largest, abs(Double(a) - b) / max(1, abs(b))) }
        }
        #expect(largest > 0 && largest <= 1e-6)
    }

    @Test func addsSigmaTimesTheNoiseToTheImage() {
        let pixels = (0..<100).map { Float($0) / 99 }
        let unit = values(GaussianNoise(key: 7, sigma: 1), sample: 9, count: 100)
        let noisy = values(GaussianNoise(key: 7, sigma: 0.25), sample: 9, count: 100, on: pixels)
        for i in 0..<100 { #expect(noisy[i] == pixels[i].addingProduct(unit[i], 0.25)) }
    }

    @Test func isAPrefixOfALongerImagesNoise() {
        let noise = GaussianNoise(key: 7, sigma: 1)
        #expect(values(noise, count: 100) == Array(values(noise, count: 3072)[..<100]))
    }

    @Test func differsBetweenSamplesImagesStreamsAndSeeds() {
        let base = values(GaussianNoise(key: 7, sigma: 1), sample: 1, image: 2, count: 64)
        #expect(values(GaussianNoise(key: 7, sigma: 1), sample: 2, image: 2, count: 64) != base)
        #expect(values(GaussianNoise(key: 7, sigma: 1), sample: 1, image: 3, count: 64) != base)
        #expect(values(GaussianNoise(key: 7, sigma: 1), sample: 1, image: 2, stream: .selection, count: 64) != base)
        #expect(values(GaussianNoise(key: 8, sigma: 1), sample: 1, image: 2, count: 64) != base)
    }

    /// A million values: moments within five standard errors, and Kolmogorov's distance at the 10⁻⁶ level.
    @Test func isStandardNormal() {
        let noise = GaussianNoise(key: 42, sigma: 1)
        let all = (0..<1000 as Range<UInt32>).flatMap { values(noise, sample: $0, count: 1000).map(Double.init) }
        let n = Double(all.count)
        func moment(_ power: Double) -> Double { all.reduce(0) { $0 + pow($1, power) } / n }
        #expect(abs(moment(1)) < 5 / n.squareRoot())
        #expect(abs(moment(2) - 1) < 5 * (2 / n).squareRoot())
        #expect(abs(moment(3)) < 5 * (15 / n).squareRoot())
        #expect(abs(moment(4) - 3) < 5 * (96 / n).squareRoot())
        let sorted = all.sorted()
        var distance = 0.0
        for (i, z) in sorted.enumerated() {
            let cumulative = 0.5 * erfc(-z / 2.0.squareRoot())
            distance = max(distance, abs(cumulative - Double(i) / n), abs(cumulative - Double(i + 1) / n))
        }
        #expect(distance * n.squareRoot() < 2.7)
    }

    /// Neighbouring values, samples and images are uncorrelated.
    @Test func isUncorrelated() {
        let noise = GaussianNoise(key: 5, sigma: 1)
        let first = (0..<500 as Range<UInt32>).map { values(noise, sample: $0, count: 1024) }
        let otherImage = (0..<500 as Range<UInt32>).map { values(noise, sample: $0, image: 1, count: 1024) }
        func correlation(_ pairs: some Sequence<(Float, Float)>) -> Double {
            var (sum, count) = (0.0, 0.0)
            for (a, b) in pairs { sum += Double(a * b); count += 1 }
            return sum / count.squareRoot()
        }
        for lag in [1, 2, 16, 32, 64] {
            #expect(abs(correlation(first.flatMap { zip($0, $0.dropFirst(lag)) })) < 5, "lag \(lag)")
        }
        #expect(abs(correlation(zip(first, first.dropFirst()).flatMap { zip($0, $1) })) < 5)
        #expect(abs(correlation(zip(first, otherImage).flatMap { zip($0, $1) })) < 5)
    }

    /// The very bits, so that a change of compiler or processor that altered them is seen: certificates are
    /// replayed from them. FNV-1a over 300 samples.
    @Test func bitsArePinned() {
        let noise = GaussianNoise(key: 42, sigma: 0.25)
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for sample in 0..<300 as Range<UInt32> {
            for value in values(noise, sample: sample, image: 1, count: 784) {
                hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01B3
            }
        }
        #expect(hash == 16_576_453_465_631_476_376)
    }
}
