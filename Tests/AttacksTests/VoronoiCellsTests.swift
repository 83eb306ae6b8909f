import SuretyAttacks
import SuretyDatasets
import SuretyTensors
import Testing
import TestSupport

struct VoronoiCellsTests {
    /// Images of four classes of different sizes.
    private func images(
        _ count: Int = 150, size: Int = 7, levels: ClosedRange<UInt8> = 0...255
    ) throws -> LabelledImages {
        var generator = SeededGenerator(seed: 3)
        let pixels = (0..<count * size).map { _ in UInt8.random(in: levels, using: &generator) }
        let labels = (0..<count).map { $0 % 7 < 4 ? $0 % 7 : 3 }
        return try LabelledImages(
            name: "random", split: .train, pixels: .uint8(pixels), count: count, shape: [1, 1, size], labels: labels,
            source: "")
    }

    private func neighbours(
        _ cells: VoronoiCells, of pixels: [Float], labels: [Int], indices: [Int]
    ) throws -> [[Int]] {
        let images = Images(Tensor(shape: [labels.count, pixels.count / labels.count], values: pixels))
        return try cells.neighbours(of: images, labels: labels, indices: indices)
    }

    /// Distances one by one, sorted.
    private func bruteForce(_ image: [Float], label: Int, in samples: LabelledImages, m: Int) -> [Int] {
        let distances = (0..<samples.count).map { index in
            zip(samples.image(at: index), image).map { Double($0) - Double($1) }.reduce(0) { $0 + $1 * $1 }
        }
        return Set(samples.labels).subtracting([label]).sorted().flatMap { other in
            (0..<samples.count).filter { samples.label(at: $0) == other }
                .sorted { (distances[$0], $0) < (distances[$1], $1) }.prefix(m)
        }
    }

    /// The second set has many ties: few grey levels, few pixels, exact copies.
    @Test(arguments: [(7, UInt8(255), 1), (7, 255, 9), (2, 3, 5)])
    func agreesWithBruteForce(size: Int, highest: UInt8, m: Int) throws {
        let samples = try images(size: size, levels: 0...highest)
        let all = Array(0..<samples.count)
        for time in VoronoiCells.Time.allCases {
            let cells = try VoronoiCells(of: samples, m: m, time: time)
            let found = try neighbours(cells, of: all.flatMap(samples.image(at:)), labels: samples.labels, indices: all)
            for index in all {
                let (image, label) = (samples.image(at: index), samples.label(at: index))
                #expect(found[index] == bruteForce(image, label: label, in: samples, m: m))
            }
        }
    }

    /// As on a grid far from the origin, where products of large numbers hide the small distances.
    @Test func agreesWithBruteForceFarFromZero() throws {
        let planes = try Planes(codimension: 60).images(.train)
        let cells = try VoronoiCells(of: planes, m: 10)
        let indices = [0, 7, 112, 225, 449]
        let found = try neighbours(
            cells, of: indices.flatMap(planes.image(at:)), labels: indices.map(planes.label(at:)), indices: indices)
        for (index, result) in zip(indices, found) {
            #expect(result == bruteForce(planes.image(at: index), label: planes.label(at: index), in: planes, m: 10))
        }
    }

    @Test func augmentedImagesAreSearchedForAsTheyAre() throws {
        let samples = try images()
        let moved = [4, 60].flatMap { index in samples.image(at: index).map { 1 - $0 } }
        let labels = [4, 60].map(samples.label(at:))
        let cells = try VoronoiCells(of: samples, m: 3, time: .batch)
        let found = try neighbours(cells, of: moved, labels: labels, indices: [4, 60])
        #expect(found[0] == bruteForce(Array(moved.prefix(7)), label: labels[0], in: samples, m: 3))
        #expect(found[1] == bruteForce(Array(moved.suffix(7)), label: labels[1], in: samples, m: 3))
        let error = #expect(throws: AttackError.self) {
            try neighbours(try VoronoiCells(of: samples, m: 3), of: moved, labels: labels, indices: [4, 60])
        }
        #expect(error?.description.contains("cells=batch") == true)
    }

    @Test func refusesClassesThatAreTooSmall() throws {
        let samples = try images(20)     // classes of 3, 3, 3 and 11
        _ = try VoronoiCells(of: samples, m: 2)
        let error = #expect(throws: AttackError.self) { try VoronoiCells(of: samples, m: 4) }
        #expect(error?.description.contains("class 0") == true && error?.description.contains("has 3 samples") == true)
        let one = try LabelledImages(
            name: "one", split: .train, pixels: .uint8([1, 2]), count: 2, shape: [1, 1, 1], labels: [0, 0], source: "")
        #expect(throws: AttackError.self) { try VoronoiCells(of: one, m: 1) }
        #expect(throws: AttackError.self) { try VoronoiCells(of: samples, m: 0) }
    }

    /// Real digits: 784 pixels, ten classes.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func digits() throws {
        let root = try #require(SharedData.url("data")).path
        let all = try DatasetSource.mnist.load(.test, under: DatasetRoot(root))
        let samples = try LabelledImages(
            name: "mnist", split: .test, pixels: .float32((0..<1000).flatMap(all.image(at:))), count: 1000, shape: all.shape,
            labels: Array(all.labels.prefix(1000)), source: "")
        let found = try neighbours(
            VoronoiCells(of: samples, m: 10), of: samples.image(at: 0) + samples.image(at: 999),
            labels: [samples.label(at: 0), samples.label(at: 999)], indices: [0, 999])
        #expect(found[0].count == 90)
        for (place, index) in [0, 999].enumerated() {
            let (image, label) = (samples.image(at: index), samples.label(at: index))
            #expect(found[place] == bruteForce(image, label: label, in: samples, m: 10))
        }
    }
}
