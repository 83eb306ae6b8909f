import SuretyTensors

/// For each image of a batch, the nearest of the images tried that is misclassified, or the clean image if there is none.
/// This is what a search for the smallest distance proposes at the end.
struct NearestAdversarial {
    let norm: Norm
    let images: Images
    /// Infinite if there is none; 0 if the clean image is misclassified.
    private(set) var distances: [Float]
    private let clean: Images

    init(to clean: Images, norm: Norm) {
        (self.clean, self.norm) = (clean, norm)
        images = Images(copying: clean)
        distances = Array(repeating: .infinity, count: clean.count)
    }

    /// Takes a misclassified image, if it is the nearest so far.
    mutating func offer(_ point: Row, at place: Int) {
        let distance = norm.distance(point, clean[place])
        guard distance < distances[place] else { return }
        distances[place] = distance
        images[place] = point
    }

    /// Takes the misclassified points that are the nearest so far.
    mutating func offer(_ points: Images, where isMisclassified: [Bool]) {
        for place in points.indices where isMisclassified[place] { offer(points[place], at: place) }
    }

    /// The clean images that are misclassified, for which there is nothing to search.
    var isWrongAnyway: [Bool] { distances.map { $0 == 0 } }
}

extension AttackedClassifier {
    /// Checks the clean images, which are the points at first: one that is already misclassified is the nearest possible.
    func begin(from batch: AttackBatch, norm: Norm) throws -> NearestAdversarial {
        var nearest = NearestAdversarial(to: batch.images, norm: norm)
        _ = gradients()
        nearest.offer(points, where: try misclassified())
        return nearest
    }
}
