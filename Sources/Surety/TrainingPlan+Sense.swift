import SuretyReports
import SuretyTensors
import SuretyTraining

extension TrainingPlan {
    /// Checks that the defense's radius and noise, and the normalisation, make sense for images in [0, 1].
    ///
    /// - Parameter shape: [C, H, W] of the training images.
    /// - Returns: Warnings about noise and a normalisation that are possible but probably not intended, each with what to do.
    /// - Throws: `SuretyError` for a radius larger than the distance between any two images.
    public func requireSense(shape: [Int]) throws(SuretyError) -> [String] {
        let parameters = defense.parameters
        func number(_ key: String) -> Double? { parameters[key].flatMap { Double($0) } }
        let sigma = number("sigma")
        // SmoothAdv, the only defense with both σ and a radius, names no norm: it is ℓ2.
        let norm = parameters["norm"].flatMap { Norm(rawValue: $0) } ?? (sigma == nil ? nil : .l2)
        if let radius = number("epsilon"), let norm {
            try Sense.require(radii: [radius], norm, shape: shape, option: "epsilon")
        }
        return (sigma.map { Plausibility.noise(sigma: $0) } ?? [])
            + Plausibility.normalisation(mean: normalisation?.mean, std: normalisation?.std)
    }
}
