import Foundation
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Synchronization

/// Samples the loss's gradient, and the error of its linear approximation, for the estimates of L and ω. See `BlockSampling`
/// for what is sampled.
struct LossSampler {
    let network: Network
    let norm: Norm
    let sampling: BlockSampling
    let images: LabelledImages

    /// The maxima of all blocks; the same for every number of threads.
    ///
    /// - Parameter progress: Called after each block.
    /// - Throws: `BoundsError.notFinite` for an image on which the loss is not a number; `GraphError`.
    func maxima(
        on scores: LossScores, threads: Int, progress: @escaping @Sendable () throws -> Void
    ) throws -> BlockMaxima {
        let loss = try scores.marginLoss(of: network, batchSize: min(32, sampling.blockSize))
        let blocks = sampling.blocksOfImages(of: images.count)
        let next = Mutex(0)
        let maxima = Mutex(BlockMaxima(blocks: blocks.count, blockSize: sampling.blockSize))
        try onThreads(threads) {
            let worker = Worker(sampler: self, classifier: try Classifier(loss))
            while let block = next.withLock({ next -> Int? in
                guard next < blocks.count else { return nil }
                defer { next += 1 }
                return next
            }) {
                let found = try worker.look(at: blocks[block])
                maxima.withLock {
                    ($0.gradientNorms[block], $0.errors[block]) = (found.gradientNorm, found.errors)
                    $0.flatImages[block] = found.flatImages
                    $0.largestScore = max($0.largestScore, found.largestScore)
                }
                try progress()
            }
        }
        return maxima.withLock { $0 }
    }

    /// One thread's share of the work.
    private struct Worker {
        let sampler: LossSampler
        let classifier: Classifier

        private var norm: Norm { sampler.norm }
        private var sampling: BlockSampling { sampler.sampling }

        /// An image with ℓ, ∇ℓ and its dual norm there.
        private struct Place {
            let image: Int
            let label: Int
            let pixels: [Float]
            var loss = 0.0
            var gradient: [Float] = []
            var gradientNorm = 0.0
            var largestScore = 0.0
        }

        /// The maxima of a block, and how many of its images have the gradient 0.
        struct BlockMaximum {
            var gradientNorm = 0.0
            /// At each radius of the grid the largest error up to it; the perturbation 0 makes none.
            var errors: [Double]
            var flatImages = 0
            var largestScore = 0.0
        }

        func look(at block: [Int]) throws -> BlockMaximum {
            var maximum = BlockMaximum(errors: sampling.grid.map { _ in 0 })
            for start in stride(from: 0, to: block.count, by: classifier.batchSize) {
                let places = try evaluated(block[start..<min(block.count, start + classifier.batchSize)])
                for place in places {
                    maximum.gradientNorm = max(maximum.gradientNorm, place.gradientNorm)
                    maximum.largestScore = max(maximum.largestScore, place.largestScore)
                    maximum.flatImages += place.gradientNorm == 0 ? 1 : 0
                }
                let errors = try sampling.modulus == .sharp ? climb(from: places) : sample(around: places)
                for radius in errors.indices { maximum.errors[radius] = max(maximum.errors[radius], errors[radius]) }
            }
            for radius in maximum.errors.indices.dropFirst() {
                maximum.errors[radius] = max(maximum.errors[radius], maximum.errors[radius - 1])
            }
            return maximum
        }

        /// ℓ and ∇ℓ of clean images.
        private func evaluated(_ images: ArraySlice<Int>) throws -> [Place] {
            var places = images.map {
                Place(image: $0, label: sampler.images.label(at: $0), pixels: sampler.images.image(at: $0))
            }
            classifier.setLabels(places.map(\.label))
            for (row, place) in zip(classifier.images, places) { row.set(place.pixels) }
            classifier.run()
            for (index, place) in places.enumerated() {
                let (scores, gradient) = (classifier.logits[index], classifier.gradients[index])
                let (loss, length) = (scores.margin(label: place.label), norm.dual(gradient))
                guard loss.isFinite, length.isFinite else {
                    throw BoundsError.notFinite(image: place.image, data: sampler.images.name)
                }
                (places[index].loss, places[index].gradient, places[index].gradientNorm) = (loss, Array(gradient), length)
                places[index].largestScore = scores.reduce(0) { max($0, Double(abs($1))) }
            }
            return places
        }

        /// At each radius the largest ℓ(x + v) − ℓ(x) − ⟨v, ∇ℓ(x)⟩ over v drawn from the ball.
        private func sample(around places: [Place]) throws -> [Double] {
            try sampling.grid.indices.map { radius in
                var largest = 0.0
                for number in 0..<sampling.directions {
                    try evaluate(places, moved: places.map { drawn($0.image, $0.pixels.count, number, radius) })
                    for (index, place) in places.enumerated() {
                        largest = max(largest, try rise(place, index) - displacement(place, index).slope)
                    }
                }
                return largest
            }
        }

        /// At each radius the largest ℓ(x + v) − ℓ(x) − ‖v‖ ‖∇ℓ(x)‖_* found by ascent on ℓ(x + v).
        private func climb(from places: [Place]) throws -> [Double] {
            var carried = places.map(\.gradient)
            return try sampling.grid.indices.map { radius in
                var (largest, best) = (places.map { _ in -Double.infinity }, carried)
                for start in 0...sampling.directions {
                    var directions = start == 0
                        ? carried : places.map { random($0.image, $0.pixels.count, start - 1, radius) }
                    for _ in 0...sampling.ascents {
                        try evaluate(places, moved: directions.map { scaled($0, to: sampling.grid[radius]) })
                        for (index, place) in places.enumerated() {
                            let error = try rise(place, index) - displacement(place, index).length * place.gradientNorm
                            if error > largest[index] { (largest[index], best[index]) = (error, directions[index]) }
                            let gradient = classifier.gradients[index]
                            // If nothing rises, the direction is kept.
                            let slope = norm.dual(gradient)
                            if slope > 0, slope.isFinite { directions[index] = Array(gradient) }
                        }
                    }
                }
                carried = best
                return max(0, largest.max() ?? 0)
            }
        }

        private func evaluate(_ places: [Place], moved perturbations: [[Float]]) throws {
            for (index, place) in places.enumerated() {
                classifier.images[index].fill { place.pixels[$0] + perturbations[index][$0] }
            }
            classifier.run()
        }

        /// ℓ(x + v) − ℓ(x) at the image last evaluated.
        private func rise(_ place: Place, _ index: Int) throws -> Double {
            let rise = classifier.logits[index].margin(label: place.label) - place.loss
            guard rise.isFinite else { throw BoundsError.notFinite(image: place.image, data: sampler.images.name) }
            return rise
        }

        /// ‖v‖ and ⟨v, ∇ℓ(x)⟩ of the perturbation as stored in single precision, which is not quite the one asked for.
        private func displacement(_ place: Place, _ index: Int) -> (length: Double, slope: Double) {
            let image = classifier.images[index]
            var (squares, largest, slope) = (0.0, 0.0, 0.0)
            for i in image.indices {
                let change = Double(image[i]) - Double(place.pixels[i])
                squares += change * change
                largest = max(largest, abs(change))
                slope += change * Double(place.gradient[i])
            }
            return (norm == .l2 ? squares.squareRoot() : largest, slope)
        }

        /// The point of the ball that lies in a direction; its centre if there is no direction.
        private func scaled(_ direction: [Float], to radius: Double) -> [Float] {
            let row = Images(CollectionOfOne(direction), shape: [direction.count])[0]
            return norm.ascend(row, radius: radius) ? Array(row) : [Float](repeating: 0, count: direction.count)
        }

        /// A direction that is uniform on the sphere, its signs uniform among the corners of the cube.
        private func random(_ image: Int, _ count: Int, _ number: Int, _ radius: Int) -> [Float] {
            let direction = Images(count: 1, shape: [count])[0]
            GaussianNoise(key: sampling.seed, sigma: 1)
                .draw(direction, sample: sample(number, radius), image: UInt32(image), stream: .bound)
            return Array(direction)
        }

        /// A perturbation that is uniform in the ball.
        private func drawn(_ image: Int, _ count: Int, _ number: Int, _ radius: Int) -> [Float] {
            let (philox, stream) = (Philox(key: sampling.seed), RandomStream.bound.rawValue)
            let epsilon = sampling.grid[radius]
            if norm == .linf {
                return philox.uniform(count: count, within: Float(epsilon), sample(number, radius), UInt32(image), stream)
            } else {
                // The last block, which no image is large enough to use.
                let word = philox.block((.max, sample(number, radius), UInt32(image), stream)).0
                let share = pow((Double(word) + 0.5) * 0x1p-32, 1 / Double(count))
                return scaled(random(image, count, number, radius), to: epsilon * share)
            }
        }

        private func sample(_ number: Int, _ radius: Int) -> UInt32 { UInt32(number + radius * sampling.directions) }
    }
}
