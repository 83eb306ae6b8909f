import SuretyDatasets
import SuretyRecords
import Testing

struct PlanesTests {
    /// The points of a split, back in the planes' own coordinates by the map that a network's normalisation makes.
    private func points(_ planes: Planes, _ split: Split) throws -> (points: [[Float]], labels: [Int]) {
        let images = try planes.images(split)
        return (
            (0..<images.count).map { images.image(at: $0).map { ($0 - Planes.mean) / Planes.standardDeviation } },
            images.labels
        )
    }

    private func distance(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
    }

    @Test(arguments: [1, 10, 500])
    func theSamplesAreThePapers(codimension: Int) throws {
        let planes = try Planes(codimension: codimension)
        let (train, trainLabels) = try points(planes, .train)
        let (test, testLabels) = try points(planes, .test)
        // 20/√2 = 14.1: 15 vertices and 14 cubes along each axis.
        #expect(train.count == 2 * 15 * 15 && test.count == 2 * 14 * 14)
        #expect(planes.shape == [1, 1, codimension + 2])
        for (points, labels) in [(train, trainLabels), (test, testLabels)] {
            for (point, label) in zip(points, labels) {
                #expect(point[0] >= -10 && point[0] <= 10 && point[1] >= -10 && point[1] <= 10)
                #expect(point[2..<codimension + 1].allSatisfy { $0 == 0 })
                #expect(point[codimension + 1] == Float(2 * label))
            }
        }
        #expect(train[0][0] == -10 && train[0][1] == -10)
        #expect(abs(train[1][1] - train[0][1] - Float(2).squareRoot()) < 2e-5)
        // Each test sample is at the centre of four vertices of its own plane, at distance 1, and 2 from the other plane.
        for (point, label) in zip(test, testLabels).prefix(40) {
            let own = zip(train, trainLabels).filter { $1 == label }.map { distance($0.0, point) }.sorted()
            #expect(own.prefix(4).allSatisfy { abs($0 - 1) < 2e-5 } && own[4] > 1.5)
            let other = zip(train, trainLabels).filter { $1 != label }.map { distance($0.0, point) }
            #expect(abs((other.min() ?? 0) - Double(5).squareRoot()) < 2e-5)
        }
    }

    /// Multiples of 2⁻¹⁸, mapped to pixels and back, are the same bits.
    @Test func theMapToPixelsIsExact() throws {
        let planes = try Planes(codimension: 1)
        for split in Split.allCases {
            for coordinate in try points(planes, split).points.joined() {
                #expect((coordinate * 0x1p18).rounded() == coordinate * 0x1p18)
                #expect(((coordinate + 32) / 64 - Planes.mean) / Planes.standardDeviation == coordinate)
            }
        }
    }

    @Test func otherDimensions() throws {
        let lines = try Planes(dimension: 1, codimension: 3)
        let (points, labels) = try points(lines, .train)
        #expect(points[0] == [-10, 0, 0, 0] && points[1] == [-8, 0, 0, 0] && points[11] == [-10, 0, 0, 2])
        #expect(labels.count == 22)
        // 2/√3 = 1.155: 18 vertices, and the centre of a cube is again at distance 1 from its corners.
        #expect(try Planes(dimension: 3, codimension: 1).images(.train).count == 2 * 18 * 18 * 18)
    }

    @Test(arguments: [(0, 1), (4, 1), (2, 0), (2, -3), (2, 2_000_000)])
    func refusesWhatIsNone(dimension: Int, codimension: Int) {
        #expect(throws: DatasetError.self) { try Planes(dimension: dimension, codimension: codimension) }
    }
}
