import SuretyTensors

/// For each image of a batch the nearest of those tried that is misclassified: what a search for the smallest distance
/// proposes in the end. The clean image where there is none.
struct NearestAdversarial {
    let norm: Norm
    let images: Images
    /// Infinite where there is none; 0 where the clean image is misclassified.
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

    /// Takes the points that are misclassified, as far as they are the nearest so far.
    mutating func offer(_ points: Images, where isMisclassified: [Bool]) {
        for place in points.indices where isMisclassified[place] { offer(points[place], at: place) }
    }

    /// The clean images that are misclassified: there is nothing to look for.
    var isWrongAnyway: [Bool] { distances.map { $0 == 0 } }
}

extension AttackedClassifier {
    /// Looks at the clean images, which are the points at first: one that is misclassified as it is, is the nearest there can be.
    func begin(from batch: AttackBatch, norm: Norm) throws -> NearestAdversarial {
        var nearest = NearestAdversarial(to: batch.images, norm: norm)
        _ = gradients()
        nearest.offer(points, where: try misclassified())
        return nearest
    }
}
