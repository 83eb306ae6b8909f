import SuretyTensors

extension Network {
    /// The network that takes images in [0, 1] where this one takes normalised pixels: each channel's
    /// mean is subtracted and the difference divided by its standard deviation, first of all.
    ///
    /// - Parameters:
    ///   - mean: One number per channel, on the scale [0, 1].
    ///   - standardDeviation: One positive number per channel, on the same scale.
    /// - Throws: `NetworkError.normalisation` when the counts do not match the image's channels, or a number
    ///   is not finite or a deviation not positive.
    public func normalised(mean: [Float], standardDeviation: [Float]) throws(NetworkError) -> Network {
        let channels = imageShape.first ?? 0
        for (name, numbers) in [("mean", mean), ("standard deviation", standardDeviation)] {
            guard numbers.count == channels else {
                throw .normalisation(
                    problem: """
                        the image has \(channels) channel\(channels == 1 ? "" : "s") and the \(name) \
                        \(numbers.count) number\(numbers.count == 1 ? "" : "s"); give one per channel
                        """)
            }
            guard numbers.allSatisfy(\.isFinite) else {
                throw .normalisation(problem: "the \(name) \(numbers) is not finite")
            }
        }
        guard standardDeviation.allSatisfy({ $0 > 0 }) else {
            throw .normalisation(problem: "the standard deviation \(standardDeviation) must be positive in every channel")
        }
        return try preceded(
            by: [.normalisation(mean: "mean", standardDeviation: "standardDeviation")],
            [
                "mean": Tensor(shape: [channels], values: mean),
                "standardDeviation": Tensor(shape: [channels], values: standardDeviation),
            ],
            name: "normalisation")
    }

    /// The network with layers in front of it, each of which takes the result of the one before.
    ///
    /// - Parameters:
    ///   - layers: Of the image's shape, and giving it again.
    ///   - added: The layers' own parameters; a name that the network has is changed.
    /// - Throws: `NetworkError` where a layer does not fit.
    package func preceded(by layers: [Layer], _ added: [String: Tensor], name: String? = nil) throws(NetworkError) -> Network {
        var builder = try NetworkBuilder(imageShape: imageShape)
        for (name, tensor) in parameters {
            try builder.add(tensor, as: name, errors: readingErrors.parameters[name])
        }
        var names: [String: String] = [:]
        for (name, tensor) in added.sorted(by: { $0.key < $1.key }) {
            let free = builder.unusedName(name)
            names[name] = free
            try builder.add(tensor, as: free)
        }
        var image = builder.image
        for layer in layers { image = try builder.append(layer.renamingParameters { names[$0] ?? $0 }, to: [image], name: name) }
        let logits = try builder.append(self, on: image)
        return try builder.network(output: logits)
    }
}
