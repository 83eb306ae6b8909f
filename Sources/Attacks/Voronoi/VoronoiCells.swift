import Dispatch
import Foundation
import SuretyDatasets
import SuretyTensors

/// The Voronoi cells of a set of samples, each bounded by the m samples of each other class that are nearest to its own
/// (Khoury and Hadfield-Menell, Adversarial training with Voronoi constraints, §3).
///
/// Samples of the same class bound nothing: an adversary may move among them. The nearest are those in the Euclidean norm,
/// whatever the norm of the cells. With m = 10, the paper's, a cell may reach further than the true one, which all samples
/// bound.
public struct VoronoiCells: Sendable {
    /// When the nearest samples are sought.
    public enum Time: String, Sendable, CaseIterable {
        /// For all samples when the cells are made.
        case once
        /// Anew for each image asked for, as it is at that moment: for augmented images.
        case batch
    }

    /// Samples of each other class that bound a cell, m.
    public let m: Int
    private let samples: LabelledImages
    private let search: NearestSamples
    /// The samples' neighbours, if they are found in advance.
    private let table: [[Int]]?

    /// - Throws: `AttackError` when the samples are all of one class, or a class has fewer than `m`.
    public init(of samples: LabelledImages, m: Int, time: Time = .once) throws(AttackError) {
        self.m = m
        self.samples = samples
        search = try NearestSamples(samples, count: m)
        table = time == .once ? Self.table(of: samples, search) : nil
    }

    /// The neighbours of all samples, found by as many threads as there are processors.
    private static func table(of samples: LabelledImages, _ search: NearestSamples) -> [[Int]] {
        let block = 256
        var table = [[Int]](repeating: [], count: samples.count)
        table.withUnsafeMutableBufferPointer { table in
            // Each block has its own part of the table.
            nonisolated(unsafe) let table = table
            DispatchQueue.concurrentPerform(iterations: (samples.count + block - 1) / block) { part in
                let indices = Array(part * block..<min((part + 1) * block, samples.count))
                let found = search.nearest(to: Images(samples.images(at: indices)), labels: indices.map(samples.label(at:)))
                for (index, neighbours) in zip(indices, found) { table[index] = neighbours }
            }
        }
        return table
    }

    /// The samples that bound each image's cell, by class and then by distance.
    ///
    /// - Parameters:
    ///   - images: Images [N, d] in [0, 1].
    ///   - labels: Their classes.
    ///   - indices: The samples that the images are, or were before augmentation.
    /// - Throws: `AttackError` if the cells were made once and an image is no longer the sample it was then.
    public func neighbours(
        of images: Images, labels: [Int], indices: [Int]
    ) throws(AttackError) -> [[Int]] {
        guard images.size == search.imageSize, images.count == labels.count, indices.count == labels.count else {
            throw AttackError("\(images.count) images of \(images.size) pixels are not \(labels.count) of the size of the samples")
        }
        guard let table else { return search.nearest(to: images, labels: labels) }
        for (place, index) in indices.enumerated() {
            guard table.indices.contains(index),
                  images[place].elementsEqual(samples.image(at: index)) else {
                throw AttackError("""
                    image \(index) is not the one whose Voronoi cell was computed in advance. With augmented images, \
                    compute the cells for each batch (cells=batch).
                    """)
            }
        }
        return indices.map { table[$0] }
    }

    /// The cell of an image, given its neighbours.
    package func cell(of image: Row, neighbours: [Int], norm: Norm) -> VoronoiCell {
        var offsets: [Float] = []
        offsets.reserveCapacity(neighbours.count * image.count)
        for neighbour in neighbours { offsets += zip(samples.image(at: neighbour), image).map { $0 - $1 } }
        return VoronoiCell(offsets: offsets, dimension: image.count, norm: norm)
    }
}
