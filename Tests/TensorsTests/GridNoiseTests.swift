import CSuretyKernels
import Foundation
import SuretyTensors
import TestSupport
import Testing

@Suite struct GridNoiseTests {
    /// Each level that this processor has.
    private static let kernels = [surety_level_baseline, surety_level_v3, surety_level_v4].compactMap { surety_kernels_at($0)?.pointee }

    private static let laws = [(0.01, 255), (0.12, 255), (0.25, 255), (0.5, 255), (1, 255), (20, 255), (0.25, 65535), (1, 65535)]

    private func sampler(_ sigma: Double = 0.5, _ grid: Grid = .levels8, key: UInt64 = 7) throws -> GridNoise {
        try #require(Gaussian(sigma: sigma, grid: grid).sampler(key: key) as? GridNoise)
    }

    /// Every value of the first 16 bits, with the least, the largest and some of the other 48: at every level the definition's
    /// integer.
    @Test(arguments: laws) func allLeadingBits(sigma: Double, steps: Int) {
        let law = KernelLaw(sigma: sigma, steps: steps)
        var random = SeededGenerator(seed: steps)
        var words: [UInt64] = []
        for top in 0..<UInt64(1 << 16) {
            for rest in [0, 1, UInt64.random(in: 0..<1 << 48, using: &random), 0xFFFF_FFFF_FFFF] { words.append(top << 48 | rest) }
        }
        let truth = words.map(law.integer)
        for kernels in Self.kernels { #expect(law.integers(words, kernels) == truth) }
    }

    /// Around each threshold T: the words T − 1, T and T + 1, of both signs.
    @Test(arguments: laws) func allThresholds(sigma: Double, steps: Int) {
        let law = KernelLaw(sigma: sigma, steps: steps)
        for start in stride(from: 0, to: law.thresholds.count, by: 20_000) {
            let part = law.thresholds[start..<min(start + 20_000, law.thresholds.count)]
            let sign: UInt64 = 1 << 63
            var words: [UInt64] = []
            for threshold in part {
                for v in [threshold - 1, threshold, threshold + 1] { words += [v & ~sign, v | sign] }
            }
            let truth = words.map(law.integer)
            for kernels in Self.kernels { #expect(law.integers(words, kernels) == truth) }
        }
        // The least V gives the largest |Z|, and from S_1 on there is none.
        #expect(law.integer(0) == Int32(law.thresholds.count) && law.integer(1 << 63) == -Int32(law.thresholds.count))
        #expect(law.integer(law.thresholds[0]) == 0 && law.integer(law.thresholds[0] - 1) == 1)
    }

    /// Laws without a likeness to a Gaussian's, with equal thresholds, with one, with the largest there can be.
    @Test func oddLaws() {
        var random = SeededGenerator(seed: 3)
        let words = (0..<50_000).map { number in UInt64.random(in: 0 ... .max, using: &random) >> UInt64(number % 63) }
        let many = (1...40_000).map { UInt64($0) << 40 }
        let lists: [[UInt64]] = [[1], [1 << 63], [1 << 63, 1 << 63, 1 << 62, 5, 5, 5, 1], many.reversed()]
        for thresholds in lists {
            let law = KernelLaw(thresholds: thresholds, deviation: 3)
            let truth = words.map(law.integer)
            for kernels in Self.kernels { #expect(law.integers(words, kernels) == truth) }
        }
    }

    /// From the words of Philox, by the definition alone.
    @Test(arguments: [(0.25, Grid.levels8), (1, .levels8), (0.5, .levels16)]) func integersAreThoseOfPhilox(sigma: Double, grid: Grid) throws {
        let law = KernelLaw(sigma: sigma, steps: grid.steps)
        for count in [1, 127, 128, 129, 784, 4097, 9000] {
            let key: UInt64 = 0xFEDC_BA98_7654_3210, place = (UInt32(count), UInt32(3), RandomStream.estimation)
            let philox = Philox(key: key)
            let truth = (0..<count).map { i -> Int32 in
                let (block, word, half) = (UInt32(i / 128 * 16 + i % 32 / 2), i % 128 / 32, i % 2)
                let first = philox.block((block, place.0, place.1, place.2.rawValue))
                let words: [UInt32] = [first.0, first.1, first.2, first.3]
                let top = UInt64((words[word] >> UInt32(16 * half)) & 0xFFFF)
                let second = philox.block((0x8000_0000 + UInt32(i), place.0, place.1, place.2.rawValue))
                let rest = UInt64(second.0) << 16 | UInt64(second.1 >> 16)
                return law.integer(top << 48 | rest)
            }
            #expect(try sampler(sigma, grid, key: key).integers(count: count, sample: place.0, image: place.1, stream: place.2) == truth)
        }
    }

    /// A copy is the sum of two points, as the single-precision number nearest to it.
    @Test(arguments: [Grid.levels8, .levels16]) func copiesLieOnTheGrid(grid: Grid) throws {
        let noise = try sampler(1, grid)
        let image = (0..<300).map { Float($0) / 299 }
        let rows = Images(count: 1, shape: [300])
        noise.copies(of: image, index: 5).draw(9, stream: .selection, to: rows[0])
        let integers = noise.integers(count: 300, sample: 9, image: 5, stream: .selection)
        for (place, value) in rows[0].enumerated() {
            #expect(value == Float(Double(grid.points(of: image)[place] + integers[place]) / Double(grid.steps)))
        }
    }

    /// The shares of all integers in some draws: χ² beyond what chance gives once in 10⁶.
    @Test(arguments: laws.filter { $0.1 == 255 }) func hasTheLawOfTheThresholds(sigma: Double, steps: Int) throws {
        let deviation = try NoiseLaw(sigma: sigma, steps: steps).deviation(draws: 1_500_000)
        #expect(deviation < 5, "\(deviation)")
    }

    /// `make test-noise`: the same for 10⁹.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["SURETY_LONG_TESTS"] != nil))
    func hasTheLawOfTheThresholdsInABillionDraws() throws {
        for sigma in [0.12, 0.25, 0.5, 1] { try #expect(NoiseLaw(sigma: sigma, steps: 255).deviation(draws: 250_000_000) < 5) }
    }

    /// The very integers, so that a change is seen: certificates are replayed from them. FNV-1a over 300 samples.
    @Test func integersArePinned() throws {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for sample in 0..<300 as Range<UInt32> {
            for value in try sampler(0.25, key: 42).integers(count: 784, sample: sample, image: 1, stream: .estimation) {
                hash = (hash ^ UInt64(bitPattern: Int64(value))) &* 0x100_0000_01B3
            }
        }
        #expect(hash == 18_036_658_942_222_577_044)
    }
}

/// Noise drawn and counted.
private struct NoiseLaw {
    let sigma: Double
    let law: KernelLaw
    let noise: GridNoise

    init(sigma: Double, steps: Int) throws {
        self.sigma = sigma
        law = KernelLaw(sigma: sigma, steps: steps)
        noise = try #require(Gaussian(sigma: sigma, grid: Grid(steps: steps)).sampler(key: 11) as? GridNoise)
    }

    /// χ² of the shares, less its mean, in units of its standard deviation. Integers expected less than ten times are one.
    func deviation(draws: Int) -> Double {
        let width = 10_000, largest = law.thresholds.count
        var counts = [Int](repeating: 0, count: 2 * largest + 1)
        for sample in 0..<draws / width {
            for z in noise.integers(count: width, sample: UInt32(sample), image: 0, stream: .estimation) { counts[largest + Int(z)] += 1 }
        }
        let tails = [0x1p63] + law.thresholds.map { Double($0) } + [0]
        let (total, scale) = (Double(draws / width * width), 0x1p-64)
        var (square, cells, rest) = (0.0, 0, (seen: 0.0, expected: 0.0))
        for z in -largest...largest {
            let share = (tails[abs(z)] - tails[abs(z) + 1]) * scale * (z == 0 ? 2 : 1)
            rest.seen += Double(counts[largest + z])
            rest.expected += share * total
            guard rest.expected >= 10 || z == largest else { continue }
            square += (rest.seen - rest.expected) * (rest.seen - rest.expected) / max(rest.expected, 1e-9)
            cells += 1
            rest = (0, 0)
        }
        let freedom = Double(max(1, cells - 1))
        return (square - freedom) / (2 * freedom).squareRoot()
    }
}
