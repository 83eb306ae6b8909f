import SuretyTraining
import Testing

struct AugmentationTests {
    private static let shape = [2, 3, 4]
    private let image = (1...24).map(Float.init)

    private func applied(_ augmentation: Augmentation, index: Int = 0, epoch: Int = 0) -> [Float] {
        augmentation.applied(to: image, shape: Self.shape, index: index, epoch: epoch, seed: 5)
    }

    @Test func noneLeavesTheImage() {
        #expect(applied(.none) == image)
    }

    @Test func everyOtherImageIsMirrored() {
        let mirrored = (0..<6).flatMap { row in image[4 * row..<4 * row + 4].reversed() }
        let results = (0..<1000).map { applied(Augmentation(mirrors: true), index: $0) }
        #expect(results.allSatisfy { $0 == image || $0 == mirrored })
        #expect((420...580).contains(results.count { $0 == mirrored }))
    }

    /// Each of the nine shifts by at most a pixel comes equally often, with black where nothing was.
    @Test func shiftsAreUniform() throws {
        var counts: [[Int]: Int] = [:]
        for index in 0..<1800 {
            let result = applied(Augmentation(shift: 1), index: index)
            let shift = try #require((-1...1).flatMap { down in (-1...1).map { [down, $0] } }.first { shift in
                (0..<24).allSatisfy { place in
                    let (channel, y, x) = (place / 12, place / 4 % 3 + shift[0], place % 4 + shift[1])
                    let isInside = (0..<3).contains(y) && (0..<4).contains(x)
                    return result[place] == (isInside ? image[12 * channel + 4 * y + x] : 0)
                }
            })
            counts[shift, default: 0] += 1
        }
        #expect(counts.count == 9 && counts.values.allSatisfy { (140...260).contains($0) }, "\(counts)")
    }

    @Test func dependsOnImageAndEpoch() {
        let augmentation = Augmentation(shift: 1, mirrors: true)
        let results = (0..<20).map { applied(augmentation, index: $0) } + (1..<20).map { applied(augmentation, epoch: $0) }
        #expect(Set(results).count > 10)
        #expect(applied(augmentation, index: 3, epoch: 4) == applied(augmentation, index: 3, epoch: 4))
    }
}
