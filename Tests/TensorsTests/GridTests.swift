import SuretyTensors
import Testing

@Suite struct GridTests {
    /// k/255 and k/65535 in single precision are the points that they are nearest to, at distance 0; and 8-bit levels are among
    /// 16-bit ones, as the same numbers.
    @Test func pointsAreThemselves() {
        for grid in [Grid.levels8, .levels16] {
            let pixels = (0...grid.steps).map { Float($0) / Float(grid.steps) }
            #expect(grid.points(of: pixels) == (0...Int32(grid.steps)).map(\.self))
            #expect(grid.rounded(pixels) == pixels && grid.contains(pixels))
            #expect(grid.distance(from: pixels, in: .l2) == 0 && grid.distance(from: pixels, in: .linf) == 0)
        }
        let levels = (0...255).map { Float($0) / 255 }
        #expect(Grid.levels16.points(of: levels) == (0...255).map { 257 * $0 })
        #expect(Grid.levels16.contains(levels))
    }

    /// Points of the coarse grid and half steps between them: 257 is odd, and so no fine point lies half-way between coarse ones.
    @Test func roundingToTheFineGridFirstChangesNothing() {
        let pixels = (0...65535).map { Float($0) / 65535 }
        #expect(Grid.levels8.points(of: Grid.levels16.rounded(pixels)) == Grid.levels8.points(of: pixels))
        #expect(Set(pixels.map { (Double($0) * 255).truncatingRemainder(dividingBy: 1) }).contains(0.5) == false)
    }

    /// Never below the true distance, by exact integers in units of 2⁻⁶⁰/255, and not far above it.
    @Test func distancesAreRoundedUp() {
        let pixels: [Float] = [0.1, 0.2, 0.7, 1 / 255, 0.999_99, 0x1p-30]
        let exact = pixels.map { pixel -> Double in
            let nearest = (Double(pixel) * 255).rounded()
            return Float(nearest) / 255 == pixel ? 0 : abs(Double(pixel) * 255 - nearest) / 255
        }
        let l2 = exact.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let (found, largest) = (Grid.levels8.distance(from: pixels, in: .l2), Grid.levels8.distance(from: pixels, in: .linf))
        #expect(found >= l2 && found < l2 * (1 + 1e-11))
        #expect(largest >= exact.max() ?? 0 && largest < (exact.max() ?? 0) * (1 + 1e-11))
        #expect(!Grid.levels8.contains(pixels))
    }

    /// What is no image has no point near it, and no radius is left of it.
    @Test func strangePixels() {
        #expect(Grid.levels8.points(of: [.nan, .infinity, -1e30]) == [0, 64 * 255, -64 * 255])
        for norm in Norm.allCases {
            #expect(Grid.levels8.distance(from: [0.5, .nan, 0.2], in: norm) == .infinity)
            #expect(Grid.levels8.distance(from: [.infinity], in: norm) == .infinity)
        }
        #expect(throws: NoiseError.self) { try Grid(steps: 0) }
        #expect(throws: NoiseError.self) { try Grid(steps: 65536) }
    }
}
