import Surety

/// A bound: the margin over √2 times the product of the layers' Frobenius norms, a Lipschitz constant in ℓ2 of a network of dense layers and
/// rectifiers (Tsuzuku, Sato and Sugiyama 2018, with a weaker norm). Real arithmetic, with a margin of 10⁻³ for rounding: an example, not a
/// proof for the machine as Surety's own are.
struct LipschitzBound: MarginBound {
    private let network: Network
    private let constant: Double

    /// - Throws: `BoundsError` for other layers.
    init(of network: Network) throws {
        var constant = 1.0
        for vertex in network.vertices {
            switch vertex.layer {
            case .image, .relu, .reshape: continue
            case .dense(let weights, _):
                let squares = network.parameters[weights]?.values.reduce(0.0) { $0 + Double($1) * Double($1) }
                constant *= (squares ?? .infinity).squareRoot()
            default: throw BoundsError.unsupported(layer: vertex.name, problem: "neither dense nor a rectifier")
            }
        }
        (self.network, self.constant) = (network, constant * 2.0.squareRoot())
    }

    func margins(of images: LabelledImages, at indices: [Int], epsilon: Double, threads: Int) throws -> [Double] {
        let classifier = try Classifier(network, batchSize: 1)
        return indices.map { index in
            images.write(index, to: classifier.images[0])
            classifier.run()
            // A margin of Surety is how far another class is above the label.
            return -Double(classifier.margins(labels: [images.label(at: index)])[0]) - 1e-3 - constant * epsilon
        }
    }

    func radii(of images: LabelledImages, at indices: [Int], threads: Int) throws -> [Double] {
        try margins(of: images, at: indices, epsilon: 0, threads: threads).map { max(0, $0 / constant) }
    }
}
