import Datasets
import Networks
import Synchronization
import Tensors

/// Samples the loss's gradient, and the error of its linear approximation, for the estimates of L and ω. See
/// `BlockSampling` for what is looked at.
struct LossSampler {
    let network: Network
    let norm: SmoothingSettings.Norm
    let sampling: BlockSampling
    let images: LabelledImages

    /// The estimates; the same for every number of threads.
    ///
    /// - Parameter progress: Called after each block.
    /// - Throws: `BoundsError.notFinite` for an image on which the loss is not a number; `GraphError`.
    func bounds(
        of scores: MarginLoss.Scores, threads: Int, progress: @escaping @Sendable () throws -> Void
    ) throws -> LossBounds {
        let loss = try MarginLoss(of: network, scores: scores, batchSize: min(32, sampling.blockSize))
        let blocks = sampling.blocksOfImages(of: images.count)
        let next = Mutex(0)
        let lipschitz = Mutex([Double](repeating: 0, count: blocks.count))
        let modulus = Mutex([[Double]](repeating: [], count: blocks.count))
        try onThreads(threads) {
            let worker = Worker(sampler: self, loss: loss, evaluator: try loss.makeEvaluator())
            while let block = next.withLock({ next -> Int? in
                guard next < blocks.count else { return nil }
                defer { next += 1 }
                return next
            }) {
                let maxima = try worker.maxima(over: blocks[block])
                lipschitz.withLock { $0[block] = maxima.gradientNorm }
                modulus.withLock { $0[block] = maxima.errors }
                try progress()
            }
        }
        let errors = modulus.withLock { $0 }
        return try LossBounds(
            lipschitzMaxima: lipschitz.withLock { $0 },
            modulusMaxima: sampling.grid.indices.map { radius in errors.map { $0[radius] } },
            sampling: sampling, diameter: norm.diameter(dimensions: loss.imageSize))
    }

    /// One thread's part.
    private struct Worker {
        let sampler: LossSampler
        let loss: MarginLoss
        let evaluator: MarginLoss.Evaluator

        private struct Place {
            let image: Int
            let pixels: [Float]
            var loss = 0.0
            var gradient: [Float] = []
        }

        /// The largest gradient norm of a block, and at each radius of the grid the largest error up to it.
        func maxima(over block: [Int]) throws -> (gradientNorm: Double, errors: [Double]) {
            var largest = 0.0
            // The perturbation 0 makes no error.
            var errors = sampler.sampling.grid.map { _ in 0.0 }
            for start in stride(from: 0, to: block.count, by: loss.batchSize) {
                let places = try evaluated(block[start..<min(block.count, start + loss.batchSize)])
                for place in places {
                    largest = max(largest, place.gradient.withUnsafeBufferPointer(sampler.norm.dual))
                }
                for radius in errors.indices { errors[radius] = max(errors[radius], try error(of: places, at: radius)) }
            }
            for radius in errors.indices.dropFirst() { errors[radius] = max(errors[radius], errors[radius - 1]) }
            return (largest, errors)
        }

        /// ℓ and ∇ℓ of clean images.
        private func evaluated(_ images: ArraySlice<Int>) throws -> [Place] {
            var places = images.map { Place(image: $0, pixels: sampler.images.image(at: $0)) }
            for (index, place) in places.enumerated() {
                evaluator.setLabel(sampler.images.label(at: place.image), at: index)
                _ = evaluator.image(index).update(fromContentsOf: place.pixels)
            }
            evaluator.run()
            for (index, place) in places.enumerated() {
                let gradient = evaluator.gradient(index)
                guard evaluator.loss(index).isFinite, sampler.norm.dual(gradient).isFinite else {
                    throw BoundsError.notFinite(image: place.image, data: sampler.images.name)
                }
                places[index].loss = evaluator.loss(index)
                places[index].gradient = Array(gradient)
            }
            return places
        }

        /// The largest error ℓ(x + v) − ℓ(x) − ⟨v, ∇ℓ(x)⟩ found at a radius of the grid.
        private func error(of places: [Place], at radius: Int) throws -> Double {
            let epsilon = sampler.sampling.grid[radius]
            var largest = 0.0
            for start in 0..<2 + sampler.sampling.directions {
                var perturbations = places.map { perturbation(of: $0, number: start, at: radius) }
                for ascent in 0...sampler.sampling.ascents {
                    for (index, place) in places.enumerated() {
                        let image = evaluator.image(index)
                        for i in image.indices { image[i] = place.pixels[i] + perturbations[index][i] }
                    }
                    evaluator.run()
                    for (index, place) in places.enumerated() {
                        let error = error(of: place, at: index)
                        guard error.isFinite else {
                            throw BoundsError.notFinite(image: place.image, data: sampler.images.name)
                        }
                        largest = max(largest, error)
                        guard ascent < sampler.sampling.ascents else { continue }
                        var direction = place.gradient
                        let gradient = evaluator.gradient(index)
                        for i in direction.indices { direction[i] = gradient[i] - direction[i] }
                        if direction.withUnsafeMutableBufferPointer({ sampler.norm.ascend($0, radius: epsilon) }) {
                            perturbations[index] = direction
                        }
                    }
                }
            }
            return largest
        }

        /// The error at the image last evaluated.
        private func error(of place: Place, at index: Int) -> Double {
            let image = evaluator.image(index)
            var slope = 0.0
            // The perturbation as single precision has it, which is not quite the one asked for.
            for i in image.indices {
                slope += (Double(image[i]) - Double(place.pixels[i])) * Double(place.gradient[i])
            }
            return evaluator.loss(index) - place.loss - slope
        }

        /// Where the search at a radius begins: along the gradient, against it, then random directions.
        private func perturbation(of place: Place, number: Int, at radius: Int) -> [Float] {
            var direction: [Float]
            switch number {
            case 0: direction = place.gradient
            case 1: direction = place.gradient.map { -$0 }
            default:
                let zeros = [Float](repeating: 0, count: place.pixels.count)
                direction = zeros
                let sample = number - 2 + radius * sampler.sampling.directions
                zeros.withUnsafeBufferPointer { zeros in
                    direction.withUnsafeMutableBufferPointer {
                        GaussianNoise(key: sampler.sampling.seed, sigma: 1).add(
                            to: zeros, sample: UInt32(sample), image: UInt32(place.image), stream: .bound, output: $0)
                    }
                }
            }
            let isSomewhere = direction.withUnsafeMutableBufferPointer {
                sampler.norm.ascend($0, radius: sampler.sampling.grid[radius])
            }
            return isSomewhere ? direction : [Float](repeating: 0, count: direction.count)
        }
    }
}
