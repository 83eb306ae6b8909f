public import Foundation
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// A saved model made into an integer network, calibrated on the noise with which it will be smoothed.
public struct QuantisedModel {
    /// How it was made, layer by layer.
    public let quantisation: PostTrainingQuantisation
    /// The integer network compared with the original one, on noisy images that it was not calibrated on.
    public let comparison: QuantisationComparison
    /// The ONNX file.
    public let data: Data

    /// - Parameters:
    ///   - model: In floating point.
    ///   - images: Of the shape that the model takes; half of those used calibrate, the others are compared on.
    ///   - noise: The noise that is added to them.
    ///   - calibrationImages: How many images calibrate; at most as many as there are.
    ///   - comparedImages: How many other images are used for the comparison, with 20 noisy copies of each.
    ///   - threads: Threads for the comparison.
    /// - Throws: `NetworkError` that names the layer without an exact form in integers; `StatisticsError` for noise that
    ///   cannot be drawn.
    public init(
        _ model: Model, images: LabelledImages, noise: Noise, calibrationImages: Int = 400, comparedImages: Int = 500,
        threads: Int
    ) throws {
        let count = images.count
        // Both spread over the whole set, which may be sorted by class.
        let used = min(count, calibrationImages + comparedImages)
        let places = (0..<used).map { $0 * count / used }
        let isCalibrating = places.indices.map { $0 * calibrationImages / places.count != ($0 + 1) * calibrationImages / places.count }
        let calibrating = zip(places, isCalibrating).filter(\.1).map(\.0)
        let compared = zip(places, isCalibrating).filter { !$0.1 }.map(\.0)
        let sampler = try noise.family.sampler(key: 0)
        let noisy = Images(count: calibrating.count, shape: images.shape)
        for (row, image) in zip(noisy, calibrating) {
            sampler.copies(of: images.image(at: image), index: image).draw(0, stream: .training, to: row)
        }
        // A Gaussian leaves ±8 σ once in 10¹⁵ draws, and in any case, clipping is part of the network.
        let largest = 1 + 8 * noise.family.standardDeviation
        quantisation = try PostTrainingQuantisation(of: model.network, calibratingOn: noisy, largestPixel: largest)
        comparison = try QuantisationComparison(
            of: model.network, with: quantisation.network, on: images, at: compared.isEmpty ? calibrating : compared, copies: 20,
            noise: sampler, threads: threads)
        var metadata = model.metadata
        metadata["surety.quantisation"] = """
            integer network of \(model.file.lastPathComponent), SHA-256 \(model.sha256), calibrated on \(calibrating.count) images of \
            \(images.name) \(images.split.rawValue) with noise of \(noise.family)
            """
        data = try ONNXWriter.data(for: quantisation.network, metadata: metadata)
    }
}
