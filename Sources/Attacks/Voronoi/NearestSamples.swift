import CSuretyKernels
import CSuretyOpenBLAS
import SuretyDatasets
import SuretyTensors

/// Finds the m samples of each other class that are nearest to an image in the Euclidean norm.
///
/// ‖x − s‖² = ‖x‖² − 2x·s + ‖s‖², and the products x·s of many images with all samples of a class are one product of
/// matrices, by OpenBLAS. In single precision it only makes a shortlist: every sample that could be among the nearest, given
/// the largest possible rounding error, is compared anew in double precision. So the result is the same on every processor,
/// and of two samples at the same distance the one with the lower index comes first.
package struct NearestSamples: Sendable {
    /// Elements of an image.
    package let imageSize: Int
    /// The number m of samples sought in each other class.
    package let count: Int
    package let classCount: Int
    /// The samples' pixels, row after row, the classes one after another.
    private let samples: [Float]
    /// Each row's sample, in its data set.
    private let indices: [Int]
    private let squares: [Float]
    /// The rows of each class.
    private let rows: [Range<Int>]

    /// - Parameter count: The number of samples of each class to find.
    /// - Throws: `AttackError` when the images are all of one class, or a class has fewer samples than are to be found.
    package init(_ images: LabelledImages, count: Int) throws(AttackError) {
        let classes = Dictionary(grouping: 0..<images.count, by: images.label(at:))
        classCount = max(images.classCount ?? 0, (images.labels.max() ?? 0) + 1)
        guard count >= 1 else { throw AttackError("\(count) nearest samples: at least 1 makes sense") }
        guard classCount >= 2 else {
            throw AttackError("\(images.name) has one class: Voronoi cells are bounded by samples of other classes")
        }
        for label in 0..<classCount where classes[label, default: []].count < count {
            throw AttackError("""
                class \(label) of \(images.name) has \(classes[label, default: []].count) samples, fewer than the \(count) \
                nearest that are sought of each class: choose a smaller m
                """)
        }
        let size = images.shape.elementCount
        var (samples, indices, squares, rows): ([Float], [Int], [Float], [Range<Int>]) = ([], [], [], [])
        samples.reserveCapacity(images.count * size)
        for label in 0..<classCount {
            let members = classes[label, default: []]
            rows.append(indices.count..<indices.count + members.count)
            indices += members
            for index in members {
                let image = images.image(at: index)
                samples += image
                squares.append(Float(surety_square_sum(image, size)))
            }
        }
        imageSize = size
        self.count = count
        self.samples = samples
        self.indices = indices
        self.squares = squares
        self.rows = rows
    }

    /// The nearest samples of each image [N, d], by class and then by distance: count·(classCount − 1) indices for each.
    ///
    /// - Parameter labels: The images' own classes, whose samples are left out.
    package func nearest(to images: Images, labels: [Int]) -> [[Int]] {
        // Callers either run several threads already, or leave the other processors free for others.
        openblas_set_num_threads(1)
        var result = [[Int]](repeating: [], count: labels.count)
        for label in 0..<classCount {
            let foreign = labels.indices.filter { labels[$0] != label }
            if foreign.isEmpty { continue }
            let products = products(foreign.flatMap { images[$0] }, count: foreign.count, with: rows[label])
            for (image, products) in zip(foreign, products) {
                result[image] += nearest(to: images[image], of: rows[label], products: products)
            }
        }
        return result
    }

    /// x·s for each image x and each sample s of the rows: [images, rows].
    private func products(_ images: [Float], count: Int, with rows: Range<Int>) -> Images {
        let products = Images(count: count, shape: [rows.count])
        samples.withUnsafeBufferPointer { samples in
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, Int32(count), Int32(rows.count), Int32(imageSize), 1, images,
                Int32(imageSize), samples.baseAddress?.advanced(by: rows.lowerBound * imageSize), Int32(imageSize), 0,
                products.elements.pointer, Int32(rows.count))
        }
        return products
    }

    /// The nearest samples of some rows, given an image's products with them.
    private func nearest(to image: Row, of rows: Range<Int>, products: Row) -> [Int] {
        // ‖s‖² − 2x·s orders the samples as their distances do.
        func rank(_ place: Int) -> Float { squares[rows.lowerBound + place] - 2 * products[place] }
        var smallest = [Float](repeating: .infinity, count: count)
        var largestSquare: Float = 0
        for place in products.indices {
            largestSquare = max(largestSquare, squares[rows.lowerBound + place])
            let value = rank(place)
            guard value < smallest[count - 1] else { continue }
            var position = count - 1
            while position > 0, smallest[position - 1] > value {
                smallest[position] = smallest[position - 1]
                position -= 1
            }
            smallest[position] = value
        }
        let limit = smallest[count - 1] + 2 * error(of: image, radius: Double(largestSquare).squareRoot())
        return samples.withUnsafeBufferPointer { samples in
            products.indices.filter { rank($0) <= limit }
                .map { place -> (distance: Double, index: Int) in
                    let row = rows.lowerBound + place
                    let sample = samples.baseAddress?.advanced(by: row * imageSize)
                    return (surety_square_distance(image.pointer, sample, imageSize), indices[row])
                }
                .sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }
                .prefix(count).map(\.index)
        }
    }

    /// How far a rank can be from the exact one: a product of d terms is off by at most γ_d‖x‖‖s‖ in any order of summation
    /// (Higham 2002, §3.1), and a few roundings more.
    private func error(of image: Row, radius: Double) -> Float {
        let length = image.squareSum.squareRoot()
        let relative = 1.01 * Double(imageSize) * length * radius + 2 * (length + radius) * (length + radius)
        return Float(relative * 0x1p-23)
    }
}
