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
        var builder = try NetworkBuilder(imageShape: imageShape)
        for (name, tensor) in parameters {
            try builder.add(tensor, as: name, errors: readingErrors.parameters[name])
        }
        let names = (mean: builder.unusedName("mean"), deviation: builder.unusedName("standardDeviation"))
        try builder.add(Tensor(shape: [channels], values: mean), as: names.mean)
        try builder.add(Tensor(shape: [channels], values: standardDeviation), as: names.deviation)
        let layer = Layer.normalisation(mean: names.mean, standardDeviation: names.deviation)
        let normalised = try builder.append(layer, to: [builder.image], name: "normalisation")
        let logits = try builder.append(self, on: normalised)
        return try builder.network(output: logits)
    }
}
